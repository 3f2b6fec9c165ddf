"""What people decide: which version counts, and where a file went."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from casefiles.chain import originals
from casefiles.chain.journal import Journal
from casefiles.hashing import sha256_bytes, sha256_file
from casefiles.layout import CaseLayout
from cli.workspace import find_workspace
from tests.cli.share import REFERENCE, Share, write_pdf

OTHER = "2026-0043"
BY = ("--by", "R. Manager")


@pytest.fixture
def other(share: Share) -> Path:
    """The folder of a second case."""
    share.run("open", "prosecution-444-1a", OTHER, "--child", "Al Other", "--officer", "AB")
    return share.root / "cases" / f"{OTHER} OTHER"


def page(case: Path) -> str:
    return (case / "Case status.html").read_text()


def case_status(share: Share, reference: str = REFERENCE) -> dict[str, Any]:
    status: dict[str, Any] = share.json("status", reference)["cases"][0]
    return status


def proposals(share: Share, reference: str) -> list[dict[str, Any]]:
    return [
        found for found in case_status(share, reference)["findings"] if found["code"] == "moved-between-cases"
    ]


def decisions(case: Path) -> list[str]:
    events = sorted((case / "_chain" / "events").iterdir())
    return [path.read_text() for path in events if '"decision.recorded"' in path.read_text()]


def move_between(share: Share, other: Path) -> str:
    """A photo goes to the other case in the file manager; its SHA-256."""
    photo = share.evidence / "IMG_20260206_081533.jpg"
    share.run("scan")
    shutil.move(photo, other / "evidence" / "photo.jpg")
    share.run("scan")
    return sha256_file(other / "evidence" / "photo.jpg")


def test_a_move_between_cases_is_proposed_on_both_pages_and_recorded_in_both(
    share: Share, other: Path
) -> None:
    digest = move_between(share, other)
    typed = f"casebinder decide {REFERENCE} --moved {digest[:8]} --to {OTHER}"
    for case, reference in ((share.case, REFERENCE), (other, OTHER)):
        (found,) = proposals(share, reference)
        assert typed in str(found["remedy"])
        assert typed in page(case)
    assert "photo.jpg" not in page(share.case), "what the other case calls it is for that case"
    assert case_status(share)["needs_attention"] == 1, "one thing to decide, not two"
    share.run("scan")  # recorded as missing by now
    assert case_status(share)["needs_attention"] == 1
    said = share.run("decide", REFERENCE, "--moved", digest[:8], "--to", OTHER)
    assert "Recorded in both cases" in said
    assert f"casebinder withdraw {REFERENCE} {digest[:8]}" in share.said
    for case, reference in ((share.case, REFERENCE), (other, OTHER)):
        assert proposals(share, reference) == []
        assert len(decisions(case)) == 1
        assert not any(word in decisions(case)[0] for word in (REFERENCE, OTHER, "photo"))
        assert case_status(share, reference)["needs_attention"] == 0
    (missing,) = case_status(share)["missing"]
    assert str(missing["moved_to"]).startswith(f"{OTHER} on ")
    assert f"moved to {OTHER} on " in page(share.case)
    assert originals.find(CaseLayout(share.case), digest) is not None
    for reference in (REFERENCE, OTHER):
        share.run("verify", reference)
    assert "Recorded before" in share.run("decide", REFERENCE, "--moved", digest[:8], "--to", OTHER)
    assert len(decisions(share.case)) == len(decisions(other)) == 1
    (other / "evidence" / "photo.jpg").rename(other / "evidence" / "renamed.jpg")
    share.run("scan")
    assert proposals(share, OTHER) == []


def test_a_move_can_be_confirmed_before_the_second_scan_has_seen_it(share: Share, other: Path) -> None:
    share.run("scan")
    photo = share.evidence / "IMG_20260206_081533.jpg"
    shutil.move(photo, other / "evidence" / photo.name)
    share.run("decide", REFERENCE, "--moved", photo.name, "--to", OTHER)
    share.run("scan")
    share.run("scan")
    (missing,) = case_status(share)["missing"]
    assert missing["moved_to"]
    assert case_status(share)["needs_attention"] == 0


def test_a_crash_between_the_two_records_is_finished_by_the_same_command(
    share: Share, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = move_between(share, other)
    real = Journal.append
    seen: list[str] = []

    def append(journal: Journal, decide: object) -> object:
        if journal.layout.folder == share.case and seen:
            raise KeyboardInterrupt
        done = real(journal, decide)  # type: ignore[arg-type]
        if done and done[-1].type == "decision.recorded":
            seen.append(str(journal.layout.folder))
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", append)
        share.run("decide", REFERENCE, "--moved", digest[:8], "--to", OTHER, expect=130)
    assert (len(decisions(share.case)), len(decisions(other))) == (0, 1)
    share.run("scan")
    assert proposals(share, REFERENCE), "it still stands"
    share.run("decide", REFERENCE, "--moved", digest[:8], "--to", OTHER)
    assert (len(decisions(share.case)), len(decisions(other))) == (1, 1)


def test_a_file_that_comes_back_is_there_again(share: Share, other: Path) -> None:
    digest = move_between(share, other)
    share.run("decide", REFERENCE, "--moved", digest[:8], "--to", OTHER)
    shutil.move(other / "evidence" / "photo.jpg", share.evidence / "IMG_20260206_081533.jpg")
    assert len(share.json("scan", REFERENCE)["cases"][0]["restored"]) == 1
    assert case_status(share)["missing"] == []
    share.run("scan")
    share.run("scan")
    assert [found["subject"] for found in proposals(share, OTHER)] == []
    (share.evidence / "IMG_20260206_081533.jpg").unlink()
    share.run("scan")
    share.run("scan")
    (missing,) = case_status(share)["missing"]
    assert missing["moved_to"] == "", "an old decision says nothing about the second time"


@pytest.mark.parametrize(
    ("what", "words"), [("still", "is still in case"), ("nowhere", "does not have the file")]
)
def test_a_move_that_did_not_happen_is_not_recorded(share: Share, other: Path, what: str, words: str) -> None:
    share.run("scan")
    photo = share.evidence / "IMG_20260206_081533.jpg"
    if what == "still":
        shutil.copy(photo, other / "evidence")
    else:
        photo.unlink()
    share.run("scan")
    share.run("decide", REFERENCE, "--moved", photo.name, "--to", OTHER, expect=2)
    assert words in share.said
    assert decisions(share.case) == decisions(other) == []
    share.run("decide", REFERENCE, "--moved", photo.name, expect=2)
    share.run("decide", REFERENCE, "--moved", photo.name, "--to", REFERENCE, expect=2)


def test_equal_bytes_alone_propose_nothing(share: Share, other: Path) -> None:
    (other / "evidence" / "form.txt").write_text("the council's own form")
    (other / "evidence" / "nothing.txt").write_text("")
    share.run("scan")
    (share.evidence / "form.txt").write_text("the council's own form")
    (share.evidence / "nothing.txt").write_text("")
    share.run("scan")
    (share.evidence / "form.txt").unlink()
    (share.evidence / "nothing.txt").unlink()
    share.run("scan")
    assert proposals(share, REFERENCE) == [], "the other case had it first"


def test_an_edited_exhibit_stays_bound_as_it_was_until_somebody_accepts(share: Share) -> None:
    share.run("bundle", REFERENCE)
    share.decide_all()
    issued = Path(share.json("bundle", REFERENCE, "--issue")["path"])
    statement = share.evidence / "statements" / "AB s9 signed.pdf"
    old = sha256_file(statement)
    write_pdf(statement, ["Edited once"])
    middle = sha256_file(statement)
    share.run("scan", REFERENCE)
    assert "bundle, version 1" in page(share.case)
    write_pdf(statement, ["Edited twice"])
    new = sha256_file(statement)
    share.run("bundle", REFERENCE, "second")
    text = (share.case / "bundles" / "second.toml").read_text()
    assert old[:8] in text
    assert middle[:8] not in text
    assert new[:8] not in text
    share.run("decide", REFERENCE, "--accept", middle[:8], expect=2)
    share.run("decide", REFERENCE, "--accept", "AB s9 signed.pdf")
    assert "bundle, version 1 was issued with" in share.said
    bound = share.json("bundle", REFERENCE, "second")
    assert {old, new} <= {row["sha256"] for row in bound["items"]}
    assert "older-version-bound" in {found["code"] for found in bound["findings"]}
    assert case_status(share)["versions"] == []
    assert issued.is_file()
    assert "Passed" in share.run("verify", REFERENCE)
    share.run("bundle", REFERENCE, "third")
    assert middle[:8] not in (share.case / "bundles" / "third.toml").read_text()


def test_a_rejected_version_is_proposed_for_no_bundle(share: Share) -> None:
    note = share.evidence / "call log 19.01.2026.txt"
    share.run("scan", REFERENCE)
    note.write_text("Edited")
    share.run("scan", REFERENCE)
    share.run("decide", REFERENCE, "--reject", sha256_bytes(b"Edited")[:8])
    share.run("bundle", REFERENCE)
    assert sha256_bytes(b"Edited")[:8] not in share.bundle_file.read_text()
    assert case_status(share)["versions"] == []


def test_edited_and_edited_back_needs_nobody(share: Share) -> None:
    note = share.evidence / "call log 19.01.2026.txt"
    before = note.read_text()
    for words in (before, "Edited", before):
        note.write_text(words)
        share.run("scan", REFERENCE)
    assert case_status(share)["versions"] == []
    share.run("bundle", REFERENCE)
    assert sha256_bytes(b"Edited")[:8] not in share.bundle_file.read_text()
    assert "Passed" in share.run("verify", REFERENCE)


def test_a_version_of_a_file_that_is_gone_by_now_can_still_be_decided(share: Share) -> None:
    note = share.evidence / "call log 19.01.2026.txt"
    share.run("scan", REFERENCE)
    note.write_text("Edited")
    share.run("scan", REFERENCE)
    note.unlink()
    share.run("scan", REFERENCE)
    share.run("scan", REFERENCE)
    share.run("decide", REFERENCE, "--accept", sha256_bytes(b"Edited")[:8])
    assert len(case_status(share)["missing"]) == 1
    share.run("bundle", REFERENCE)
    assert sha256_bytes(b"Edited")[:8] in share.bundle_file.read_text()
    assert "Passed" in share.run("verify", REFERENCE)


def test_deleted_and_put_back_with_other_bytes_waits_for_a_person(share: Share) -> None:
    note = share.evidence / "call log 19.01.2026.txt"
    share.run("scan", REFERENCE)
    first = sha256_file(note)
    note.unlink()
    share.run("scan", REFERENCE)
    share.run("scan", REFERENCE)
    note.write_text("Other bytes")
    share.run("scan", REFERENCE)
    (waiting,) = case_status(share)["versions"]
    assert (waiting["old_id"], waiting["new_id"]) == (first[:8], sha256_bytes(b"Other bytes")[:8])
    assert case_status(share)["missing"] == []


def test_a_file_replaced_by_one_of_another_kind_is_read_as_what_it_is(share: Share) -> None:
    note = share.evidence / "call log 19.01.2026.txt"
    share.run("scan", REFERENCE)
    Image.new("RGB", (400, 300), (9, 9, 9)).save(note, format="JPEG")
    share.run("scan", REFERENCE)
    (waiting,) = case_status(share)["versions"]
    share.run("decide", REFERENCE, "--accept", str(waiting["new_id"]))
    row = next(row for row in case_status(share)["items"] if row["id"] == waiting["new_id"])
    assert row["kind"] == "Photo (JPEG)"
    share.run("bundle", REFERENCE)


def test_renamed_and_edited_between_two_scans_loses_nothing(share: Share) -> None:
    note = share.evidence / "call log 19.01.2026.txt"
    share.run("scan", REFERENCE)
    digest = sha256_file(note)
    renamed = note.rename(note.with_name("log.txt"))
    renamed.write_text("Edited too")
    report = share.json("scan", REFERENCE)["cases"][0]
    assert [line["file"] for line in report["received"]] == ["evidence/log.txt"]
    share.run("scan", REFERENCE)
    (missing,) = case_status(share)["missing"]
    assert missing["id"] == digest[:8]
    assert originals.find(CaseLayout(share.case), digest) is not None


def test_the_right_one_of_two_waiting_versions_is_accepted(share: Share) -> None:
    one, two = share.evidence / "one.txt", share.evidence / "two.txt"
    for path in (one, two):
        path.write_text("the same")
    share.run("scan", REFERENCE)
    one.write_text("first edit")
    two.write_text("second edit")
    share.run("scan", REFERENCE)
    share.run("decide", REFERENCE, "--accept", sha256_bytes(b"second edit")[:8])
    (waiting,) = case_status(share)["versions"]
    assert waiting["new_id"] == sha256_bytes(b"first edit")[:8]
    state = Journal(CaseLayout(share.case), find_workspace(str(share.root)).recorder).state()
    assert state.superseded == {}, "the version that both began with still stands for the other file"
