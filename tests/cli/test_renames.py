"""Five hundred files get other names at once: each is the same file still, wherever it lies."""

import shutil
import unicodedata
from pathlib import Path

import pytest

from casefiles.hashing import sha256_file
from tests.cli.share import REFERENCE, Share, write_pdf

MANY = 500


@pytest.fixture
def many(share: Share) -> Share:
    folder = share.evidence / "Fotoś"
    folder.mkdir()
    for number in range(MANY):
        (folder / f"Née {number:03d}.txt").write_text(f"Note {number}")
    share.run("scan", REFERENCE)
    return share


def by_folder(share: Share) -> None:
    (share.evidence / "Fotoś").rename(share.evidence / "Photographs")


def by_name(share: Share) -> None:
    for path in sorted((share.evidence / "Fotoś").iterdir()):
        path.rename(path.with_name(f"renamed {path.name}"))


def by_case(share: Share) -> None:
    for path in sorted((share.evidence / "Fotoś").iterdir()):
        path.rename(path.with_name(path.name.upper()))


def by_accents(share: Share) -> None:
    for path in sorted((share.evidence / "Fotoś").iterdir()):
        path.rename(path.with_name(unicodedata.normalize("NFD", path.name)))


@pytest.mark.parametrize("rename", [by_folder, by_name, by_case, by_accents])
def test_every_file_is_recorded_as_moved_and_said_in_one_line(many: Share, rename: object) -> None:
    rename(many)  # type: ignore[operator]
    told = many.run("scan", REFERENCE)
    assert f"moved  {MANY} files: " in told
    assert len(told.splitlines()) < 5
    status = many.json("status", REFERENCE)["cases"][0]
    assert status["missing"] == []
    (note,) = [each for each in status["findings"] if each["code"] == "files-moved"]
    assert note["severity"] == "note"
    assert f"{MANY} files were renamed or moved" in note["message"]
    assert note["message"] in (many.case / "Case status.html").read_text()
    types = [path.read_bytes() for path in (many.case / "_chain" / "events").iterdir()]
    assert sum(b'"evidence.moved"' in data for data in types) == MANY
    assert not any(b'"evidence.missing"' in data for data in types)
    assert many.json("scan", REFERENCE)["cases"][0]["events"] == 0


def test_exhibits_and_bundle_lines_keep_to_the_file(share: Share) -> None:
    share.run("bundle", REFERENCE)
    share.decide_all()
    first = share.json("bundle", REFERENCE)
    share.run("bundle", REFERENCE, "issued")
    text = share.bundle_file.with_name("issued.toml")
    text.write_text(text.read_text().replace('"undecided"', '"serve"'))
    issued = Path(share.json("bundle", REFERENCE, "issued", "--issue")["path"])
    digest = sha256_file(issued)
    written = share.bundle_file.read_text()
    share.bundle_file.write_text(written.replace("items = [", "items = [  # mine"))
    (share.evidence / "statements").rename(share.evidence / "old")
    (share.evidence / "old" / "AB s9 signed.pdf").rename(share.evidence / "old" / "Statement, A. Bee.pdf")
    again = share.json("bundle", REFERENCE)
    labels = [(row["sha256"], row["exhibit"], row["title"]) for row in again["items"]]
    assert labels == [(row["sha256"], row["exhibit"], row["title"]) for row in first["items"]]
    assert {"AB/1", "AB/2"} <= {label for _sha256, label, _title in labels}
    assert "evidence/old/Statement, A. Bee.pdf" in {row["path"] for row in again["items"]}
    now = share.bundle_file.read_text()
    assert "statements/AB s9" not in now
    assert now == written.replace("items = [", "items = [  # mine").replace(
        "evidence/statements/AB s9 signed.pdf", "evidence/old/Statement, A. Bee.pdf"
    )
    assert sha256_file(issued) == digest
    share.run("verify", REFERENCE)


def test_a_file_swapped_for_another_under_its_name_is_never_bound_in_its_stead(share: Share) -> None:
    share.run("bundle", REFERENCE)
    share.decide_all()
    first = {row["title"]: row["sha256"] for row in share.json("bundle", REFERENCE)["items"]}
    one, other = share.evidence / "one.pdf", share.evidence / "other.pdf"
    write_pdf(one, ["One"])
    write_pdf(other, ["Other"])
    share.run("bundle", REFERENCE)
    share.decide_all()
    before = {row["title"]: row["sha256"] for row in share.json("bundle", REFERENCE)["items"]}
    shutil.move(one, share.evidence / "spare")
    shutil.move(other, one)
    shutil.move(share.evidence / "spare", other)
    after = {row["title"]: row["sha256"] for row in share.json("bundle", REFERENCE)["items"]}
    assert after == before
    assert first.items() <= after.items()
