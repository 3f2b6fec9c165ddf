"""`casebinder search`: finds by name and text, shows nothing that was withdrawn, and says what it could not look into."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from casefiles.index import upkeep as index_upkeep
from casefiles.index.store import open_index
from casefiles.layout import LocalLayout
from tests.cli.share import REFERENCE, Share, write_pdf
from tests.cli.terminal import two_ends

OTHER = "2026-0043"
BY = ("--reason", "wrong-child", "--by", "R. Manager")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def second(share: Share) -> Path:
    """Another case; its evidence folder."""
    share.run(
        "open",
        "prosecution-444-1a",
        OTHER,
        "--child",
        "Kim Sample",
        "--parent",
        "Jo Sample",
        "--officer",
        "AB",
    )
    return share.root / "cases" / f"{OTHER} SAMPLE" / "evidence"


@contextmanager
def machine(share: Share, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another machine at the same share, with a state of its own."""
    with monkeypatch.context() as patch:
        patch.setenv("CASEBINDER_STATE", str(share.state.with_name(name)))
        yield


def index_bytes(share: Share) -> bytes:
    """Everything that lies in this machine's index folder."""
    folder = share.state / "index"
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def test_it_says_case_file_id_page_and_snippet(share: Share) -> None:
    share.run("scan")
    out = share.run("search", "second", "page")
    first, snippet = out.splitlines()
    assert "1 picture" in share.said
    assert "scanned all cases" in share.said
    (hit,) = share.json("search", "second", "page")["hits"]
    assert first == f"{REFERENCE}  evidence/statements/AB s9 signed.pdf  {hit['id']}  page 2"
    assert snippet == "    Its «second» «page»"
    assert hit == {
        "case": REFERENCE,
        "folder": str(share.case),
        "file": "evidence/statements/AB s9 signed.pdf",
        "id": hit["id"],
        "page": 2,
        "snippet": "Its «second» «page»",
        "matched": "text",
    }


def test_a_phrase_in_the_shell_s_quotes_is_a_phrase(share: Share) -> None:
    share.run("scan")
    assert share.run("search", "No answer")
    assert not share.run("search", "answer No")
    assert share.run("search", "answer", "No")
    assert share.run("search", "answ*")


def test_nothing_found_is_said_and_is_no_mistake(share: Share, second: Path) -> None:
    share.run("scan", REFERENCE)
    assert share.run("search", "nowhere") == ""
    assert "Nothing was found." in share.said
    assert "1 case folder not searched" in share.said
    found = share.json("search", "nowhere")
    assert (found["hits"], found["never_scanned"], found["last_scan"]) == ([], 1, None)
    share.run("scan")
    assert share.json("search", "nowhere")["never_scanned"] == 0
    assert share.json("search", "nowhere")["last_scan"].endswith("Z")


def test_an_index_that_is_empty_says_so(share: Share) -> None:
    share.run("search", "answer")
    assert "casebinder scan" in share.said


@pytest.mark.parametrize("words", ['"', "(", "NEAR(", "a AND", "-x", "*", "text:", "\x1b[31m", "\\"])
def test_no_text_is_a_mistake(share: Share, words: str) -> None:
    share.run("scan")
    out = share.run("search", "--", words, "answer")
    assert "\x1b" not in out + share.said


def test_one_case_can_be_asked(share: Share, second: Path) -> None:
    (second / "note.txt").write_text("Called at 9.15, as in the other case.")
    share.run("scan")
    assert {hit["case"] for hit in share.json("search", "called")["hits"]} == {REFERENCE, OTHER}
    assert {hit["case"] for hit in share.json("search", "called", "--case", OTHER)["hits"]} == {OTHER}
    share.run("search", "called", "--case", "nowhere", expect=2)


def test_a_limit_is_said(share: Share) -> None:
    for number in range(4):
        (share.evidence / f"note {number}.txt").write_text(f"Timetable {number}")
    share.run("scan")
    assert len(share.run("search", "timetable", "--limit", "3").splitlines()) == 6
    assert "There is more than these 3" in share.said
    assert share.json("search", "timetable", "--limit", "3")["more"]


