"""Search: any text is a question, every hit is shown as it is called now, and nothing steers a terminal."""

from __future__ import annotations

import sqlite3
import unicodedata
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from casefiles.index.store import Index, StoredFacts, open_index
from casefiles.layout import LocalLayout
from casefiles.search.asking import MOST_WORDS, Found, Piece, find, not_searchable, question, snippet
from casefiles.search.folding import HIT_BEGINS, HIT_ENDS, fold
from casefiles.search.page_text import PageText

Bench = Any  # tests/casefiles/conftest.py


@pytest.fixture(scope="module")
def fts() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 2')")
    connection.execute("INSERT INTO t VALUES ('Attendance was 61 % at Żółć school - AND OR NOT NEAR')")
    return connection


def answers(connection: sqlite3.Connection, *words: str) -> bool:
    asked = question(words)
    return bool(asked) and bool(connection.execute("SELECT 1 FROM t WHERE t MATCH ?", (asked,)).fetchall())


NASTY = st.text(
    st.sampled_from('"*^()+-:{}.,;~|&\\/ \0\n\x01\x02aé1ANDORT#\u202e\ud800\U0001f600'), max_size=60
)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(NASTY | st.text(max_size=40), max_size=6))
@example(words=['"'])
@example(words=['""*'])
@example(words=["NEAR(a b)"])
@example(words=["x:" * 500])
@example(words=["a " * 5000])
@example(words=["a"] * 5000)
@example(words=["(" * 300, ")", "-", "^a", "a AND", "{a}:", "a+b"])
def test_any_text_is_a_question_that_sqlite_understands(fts: sqlite3.Connection, words: list[str]) -> None:
    answers(fts, *words)


@given(
    text=st.text(st.characters(categories=("Lu", "Ll", "Nd"), max_codepoint=0x24F), min_size=1, max_size=20),
    syntax=st.text(st.sampled_from("^()+-:{}.,;~|&#'"), max_size=5),
)
@settings(max_examples=200, deadline=None)
def test_a_word_finds_itself_whatever_stands_around_it(text: str, syntax: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 2')")
    connection.execute("INSERT INTO t VALUES (?)", (fold(f"before {text} after"),))
    assert answers(connection, f"{syntax}{text}{syntax}")
    assert answers(connection, f'"{text} after"', "before")
    assert answers(connection, f"{text[0]}*")
    connection.close()


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["attendance", "61"], '"attendance" "61"'),
        (["attendance 61"], '"attendance 61"'),
        (['"attendance 61" school'], '"attendance 61" "school"'),
        (['"attendance 61'], '"attendance 61"'),
        (["atten*"], '"atten*"*'),
        (['"was 6"*'], '"was 6"*'),
        (["was 6*"], '"was 6*"*'),
        (["OR", "NOT"], '"OR" "NOT"'),
        (["2026-0042"], '"2026-0042"'),
        (["O'Brien"], '"O\'Brien"'),
        (["Łódź"], '"Lódź"'),
        (["-", "*", '""', "", "\0", "\U0001f600"], ""),
        ([], ""),
    ],
)
def test_what_is_typed_becomes_a_question(words: list[str], asked: str) -> None:
    assert question(words) == asked


def test_only_so_many_words_count() -> None:
    assert len(question([f"w{number}" for number in range(200)]).split()) == MOST_WORDS


@given(st.text())
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert HIT_BEGINS not in fold(text)


