"""How hidden things are listed."""

from __future__ import annotations

from casefiles.intake.readers.office_contents import LISTED_CHARACTERS, LISTED_THINGS, Contents, listed, rows


def test_nothing_hidden_is_nothing_to_report() -> None:
    assert list(rows(Contents(shown=["Dear parent"], slides=1))) == []


def test_a_long_list_says_that_it_is_cut() -> None:
    assert listed(["a  b\nc", " "]) == "“a b c”"
    assert listed([]) == "no words"
    assert listed(["x"] * (LISTED_THINGS + 1)).endswith("(not all is listed here)")
    assert len(listed(["long " * 1000])) < LISTED_CHARACTERS + 40


def test_each_hidden_thing_has_a_row_and_its_words_can_be_searched() -> None:
    contents = Contents(
        shown=["seen"], deleted=["gone"], changes=1, comments=["why"], hidden=["secret"], slides=2,
        hidden_slides={2: "later"}, notes={1: "say this"}, linked=1, macros=True, embedded=["a.xlsx"],
        fields={"DATE"}, unsaved_dates=1,
    )  # fmt: skip
    assert [row.code.removeprefix("office-") for row in rows(contents)] == [
        "tracked-changes", "comments", "hidden-text", "fields-as-saved", "date-not-saved", "hidden-slides",
        "speaker-notes", "linked-content", "macro", "embedded",
    ]  # fmt: skip
    assert contents.searchable.split("\n") == ["seen", "later", "say this", "why", "secret", "gone"]
