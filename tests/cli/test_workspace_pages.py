"""What people find in their folders after one scan: pages of copies, strays and broken cases, and the root page."""

from __future__ import annotations

import html
import os
import re
import shutil
from pathlib import Path

from tests.cli.share import REFERENCE, Share

PAGE = "Case status.html"


def words(path: Path) -> str:
    text = re.sub(r"<style>.*?</style>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", text).split()))


def root(share: Share) -> str:
    return words(share.root / "Cases status.html")


def pages(share: Share) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(share.root)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in share.root.rglob("*status.html")
    }


def test_the_root_page_has_every_case(share: Share) -> None:
    settings = share.root / "casebinder.toml"
    settings.write_text(settings.read_text() + '\n[watch]\ncontact = "the IT desk, 01234 567890"\n')
    share.run("open", "prosecution-443", "2026-0043", "--child", "Kit Roe", "--officer", "AB")
    share.run("scan")
    text = root(share)
    assert "ring the IT desk, 01234 567890" in text
    assert f"{REFERENCE} EXAMPLE" in text
    assert "2026-0043 ROE" in text
    assert "Pat" not in text
    assert "In the wrong place" not in text


def test_what_was_dropped_in_the_wrong_place_is_on_the_root_page_and_on_the_page_of_its_folder(
    share: Share,
) -> None:
    share.run("scan")
    (share.root / "cases" / "Holiday").mkdir()
    (share.root / "cases" / "Holiday" / "a.jpg").write_bytes(b"x")
    (share.root / "scan0001.pdf").write_bytes(b"x")
    (share.case / "GP letter.pdf").write_bytes(b"x")
    share.run("scan")
    assert "folder-not-a-case" in {row["code"] for row in share.json("scan")["misplaced"]}
    text = root(share)
    for name in ("cases/Holiday", "scan0001.pdf", f"cases/{REFERENCE} EXAMPLE"):
        assert name in text
    assert "these lie outside the evidence folder GP letter.pdf" in words(share.case / PAGE)
    assert "1 file, the newest of" in words(share.root / "cases" / "Holiday" / PAGE)
    assert share.json("status")["misplaced"]
    shutil.rmtree(share.root / "cases" / "Holiday")
    (share.root / "scan0001.pdf").unlink()
    (share.case / "GP letter.pdf").rename(share.evidence / "GP letter.pdf")
    share.run("scan")
    assert "In the wrong place" not in root(share)
    assert "these lie outside" not in words(share.case / PAGE)


def test_a_copy_is_left_alone_and_the_case_goes_on_by_its_reference(share: Share) -> None:
    share.run("scan")
    copy = share.root / "cases" / "Copy of the case"
    shutil.copytree(share.case, copy)
    (copy / "evidence" / "new.txt").write_text("only here")
    (share.evidence / "late.txt").write_text("in the case")
    events = sorted(path.name for path in (copy / "_chain" / "events").iterdir())
    share.run("scan", expect=4)
    assert "This is a copy of the case" in share.said
    assert sorted(path.name for path in (copy / "_chain" / "events").iterdir()) == events
    text = words(copy / PAGE)
    assert "This is not scanned" in text
    assert "evidence/new.txt" in text
    assert "late.txt" in words(share.case / PAGE)
    share.run("status", REFERENCE)
    share.run("scan", REFERENCE)
    share.run("scan", str(copy), expect=4)
    assert "copy of the case" in share.said
    shutil.rmtree(copy)
    share.run("scan")
    assert "Copy of the case" not in root(share)


def test_a_person_says_which_of_two_copies_is_the_case(share: Share) -> None:
    share.run("scan")
    copy = share.root / "cases" / "The right one"
    shutil.copytree(share.case, copy)
    (share.state / "seen" / "places.jsonl").unlink()
    share.run("scan", expect=4)
    assert "not known which" in words(share.case / PAGE)
    assert "not known which" in words(copy / PAGE)
    share.run("decide", str(copy), "--this-is-the-case")
    share.run("scan", expect=4)
    assert "What arrived" in words(copy / PAGE)
    assert "copy of the case in “The right one”" in words(share.case / PAGE)


def test_a_moved_case_is_the_same_case(share: Share) -> None:
    share.run("scan")
    moved = share.case.rename(share.root / "cases" / "Renamed")
    share.run("scan")
    assert "was renamed or moved since this machine saw it last" in share.said
    share.run("scan")
    assert "was renamed or moved" not in share.said
    assert "Renamed" in root(share)
    assert "In the wrong place" not in root(share)
    assert "What arrived" in words(moved / PAGE)