@pytest.mark.parametrize(
    "typed", ["Zolc", "zolc", "ŻÓŁĆ", "Żółć", unicodedata.normalize("NFD", "Żółć"), "zoł*"]
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_strokes_and_capitals_do_not_matter(bench: Bench, typed: str, form: Any) -> None:
    bench.drop("note.txt", unicodedata.normalize(form, "Pan Żółć telefonował").encode())
    (hit,) = ask(bench, typed).hits
    assert [unicodedata.normalize("NFC", piece.text) for piece in hit.snippet if piece.hit] == ["Żółć"]


def ask(bench: Bench, *words: str, limit: int = 20, scan: bool = True) -> Found:
    """Scan, and search."""
    if scan:
        bench.scan()
    with bench.index() as index:
        index.fill_search()
        assert index.check_search()
        return find(index, question(words), limit=limit)


def test_all_words_must_be_on_one_page(bench: Bench, tmp_path: Path) -> None:
    from tests.cli.share import write_pdf

    write_pdf(bench.evidence / "two pages.pdf", ["The school rang at nine", "The parent answered"])
    (hit,) = ask(bench, "school", "rang").hits
    assert (hit.page, hit.file, hit.matched) == (1, "evidence/two pages.pdf", "text")
    assert hit.snippet_text() == "The «school» «rang» at nine"
    (hit,) = ask(bench, "answered", scan=False).hits
    assert hit.page == 2
    assert ask(bench, "school", "answered", scan=False).hits == ()
    assert ask(bench, "parent answered", scan=False).hits
    assert ask(bench, "answered parent", scan=False).hits == ()


def test_names_come_first(bench: Bench) -> None:
    bench.drop("letter.txt", b"register register register")
    bench.drop("register.txt", b"nothing")
    found = ask(bench, "register")
    assert [(hit.matched, hit.file) for hit in found.hits] == [
        ("name", "evidence/register.txt"),
        ("text", "evidence/letter.txt"),
    ]
    assert found.hits[0].snippet_text() == "evidence/«register».txt"
    assert found.hits[0].page is None


def test_a_limit_is_kept_and_said(bench: Bench) -> None:
    for number in range(5):
        bench.drop(f"register {number}.txt", f"register {number}".encode())
    found = ask(bench, "register", limit=7)
    assert (len(found.hits), found.more) == (7, True)
    found = ask(bench, "register", limit=10, scan=False)
    assert (len(found.hits), found.more) == (10, False)
    found = ask(bench, "register", limit=3, scan=False)
    assert (len(found.hits), found.more) == (3, True)


def mail_with(name: str, data: bytes) -> bytes:
    """A message with one attachment."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Papers", "a@example.org", "b@example.org"
    mail.set_content("Please find it attached.")
    mail.add_attachment(data, maintype="text", subtype="plain", filename=name)
    return mail.as_bytes()


def test_what_came_inside_another_file_is_found_by_its_name_there(bench: Bench) -> None:
    bench.drop("mail.eml", mail_with("minutes of the meeting.txt", b"They met about the timetable."))
    by_name, by_text = ask(bench, "minutes").hits[0], ask(bench, "timetable", scan=False).hits[0]
    assert by_name.file == by_text.file == "evidence/mail.eml › minutes of the meeting.txt"
    assert (by_name.matched, by_text.matched) == ("name", "text")


def test_a_renamed_file_is_found_by_its_old_name_and_shown_by_its_present_one(bench: Bench) -> None:
    bench.drop("scan0001.txt", b"x")
    bench.scan()
    (bench.evidence / "scan0001.txt").rename(bench.evidence / "statement of AB.txt")
    (new,) = ask(bench, "statement").hits
    (old,) = ask(bench, "scan0001", scan=False).hits
    assert new.file == old.file == "evidence/statement of AB.txt"
    assert old.snippet_text() == "evidence/«scan0001».txt"


def test_an_item_with_several_names_is_listed_once(bench: Bench) -> None:
    bench.drop("letter copy.txt", b"the same")
    bench.drop("letter.txt", b"the same")
    (hit,) = ask(bench, "letter").hits
    assert hit.file == "evidence/letter.txt"


def test_one_case_can_be_asked_and_one_left_out(bench: Bench) -> None:
    bench.drop("letter.txt", b"the same")
    bench.scan()
    case = bench.journal.state().case_uuid
    with bench.index() as index:
        index.fill_search()
        for words in ("letter", "same"):
            assert find(index, question([words]), limit=5, case_uuid=case).hits
            assert not find(index, question([words]), limit=5, case_uuid="another").hits
            assert not find(index, question([words]), limit=5, without=[case]).hits
            assert not find(index, question([words]), limit=5, case_uuid=case, without=[case]).hits


def test_nothing_in_a_name_steers_a_terminal(bench: Bench) -> None:
    bench.drop(b"bell \x07 \xe2\x80\xae \xff name.txt", b"x")
    (hit,) = ask(bench, "bell").hits
    assert hit.file == "evidence/bell \\x07 \\u202e \\xff name.txt"
    assert hit.snippet_text() == "evidence/«bell» \\x07 \\u202e \\xff name.txt"


def test_nothing_in_a_text_steers_a_terminal(local: Index) -> None:
    text = "before \x1b[31m\x01\x02 bell\x02 \u202e after\x00\r\nnext"
    facts = StoredFacts("cd" * 32, "r", "text", "t", "d", "readable", None, (PageText(None, text),), (), ())
    local.put_facts([facts])
    local.fill_search()
    rows = local.rows(
        "SELECT t.text, highlight(texts_found, 0, ?, ?) FROM texts_found JOIN texts t ON t.id = texts_found.rowid "
        "WHERE texts_found MATCH ?",
        HIT_BEGINS,
        HIT_ENDS,
        question(["bell"]),
    )
    pieces = snippet(*rows[0])
    assert [piece.text for piece in pieces if piece.hit] == ["bell"]
    assert (
        "".join(piece.text for piece in pieces)
        == "before \\x1b[31m\\x01\\x02 bell\\x02 \\u202e after\ufffd next"
    )


def test_what_has_no_text_is_counted(bench: Bench, tmp_path: Path) -> None:
    from PIL import Image

    from tests.cli.share import write_pdf

    Image.new("RGB", (8, 8)).save(bench.evidence / "a.png")
    Image.new("RGB", (8, 8)).save(bench.evidence / "b.jpg")
    write_pdf(bench.evidence / "scan.pdf", ["text", ""])
    write_pdf(bench.evidence / "fine.pdf", ["text", "more"])
    bench.drop("held.pdf", b"%PDF-1.7 broken")
    bench.drop("empty.txt", b"")
    bench.scan()
    with bench.index() as index:
        every = not_searchable(index)
        assert (every.pictures, every.scans, every.unread) == (2, 1, 1)
        assert not_searchable(index, bench.journal.state().case_uuid) == every
        none = not_searchable(index, "another")
        assert (none.pictures, none.scans, none.unread) == (0, 0, 0)


WORDS = st.lists(
    st.sampled_from(["school", "Żółć", "łąka", "\x01", "\x02", "a\u0301b", "\n", "x" * 90]), max_size=40
)


@given(words=WORDS, at=st.integers(0, 40))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_marked_place_is_the_place_that_was_found(local: Index, words: list[str], at: int) -> None:
    text = " ".join([*words[:at], "NEEDLE", *words[at:]])
    original = "ab" * 32
    local.put_facts(
        [StoredFacts(original, "r", "text", "t", "d", "readable", None, (PageText(7, text),), (), ())]
    )
    local.fill_search()
    ((marked, kept),) = local.rows(
        "SELECT highlight(texts_found, 0, ?, ?), t.text FROM texts_found JOIN texts t ON t.id = texts_found.rowid "
        "WHERE texts_found MATCH ?",
        HIT_BEGINS,
        HIT_ENDS,
        question(["needle"]),
    )
    assert [piece.text for piece in snippet(kept, marked) if piece.hit] == ["NEEDLE"]
    assert "".join(piece.text for piece in snippet(kept, marked)).isprintable()
    assert len("".join(piece.text for piece in snippet(kept, marked))) < 600


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with open_index(LocalLayout(tmp_path_factory.mktemp("local")), "w") as index:
        yield index


def test_a_long_text_is_cut_at_words() -> None:
    text = "word " * 100 + "needle " + "tail " * 100
    begin = text.index("needle")
    marked = f"{text[:begin]}{HIT_BEGINS}needle{HIT_ENDS}{text[begin + 6 :]}"
    pieces = snippet(text, marked)
    assert pieces[0] == Piece("…", hit=False)
    assert pieces[-1] == Piece("…", hit=False)
    shown = "".join(piece.text for piece in pieces)
    assert shown.startswith("…word word")
    assert shown.endswith("tail…")
    assert len(shown) <= 210
