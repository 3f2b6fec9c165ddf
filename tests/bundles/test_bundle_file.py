"""A bundle file: the officer's bytes stay, new lines come at the end, and everything reads back."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.bundle_file import (
    NewLine,
    add_placeholder,
    new_bundle_text,
    parse_bundle_file,
    read_bundle_file,
    with_file_names,
    with_new_lines,
    with_value,
    without_line,
)
from bundles.choices import NOTHING_CHOSEN, Choices
from bundles.model import PageRange, Use
from casefiles.errors import FileInvalid
from casefiles.shown import STEERING

EXAMPLE = Path(__file__).parents[1] / "examples" / "trial.toml"
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda text: not STEERING.search(text)
)
ROWS = st.builds(
    NewLine,
    use=st.sampled_from(list(Use)),
    section=st.sampled_from("CDE"),
    dated=st.none() | st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    title=WORDS,
    file=WORDS,
    id=st.text("0123456789abcdef", min_size=8, max_size=8),
)
UNIQUE_ROWS = st.lists(ROWS, max_size=6, unique_by=lambda row: row.id)


def test_the_example_is_read_whole() -> None:
    file = read_bundle_file(EXAMPLE)
    assert [line.line for line in file.lines] == [7, 8, 9, 10, 11]
    assert file.lines[4].placeholder == "The school is asked for a readable copy"
    found = file.line_for("1b22d0aa" + "0" * 56)
    assert found is not None
    assert found.title == "Letter to parents"


@given(UNIQUE_ROWS)
def test_what_we_write_reads_back(rows: list[NewLine]) -> None:
    file = parse_bundle_file(new_bundle_text("judiciary-2021", "first", "Trial", rows).encode(), "b.toml")
    assert [
        NewLine(line.use, line.section, line.dated, line.title, line.file, line.id) for line in file.lines
    ] == rows


@given(UNIQUE_ROWS, UNIQUE_ROWS)
def test_new_lines_leave_the_rest_byte_for_byte(first: list[NewLine], more: list[NewLine]) -> None:
    more = [row for row in more if row.id not in {old.id for old in first}]
    text = new_bundle_text("judiciary-2021", "", "Trial", first)
    longer = with_new_lines(text, more)
    assert longer.startswith(text[: -len("]\n")])
    assert len(parse_bundle_file(longer.encode(), "b.toml").lines) == len(first) + len(more)


@pytest.mark.parametrize(
    "items",
    [
        "items = []",
        "items = [\n]",
        'items = [{ use = "serve", section = "C", title = "x", file = "x", id = "00000001" }]',
        'items = [\n  { use = "serve", section = "C", title = "x", file = "x", id = "00000001" }  # mine, [kept]\n]',
        'items = [\r\n  { use = "serve", section = "C", title = "x", file = "x", id = "00000001" },\r\n  # end\r\n  ]  # after',
    ],
)
def test_whatever_an_editor_left_behind(items: str) -> None:
    text = f'profile = "judiciary-2021"\ntitle = "T"\n{items}\n'
    row = NewLine(Use.SERVE, "D", None, "new", "new.pdf", "00000002")
    longer = with_new_lines(text, [row])
    assert parse_bundle_file(longer.encode(), "b.toml").lines[-1].title == "new"
    kept = longer.replace(",", "")
    for piece in text.replace(",", "").replace("[]", "[").split("\n"):
        assert piece.removesuffix("]").rstrip("\r ") in kept
    assert with_new_lines(text, []) == text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{ use = "server", section = "C", title = "x", file = "x", id = "00000001" }', "use"),
        ('{ use = "serve", section = "", title = "x", file = "x", id = "00000001" }', "has no section"),
        ('{ use = "serve", section = "C", title = "x", file = "x", id = "xyz" }', "id"),
        ('{ use = "serve", section = "C", titel = "x", file = "x", id = "00000001" }', "title"),
    ],
)
def test_mistakes_name_their_line(line: str, words: str) -> None:
    text = f'profile = "p"\ntitle = "T"\nitems = [\n  # first\n  {line},\n]\n'
    with pytest.raises(FileInvalid) as caught:
        parse_bundle_file(text.encode(), "trial.toml")
    assert caught.value.line == 5
    assert words in caught.value.message + caught.value.remedy


def test_one_id_twice_is_named() -> None:
    row = '{ use = "unused", section = "C", title = "x", file = "x", id = "00000001" },\n'
    with pytest.raises(FileInvalid, match=r"line 5: the id “00000001” stands here and on line 4"):
        parse_bundle_file(f'profile = "p"\ntitle = "T"\nitems = [\n{row}{row}]\n'.encode(), "trial.toml")


def test_a_placeholder_goes_on_its_own_line_and_comments_stay() -> None:
    rows = [NewLine(Use.SERVE, "D", None, f"t{n}", f"f{n}", f"0000000{n}") for n in range(3)]
    text = new_bundle_text("p", "", "T", rows).replace('t1"', 't1"').replace("items = [", "items = [  # kept")
    file = parse_bundle_file(text.encode(), "b.toml")
    changed = add_placeholder(text, file, file.lines[1], 'The school said "no"')
    again = parse_bundle_file(changed.encode(), "b.toml")
    assert [line.placeholder for line in again.lines] == ["", 'The school said "no"', ""]
    assert "# kept" in changed
    assert changed.splitlines()[0] == text.splitlines()[0]
    assert [line.line for line in again.lines] == [line.line for line in file.lines]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_written_as_tables_are_added_to_as_tables(newline: str) -> None:
    head = [
        'profile = "p"',
        'title = "T"',
        "",
        "[[items]]  # mine",
        'use = "serve"',
        'section = "D"',
        'title = "One"',
    ]
    text = newline.join([*head, 'file = "evidence/a.pdf"', 'id = "0000000a"', ""])
    new = NewLine(Use.UNDECIDED, "D", date(2026, 1, 19), "Two", "evidence/b.pdf", "0000000b")
    longer = with_new_lines(text, [new])
    assert longer.startswith(text)
    lines = parse_bundle_file(longer.encode(), "bundle.toml").lines
    assert [(line.title, line.dated, line.id) for line in lines] == [
        ("One", None, "0000000a"), ("Two", date(2026, 1, 19), "0000000b"),
    ]  # fmt: skip


def test_a_title_that_no_index_page_could_hold_is_refused_with_its_line() -> None:
    row = NewLine(Use.SERVE, "D", None, "x" * 1001, "evidence/a.pdf", "0000000a")
    with pytest.raises(FileInvalid, match=r"line \d+.*title"):
        parse_bundle_file(new_bundle_text("p", "", "T", [row]).encode(), "bundle.toml")


def test_a_line_is_taken_out_and_the_rest_stays_byte_for_byte() -> None:
    rows = [NewLine(Use.SERVE, "D", None, f"Paper {n}", f"evidence/{n}.pdf", f"{n:08d}") for n in (1, 2, 3)]
    text = new_bundle_text("judiciary-2021", "", "T", rows).replace("items = [", "items = [  # mine")
    file = parse_bundle_file(text.encode(), "b.toml")
    shorter = without_line(text, file, file.lines[1])
    assert shorter is not None
    assert shorter.splitlines() == [line for line in text.splitlines() if "Paper 2" not in line]


@pytest.mark.parametrize("form", ["one line", "tables", "spread"])
def test_a_line_is_taken_out_however_the_file_is_laid_out(form: str) -> None:
    head = 'profile = "p"\ntitle = "T"\n'
    one = ['use = "serve"', 'section = "D"', 'title = "{}"', 'file = "f"', 'id = "0000000{}"']
    tables = [", ".join(one).format(n, n) for n in "123"]
    text = head + "items = [" + ", ".join(f"{{ {row} }}" for row in tables) + "]\n"
    if form == "tables":
        text = head + "".join("\n[[items]]\n" + "\n".join(one).format(n, n) + "\n" for n in "123")
    if form == "spread":
        text = head + "items = [\n" + "".join(f"  {{ {row}\n  }},\n" for row in tables[:0]) + "\n"
        text += ",\n".join(f"  # about {n}\n  {{ {row} }}" for n, row in enumerate(tables, 1)) + "\n]\n"
    file = parse_bundle_file(text.encode(), "b.toml")
    shorter = without_line(text, file, file.lines[1])
    assert shorter is not None
    assert [line.title for line in parse_bundle_file(shorter.encode(), "b.toml").lines] == ["1", "3"]
    assert 'title = "2"' not in shorter


def test_names_of_renamed_files_are_set_anew_on_their_own_lines() -> None:
    rows = [NewLine(Use.SERVE, "D", None, f"Paper {n}", f"evidence/{n}.pdf", f"{n:08d}") for n in (1, 2)]
    text = new_bundle_text("judiciary-2021", "", "T", rows)
    file = parse_bundle_file(text.encode(), "b.toml")
    again = with_file_names(text, file, {"00000002": 'evidence/new "name".pdf', "99999999": "x"})
    assert [line.file for line in parse_bundle_file(again.encode(), "b.toml").lines] == [
        "evidence/1.pdf", 'evidence/new "name".pdf',
    ]  # fmt: skip
    assert again.splitlines()[:-2] == text.splitlines()[:-2]
    assert with_file_names(text, file, {}) == text


def example_with(words: str) -> bytes:
    """The example with more keys on the line of the letter, line 8."""
    return EXAMPLE.read_bytes().replace(b'id = "1b22d0aa" }', f'id = "1b22d0aa", {words} }}'.encode())


def test_choices_are_read() -> None:
    words = 'pages = "3-7, 9", sheets = ["Summary", "B & C"], notes = true, paper = "A4", colour = "grey"'
    file = parse_bundle_file(example_with(words), "b.toml")
    assert file.lines[1].choices == Choices(
        ("Summary", "B & C"), (), True, (PageRange(3, 7), PageRange(9, 9)), "A4", "grey"
    )
    assert file.lines[0].choices == NOTHING_CHOSEN
    slides = parse_bundle_file(example_with('slides = "1-4"'), "b.toml").lines[1].choices
    assert slides == Choices(slides=(PageRange(1, 4),))
    empty = parse_bundle_file(example_with('slides = "", pages = " ", paper = "", colour = ""'), "b.toml")
    assert empty.lines[1].choices == NOTHING_CHOSEN


@pytest.mark.parametrize(
    ("words", "what", "remedy"),
    [
        ('pages = "7-3"', "pages = “7-3” runs backwards", 'pages = "3-7, 9"'),
        ("pages = 3", "“pages” must be text", "in quotes"),
        ('slides = "all"', "slides = “all” is not a list", "leave slides out"),
        ('sheets = "Summary"', "“sheets” must be a list", "square brackets"),
        ('notes = "yes"', "“notes” must be true or false", "without quotes"),
        ('paper = "A5"', "paper = “A5” is not known", 'paper = "A4"'),
        ('colour = "gray"', "colour = “gray” is not known", 'colour = "grey"'),
        ('color = "grey"', "“color” is not a known key", "Did you mean “colour”?"),
        ('sheets = ["A"], slides = "1"', "sheets and slides stand on the same line", "for a workbook"),
    ],
)
def test_a_wrong_choice_names_the_line_what_is_wrong_and_what_to_write(
    words: str, what: str, remedy: str
) -> None:
    with pytest.raises(FileInvalid) as caught:
        parse_bundle_file(example_with(words), "b.toml")
    assert "b.toml, line 8" in str(caught.value)
    assert what in caught.value.message
    assert remedy in caught.value.remedy


@given(
    st.sampled_from(["pages", "sheets", "notes", "colour"]), st.integers(0, 4), st.lists(WORDS, min_size=1)
)
def test_a_choice_set_and_taken_out_leaves_the_file_byte_for_byte(
    key: str, number: int, names: list[str]
) -> None:
    text = EXAMPLE.read_text()
    file = parse_bundle_file(text.encode(), "b.toml")
    value = {"pages": "3-7", "sheets": names, "notes": True, "colour": "grey"}[key]
    changed = with_value(text, file, file.lines[number], key, value)
    after = parse_bundle_file(changed.encode(), "b.toml")
    assert after.lines[number].choices != NOTHING_CHOSEN
    differing = [old for old, new in zip(text.splitlines(), changed.splitlines(), strict=True) if old != new]
    assert differing == [text.splitlines()[file.lines[number].line - 1]]
    assert with_value(changed, after, after.lines[number], key, None) == text
    assert with_value(text, file, file.lines[number], key, None) == text