def test_a_hit_is_bold_on_a_terminal_and_nothing_else_steers_it(share: Share) -> None:
    (share.evidence / "odd \x07 name.txt").write_text("Timetable")
    share.run("scan")
    ours, theirs = two_ends()
    environment = os.environ | {"CASEBINDER_STATE": str(share.state), "TERM": "xterm"}
    program = "import sys; from cli.main import run; sys.exit(run(sys.argv[1:]))"
    words = [sys.executable, "-c", program, "--workspace", str(share.root), "search", "timetable"]
    done = subprocess.run(words, env=environment, cwd=ROOT, stdout=theirs, stderr=subprocess.PIPE, check=True)
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert b"Traceback" not in done.stderr
    assert "odd \\x07 name.txt" in shown
    assert "\x1b[1mTimetable\x1b[0m" in shown
    assert "\x07" not in shown


def test_a_withdrawal_takes_words_and_names_out_of_the_file_at_once(share: Share) -> None:
    write_pdf(share.evidence / "marac kestrelname.pdf", ["Canary kestrelword in refuge"])
    (share.evidence / "stays.txt").write_text("Another heronword that stays")
    share.run("scan")
    assert len(share.json("search", "kestrel*")["hits"]) == 2
    assert b"kestrelword" in index_bytes(share)
    share.run("withdraw", REFERENCE, "marac kestrelname.pdf", *BY)
    assert share.json("search", "kestrel*")["hits"] == []
    left = index_bytes(share).lower()
    assert b"heronword" in left
    assert b"kestrel" not in left
    assert share.json("search", "heronword")["hits"]


def test_a_withdrawal_takes_words_out_that_search_had_not_taken_in_yet(share: Share) -> None:
    write_pdf(share.evidence / "marac kestrelname.pdf", ["Canary kestrelword in refuge"])
    share.run("scan", REFERENCE)
    share.run("withdraw", REFERENCE, "marac kestrelname.pdf", *BY)
    assert b"kestrel" not in index_bytes(share).lower()


def test_a_withdrawal_takes_set_aside_files_along(share: Share) -> None:
    write_pdf(share.evidence / "marac kestrelname.pdf", ["Canary kestrelword in refuge"])
    share.run("scan")
    (path,) = (share.state / "index").glob("*.db")
    data = path.read_bytes()
    path.write_bytes(b"\0" * 4096 + data[4096:])
    share.run("scan")
    assert len(list((share.state / "index").glob("*.damaged"))) == 1
    assert "damaged" in share.said
    share.run("withdraw", REFERENCE, "marac kestrelname.pdf", *BY)
    assert b"kestrel" not in index_bytes(share).lower()


def test_what_two_cases_hold_is_withdrawn_from_the_one_only(share: Share, second: Path) -> None:
    for folder, name in ((share.evidence, "kestrelone.txt"), (second, "kestreltwo.txt")):
        (folder / name).write_text("The same heronword in both")
    share.run("scan")
    assert {hit["case"] for hit in share.json("search", "heronword")["hits"]} == {REFERENCE, OTHER}
    share.run("withdraw", REFERENCE, "kestrelone.txt", *BY)
    assert {hit["case"] for hit in share.json("search", "heronword")["hits"]} == {OTHER}
    assert share.json("search", "kestrelone")["hits"] == []
    assert b"kestrelone" not in index_bytes(share)
    assert {hit["case"] for hit in share.json("search", "kestreltwo")["hits"]} == {OTHER}


