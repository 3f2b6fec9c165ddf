"""`adopt` through the command line: from an old folder to an issued bundle, with nothing moved."""

import os
from pathlib import Path

import pytest

from tests.cli.share import Share, write_pdf

WORDS = (
    "prosecution-444-1a",
    "2025-0007",
    "--child",
    "Sam Older",
    "--parent",
    "Kit Older",
    "--officer",
    "AB",
)


@pytest.fixture
def old(share: Share) -> Path:
    folder = share.root / "cases" / "Older family"
    write_pdf(folder / "statement.pdf", ["The old statement"])
    write_pdf(folder / "letters" / "2024" / "letter 19 January 2024.pdf", ["Dear parent"])
    (folder / "notes.txt").write_text("Visited.")
    (folder / "~$notes.txt").write_text("lock")
    (folder / "letters" / "elsewhere").symlink_to("/etc")
    os.mkfifo(folder / "pipe")
    return folder


def test_from_an_old_folder_to_an_issued_bundle(share: Share, old: Path) -> None:
    names = sorted(str(path.relative_to(old)) for path in old.rglob("*"))
    assert share.run("adopt", str(old), *WORDS) == f"{old}\n"
    assert set(names) <= {str(path.relative_to(old)) for path in old.rglob("*")}
    scanned = share.json("scan", "2025-0007")["cases"][0]
    assert (scanned["items"], scanned["events"]) == (3, 0)
    assert {found["code"] for found in scanned["findings"]} == {"folder-link-not-followed", "special-file"}
    assert [row["file"] for row in scanned["ignored"]] == ["~$notes.txt"]
    share.run("bundle", "2025-0007")
    file = old / "bundles" / "bundle.toml"
    file.write_text(file.read_text().replace('"undecided"', '"serve"'))
    assert len(share.json("bundle", "2025-0007", "--issue")["items"]) == 3
    assert share.json("scan", "2025-0007")["cases"][0]["items"] == 3, "what we make is no evidence"
    assert "Passed" in share.run("verify", "2025-0007")
    (old / "notes.txt").rename(old / "letters" / "notes.txt")
    (old / "new.txt").write_text("New")
    again = share.json("scan", "2025-0007")["cases"][0]
    assert [row["file"] for row in again["moved"]] == ["letters/notes.txt"]
    assert [row["file"] for row in again["received"]] == ["new.txt"]
    assert "Passed" in share.run("verify", "2025-0007")
    share.run("withdraw", "2025-0007", "new.txt", "--reason", "wrong-case", "--by", "R. Manager")
    assert not (old / "new.txt").exists()


def test_the_name_of_the_folder_is_enough_and_again_is_harmless(share: Share, old: Path) -> None:
    share.run("adopt", old.name, *WORDS)
    assert share.run("adopt", old.name, *WORDS) == f"{old}\n"
    assert "used as it stands" in share.said


def test_refusals_are_usage_errors_with_what_to_do(share: Share, old: Path, tmp_path: Path) -> None:
    share.run("adopt", str(share.case), *WORDS, expect=2)
    assert "casebinder scan" in share.said
    (tmp_path / "outside").mkdir()
    share.run("adopt", str(tmp_path / "outside"), *WORDS, expect=2)
    assert "casebinder moves nothing" in share.said
    share.run("adopt", str(old), "no-such-kind", "2025-0007", "--officer", "AB", expect=2)
    share.run("adopt", str(old), "prosecution-444-1a", "2026-0042", "--officer", "AB", expect=2)
    assert "has the reference 2026-0042 already" in share.said
    assert not (old / "_chain").exists()


def test_a_case_whose_chain_is_gone_is_not_begun_anew(share: Share, old: Path) -> None:
    share.run("adopt", str(old), *WORDS)
    (old / "_chain").rename(share.root / "gone")
    share.run("adopt", str(old), *WORDS, expect=2)
    assert "Put _chain back from a backup" in share.said