def test_a_mistake_in_the_case_file_is_on_the_page_with_what_was_known(share: Share) -> None:
    share.run("scan")
    case_file = share.case / "case.toml"
    good = case_file.read_text()
    case_file.write_text(good.replace("officer =", "oficer ="))
    share.run("scan", expect=2)
    text = words(share.case / PAGE)
    assert "case.toml has a mistake Not scanned case.toml, line" in text
    assert "call log 19.01.2026.txt" in text
    assert re.search(r"Not scanned case.toml has a mistake in line \d+\.", root(share))
    before = pages(share)
    share.run("scan", expect=2)
    assert {name: before[name] for name in before if name != "Cases status.html"}.items() <= pages(
        share
    ).items()
    case_file.write_text(good)
    share.run("scan")
    assert "Not scanned" not in words(share.case / PAGE) + root(share)


def test_a_restored_backup_and_a_broken_chain_are_on_the_page(share: Share) -> None:
    share.run("scan")
    events = sorted((share.case / "_chain" / "events").iterdir())
    kept = events[-1].read_bytes()
    events[-1].unlink()
    share.run("scan", expect=4)
    text = words(share.case / PAGE)
    assert "What was found event" in text
    assert "What arrived" in text
    events[-1].write_bytes(kept)
    middle = events[1].read_bytes()
    events[1].unlink()
    share.run("scan", expect=4)
    assert "The evidence chain breaks at event 2" in words(share.case / PAGE)
    assert "The evidence chain breaks at event 2" in root(share)
    events[1].write_bytes(middle)
    share.run("scan")
    assert "This case cannot be scanned" not in words(share.case / PAGE)


def test_an_evidence_folder_that_is_gone_is_on_the_page(share: Share) -> None:
    share.run("scan")
    share.evidence.rename(share.root / "evidence elsewhere")
    share.run("scan", expect=5)
    text = words(share.case / PAGE)
    assert "The evidence folder “evidence”" in text
    assert "call log 19.01.2026.txt" in text
    assert "A file or folder of it cannot be read or written." in root(share)


def test_pages_are_not_written_again_when_nothing_changed(share: Share) -> None:
    (share.root / "cases" / "Holiday").mkdir()
    (share.root / "cases" / "Holiday" / "a.jpg").write_bytes(b"x")
    (share.case / "GP letter.pdf").write_bytes(b"x")
    share.run("scan")
    before = pages(share)
    assert len(before) == 3
    share.run("scan")
    after = pages(share)
    del before["Cases status.html"], after["Cases status.html"]  # its time may just have moved on
    assert after == before


def test_somebodys_own_page_in_a_folder_that_is_no_case_stays(share: Share) -> None:
    theirs = share.root / "cases" / "Holiday" / PAGE
    theirs.parent.mkdir()
    theirs.write_text("my own notes")
    share.run("scan")
    assert theirs.read_text() == "my own notes"
    assert "is there already and is not casebinder's" in root(share)


def test_a_link_to_a_case_costs_nobody_anything(share: Share) -> None:
    (share.root / "cases" / "0 shortcut").symlink_to(share.case)
    share.run("scan")
    assert "What arrived" in words(share.case / PAGE)
    assert root(share).count(f"{REFERENCE} EXAMPLE") == 2, "once as a case, once in the note about the link"


def test_two_cases_with_one_reference_are_said_on_both_pages(share: Share) -> None:
    share.run("open", "prosecution-443", "2026-0043", "--child", "Kit Roe", "--officer", "AB")
    other = share.root / "cases" / "2026-0043 ROE"
    (other / "case.toml").write_text((other / "case.toml").read_text().replace("2026-0043", REFERENCE))
    share.run("scan")
    assert "2026-0043 ROE" in words(share.case / PAGE)
    assert f"{REFERENCE} EXAMPLE" in words(other / PAGE)
    assert "is used by another case as well" in root(share)
    (other / "case.toml").write_text((other / "case.toml").read_text().replace(REFERENCE, "2026-0043"))
    share.run("scan")
    assert "is used by another case" not in words(share.case / PAGE) + words(other / PAGE) + root(share)


def test_a_folder_with_any_name_has_a_link_that_leads_to_its_page(share: Share) -> None:
    raw = os.fsencode(share.root) + b"/cases/M\xfcller 100% #1?"
    os.mkdir(raw)  # noqa: PTH102 - raw bytes
    Path(os.fsdecode(raw), "a.pdf").write_bytes(b"x")
    share.run("scan")
    assert (
        "./cases/M%FCller%20100%25%20%231%3F/Case%20status.html"
        in (share.root / "Cases status.html").read_text()
    )
    assert Path(os.fsdecode(raw), PAGE).is_file()