def test_what_was_withdrawn_on_another_machine_is_never_shown(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pdf(share.evidence / "marac kestrelname.pdf", ["Canary kestrelword in refuge"])
    share.run("scan")
    assert share.json("search", "kestrelword")["hits"]
    with machine(share, "other machine", monkeypatch):
        share.run("withdraw", REFERENCE, "marac kestrelname.pdf", *BY)
    assert b"kestrelword" in index_bytes(share)  # nobody has told this machine
    for words in ("kestrelword", "kestrelname"):
        assert share.run("search", words) == ""
        assert "Nothing was found." in share.said
    share.run("search", "answer")
    assert b"kestrel" not in index_bytes(share).lower()


def test_what_came_on_another_machine_makes_no_case_unreadable(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    share.run("scan")
    (share.evidence / "new.txt").write_text("Called again.")
    with machine(share, "other machine", monkeypatch):
        share.run("scan")
    assert {hit["file"] for hit in share.json("search", "called")["hits"]} == {
        "evidence/call log 19.01.2026.txt"
    }
    share.run("scan")
    assert len(share.json("search", "called")["hits"]) == 2


def test_without_the_share_nothing_is_shown(share: Share) -> None:
    share.run("scan")
    cases = share.root / "cases"
    cases.rename(share.root / "cases are gone")
    assert share.run("search", "answer", expect=5) == ""
    (share.root / "cases are gone").rename(cases)
    assert share.run("search", "answer")


def test_a_case_that_cannot_be_believed_is_not_shown(share: Share, second: Path) -> None:
    (second / "note.txt").write_text("No answer here either.")
    share.run("scan")
    event = share.case / "_chain" / "events" / "0000000002.json"
    events = sorted(event.parent.iterdir())
    events[-1].write_bytes(b"{}")
    found = share.json("search", "answer")
    assert {hit["case"] for hit in found["hits"]} == {OTHER}
    assert [row["case"] for row in found["hidden"]] == [REFERENCE]
    share.run("search", "answer")
    assert f"Hits in {REFERENCE} are not shown" in share.said


def test_a_case_that_left_the_workspace_is_not_shown(share: Share, second: Path, tmp_path: Path) -> None:
    share.run("scan")
    shutil.move(share.case, tmp_path / "archive")
    found = share.json("search", "answer")
    assert found["hits"] == []
    assert [row["case"] for row in found["hidden"]] == [REFERENCE]


def test_a_case_in_a_renamed_folder_is_found(share: Share) -> None:
    share.run("scan")
    share.case.rename(share.case.with_name("DOE, last year"))
    (hit, *_others) = share.json("search", "answer")["hits"]
    assert Path(hit["folder"]).name == "DOE, last year"


def test_a_copy_of_a_case_hides_no_withdrawal(share: Share) -> None:
    """Somebody copied the case folder; then a paper is withdrawn in the case, and the copy still has it."""
    write_pdf(share.evidence / "marac kestrelname.pdf", ["Canary kestrelword in refuge"])
    share.run("scan")
    aside = share.root / "copy"
    shutil.copytree(share.case, aside)
    share.run("withdraw", REFERENCE, "marac kestrelname.pdf", *BY)
    aside.rename(share.case.with_name("copy of the case"))
    assert share.json("search", "kestrelword")["hits"] == []
    assert share.json("search", "answer")["hits"]


def test_a_search_reads_while_another_process_writes(share: Share) -> None:
    share.run("scan")
    share.run("search", "answer")
    (path,) = (share.state / "index").glob("*.db")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        assert share.run("search", "answer")
    finally:
        holder.close()


def test_a_state_folder_on_the_share_is_refused(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (share.root, share.root / "state", share.case / "deep" / "er"):
        monkeypatch.setenv("CASEBINDER_STATE", str(place))
        for words in (["scan"], ["search", "answer"], ["status"]):
            share.run(*words, expect=2)
            assert "CASEBINDER_STATE" in share.said
    assert not (share.root / "state").exists()
    link = share.root.parent / "link"
    link.symlink_to(share.root)
    monkeypatch.setenv("CASEBINDER_STATE", str(link / "state"))
    share.run("scan", expect=2)


def test_a_scrub_that_a_killed_withdrawal_left_is_done_by_the_next_search(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pdf(share.evidence / "marac kestrelname.pdf", ["Canary kestrelword in refuge"])
    share.run("scan")
    share.run("search", "kestrelword")

    def killed(_connection: sqlite3.Connection) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(index_upkeep, "merge", killed)
        share.run("withdraw", REFERENCE, "marac kestrelname.pdf", *BY, expect=130)
    share.run("search", "answer")
    assert b"kestrel" not in index_bytes(share).lower()


def test_many_withdrawals_leave_no_word_behind(new_share: Callable[[], Share]) -> None:
    """Rows of every size, deleted in an order of their own: no page of the file keeps a copy."""
    share = new_share()
    for number in range(30):
        text = f"kestrel{number} " + "filler words " * (number * 37 % 200)
        (share.evidence / f"note {number} kestrelname{number}.txt").write_text(text)
    share.run("scan")
    share.run("search", "kestrel1")
    local = LocalLayout(share.state)
    (path,) = local.indexes.glob("*.db")
    with open_index(local, path.stem) as index:
        rows = index.rows("SELECT case_uuid, sha256 FROM items WHERE sha256 >= '4'")
        words = [row[0] for row in index.rows("SELECT text FROM texts WHERE original >= '4'")]
        for row in rows:
            index.forget_items(row[0], [row[1]])
        assert index.scrub() == ()
        assert index.check_search()
    left = index_bytes(share)
    assert words
    for word in words:
        assert word.split()[0].encode() + b" " not in left
