"""Last night's folder is put back over today's: what casebinder says, what is lost, and how the case goes on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.main import run
from tests.cli.share import REFERENCE, Share, write_pdf


@pytest.fixture
def backup(share: Share, tmp_path: Path) -> Path:
    """The case as it was last night; since then a file was added, one edited, and a bundle issued."""
    share.run("scan", REFERENCE)
    share.run("bundle", REFERENCE)
    kept = tmp_path / "backup"
    shutil.copytree(share.case, kept, symlinks=True)
    write_pdf(share.evidence / "added today.pdf", ["Added today"])
    (share.evidence / "call log 19.01.2026.txt").write_text("Called again at 10.")
    share.run("scan", REFERENCE)
    share.run("bundle", REFERENCE)
    share.decide_all()
    share.run("bundle", REFERENCE, "--issue")
    return kept


@pytest.fixture
def desk(share: Share, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Changes to another machine's own state."""

    def use(name: str) -> None:
        monkeypatch.setenv("CASEBINDER_STATE", str(share.state.with_name(name)))

    return use


def events(share: Share) -> int:
    return len(list((share.case / "_chain" / "events").iterdir()))


def put_back(backup: Path, share: Share) -> None:
    shutil.rmtree(share.case)
    shutil.copytree(backup, share.case, symlinks=True)


def page(share: Share) -> str:
    return (share.case / "Case status.html").read_text()


def test_an_exact_restore_stops_until_somebody_answers_for_it(
    share: Share, backup: Path, desk: Callable[[str], None]
) -> None:
    desk("another desk")
    share.run("scan", REFERENCE)  # it saw all that is lost now
    desk("machine")
    put_back(backup, share)
    left = events(share)
    share.run("scan", REFERENCE, expect=4)
    assert "backup" in share.said
    assert f"casebinder decide {REFERENCE} --recovered restored-from-backup" in share.said
    share.run("scan", expect=4)
    assert "restored-from-backup" in page(share)
    assert events(share) == left, "nothing was written to a chain that lost events"
    share.run("verify", REFERENCE, expect=4)

    share.run("decide", REFERENCE, "--recovered", "restored-from-backup")
    assert "withdraw it again" in share.said
    assert "restored-from-backup" not in page(share)
    told = share.run("verify", REFERENCE)
    assert "failed" not in told
    assert "loss is recorded" in share.said

    desk("another desk")
    share.run("scan", REFERENCE)
    assert "Passed" in share.run("verify", REFERENCE)
    assert "loss is recorded" in share.said
    share.run("decide", REFERENCE, "--recovered", "restored-from-backup", expect=2)


def test_another_machine_that_saw_other_lost_events_is_satisfied_too(
    share: Share, tmp_path: Path, desk: Callable[[str], None]
) -> None:
    share.run("scan", REFERENCE)
    kept = tmp_path / "backup"
    shutil.copytree(share.case, kept)
    write_pdf(share.evidence / "one.pdf", ["one"])
    desk("another desk")
    share.run("scan", REFERENCE)  # the only machine that sees this head
    desk("machine")
    write_pdf(share.evidence / "two.pdf", ["two"])
    share.run("scan", REFERENCE)
    put_back(kept, share)
    share.run("decide", REFERENCE, "--recovered", "restored-from-backup")
    desk("another desk")
    share.run("scan", REFERENCE)
    assert "Passed" in share.run("verify", REFERENCE)


def test_old_files_over_newer_ones_lose_nothing(share: Share, backup: Path) -> None:
    count = events(share)
    shutil.copytree(backup, share.case, symlinks=True, dirs_exist_ok=True, copy_function=_replacing)
    scanned = share.json("scan", REFERENCE)["cases"][0]
    assert [line["file"] for line in scanned["changed"]] == ["evidence/call log 19.01.2026.txt"]
    assert scanned["missing"] == []
    assert events(share) > count
    assert "Passed" in share.run("verify", REFERENCE)
    # what was received first stands again, so nobody has to decide
    assert share.json("status", REFERENCE)["cases"][0]["versions"] == []


def test_only_the_evidence_restored_loses_nothing(share: Share, backup: Path) -> None:
    shutil.rmtree(share.evidence)
    shutil.copytree(backup / "evidence", share.evidence)
    share.run("scan", REFERENCE)
    share.run("scan", REFERENCE)
    status = share.json("status", REFERENCE)["cases"][0]
    (missing,) = status["missing"]
    assert missing["name"] == "evidence/added today.pdf"
    assert "Passed" in share.run("verify", REFERENCE)
    share.run("bundle", REFERENCE, "second")  # its bytes are kept, and can be bound
    original = next((share.case / "_chain" / "originals").rglob(f"{missing['id']}*"))
    shutil.copy(original, share.evidence / "added today.pdf")
    assert len(share.json("scan", REFERENCE)["cases"][0]["restored"]) == 1
    assert share.json("status", REFERENCE)["cases"][0]["missing"] == []


def test_a_conflict_copy_among_the_events_stops_nothing_and_is_named(share: Share) -> None:
    share.run("scan", REFERENCE)
    event = share.case / "_chain" / "events" / "0000000003.json"
    for name in ("0000000003-DESKTOP-AB12CD3.json", "0000000003.sync-conflict-20260301-101112-ABCDEF7.json"):
        shutil.copy(event, event.with_name(name))
    (share.case / "_chain" / "names" / "a copy (1).json").write_text("{}")
    write_pdf(share.evidence / "more.pdf", ["More"])
    assert len(share.json("scan", REFERENCE)["cases"][0]["received"]) == 1
    assert "OneDrive" in page(share)
    assert "Syncthing" in page(share)
    share.run("bundle", REFERENCE)
    share.run("verify", REFERENCE, expect=4)
    assert "0000000003.json" in share.said
    for path in event.parent.glob("*-*"):
        path.unlink()
    share.run("verify", REFERENCE)


def test_a_case_folder_that_was_renamed_goes_on(share: Share) -> None:
    share.run("scan", REFERENCE)
    renamed = share.case.rename(share.case.with_name(f"{REFERENCE} EXAMPLE and another"))
    write_pdf(renamed / "evidence" / "more.pdf", ["More"])
    assert len(share.json("scan", REFERENCE)["cases"][0]["received"]) == 1
    assert run(["--workspace", str(share.root), "verify", REFERENCE]) == 0


def _replacing(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    shutil.copy2(source, target)
