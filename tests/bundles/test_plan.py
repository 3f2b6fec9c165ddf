"""Plans: ranges run on and cover every page, order is kept, words are exact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.derived import Derived, DerivedPage, OutlineEntry
from bundles.model import PageRange, PlannedBookmark, TabKind
from bundles.plan import (
    DEEPEST_LEVEL,
    BundleFacts,
    FrontFacts,
    ResolvedItem,
    RowLink,
    index_rows,
    lay_out,
    plan_bundle,
)
from bundles.profile import load_profile
from casefiles.errors import UsageError

COURT = load_profile("judiciary-2021")
FACTS = BundleFacts(
    case_reference="2026-0042",
    case_uuid="6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    name="bundle",
    title="Prosecution bundle",
    version=1,
    mark="DRAFT",
    made_at="2026-03-22T10:11:12.345Z",
    checkpoint="20:9f3a5e1b7c2d4f60",
)
LONG = "Łukasz Żółć & <Sons> 学校からの手紙 " + "very long " * 28
PAGE = DerivedPage(595.0, 842.0, False, False, False, "0" * 64)


def derived(pages, outline=(), sha256="a" * 64):
    return Derived(Path("unused.pdf"), sha256, "pdf", "1", (PAGE,) * pages, tuple(outline), ())


def item(section="D", title="Letter", pages=2, dated=date(2026, 1, 19), outline=(), sha256="a" * 64):
    return ResolvedItem(
        section,
        title,
        dated,
        "AB/1",
        TabKind.EVIDENCE,
        "letter.pdf",
        "b" * 64,
        7,
        derived(pages, outline, sha256),
    )


def front(items, cover=1, index=1):
    rows = index_rows(lay_out(items, COURT.section_titles, cover + index))
    links = tuple(RowLink(row, cover + 1, 50, 700 - row, 500, 710 - row) for row in range(len(rows)))
    return FrontFacts("c" * 64, PageRange(1, cover), PageRange(cover + 1, cover + index), links)


def plan(items, cover=1, index=1):
    return plan_bundle(FACTS, COURT, items, front(items, cover, index))


sections = st.sampled_from("ACDG")
outlines = st.lists(
    st.builds(OutlineEntry, st.integers(-3, 40), st.text(max_size=20), st.just(1)), max_size=6
)
items_of_any_kind = st.lists(
    st.builds(
        item,
        section=sections,
        title=st.text(min_size=1, max_size=40),
        pages=st.integers(1, 30),
        dated=st.none() | st.dates(date(1990, 1, 1), date(2090, 1, 1)),
        outline=outlines,
        sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    ),
    min_size=1,
    max_size=12,
)


@given(items_of_any_kind, st.integers(1, 3), st.integers(1, 9))
def test_every_page_belongs_to_exactly_one_tab_in_order(items, cover, index):
    made = plan(items, cover, index)
    pages = [page for tab in made.tabs for page in range(tab.pages.first, tab.pages.last + 1)]
    assert pages == list(range(cover + index + 1, made.page_count + 1))
    assert made.stamps == tuple(str(page) for page in range(1, made.page_count + 1))
    assert [section.letter for section in made.sections] == sorted({each.section for each in items})
    for section in made.sections:
        mine = [each for each in items if each.section == section.letter]
        assert [tab.label for tab in section.tabs] == [
            f"{section.letter}{n}" for n in range(1, len(mine) + 1)
        ]
        assert [(tab.title, tab.dated, tab.derived_sha256) for tab in section.tabs] == [
            (each.title, each.dated, each.derived.sha256) for each in mine
        ]
        assert [tab.pages.count for tab in section.tabs] == [len(each.derived.pages) for each in mine]


@given(items_of_any_kind)
def test_bookmarks_tell_their_page_and_nest_without_a_gap(items):
    made = plan(items)
    level = 0
    for mark in made.bookmarks:
        assert mark.title.endswith(f" p {mark.page}")
        assert 1 <= mark.page <= made.page_count
        assert 1 <= mark.level <= min(level + 1, DEEPEST_LEVEL)
        level = mark.level
    assert [mark.page for mark in made.bookmarks if mark.level == 1][:2] == [1, 2]


@given(items_of_any_kind)
def test_each_row_of_the_index_leads_to_its_first_page(items):
    made = plan(items)
    targets = [link.to_page for link in made.index_links]
    wanted = [row.to_page for row in index_rows(made.sections)]
    assert targets == wanted


def test_bookmarks_read_as_the_profile_says():
    outline = [OutlineEntry(1, "Part 1", 1), OutlineEntry(2, "Deeper", 2), OutlineEntry(9, "Jumps", 3)]
    items = [
        item("C", "Statement", 3, None),
        item("D", "Letter to parents", 3, date(2026, 1, 19), outline, "d" * 64),
    ]
    assert plan(items).bookmarks == (
        PlannedBookmark(1, "Cover p 1", 1),
        PlannedBookmark(1, "Index p 2", 2),
        PlannedBookmark(1, "C Witness statements p 3", 3),
        PlannedBookmark(2, "C1 Statement p 3", 3),
        PlannedBookmark(1, "D Exhibits p 6", 6),
        PlannedBookmark(2, "D1 Letter to parents (19.01.2026) p 6", 6),
        PlannedBookmark(3, "Part 1 p 6", 6),
        PlannedBookmark(4, "Deeper p 7", 7),
        PlannedBookmark(5, "Jumps p 8", 8),
    )


def test_a_bookmark_without_words_gets_some():
    assert plan([item(outline=[OutlineEntry(1, " ", 2)])]).bookmarks[-1].title == "Untitled p 4"


def test_a_title_with_braces_is_not_a_pattern():
    assert plan([item(title="{page} {0} {", dated=None)]).bookmarks[-1].title == "D1 {page} {0} { p 3"


def test_long_and_foreign_titles_are_exact():
    made = plan([item(title=LONG)])
    assert made.tabs[0].title == LONG
    assert made.bookmarks[-1].title == f"D1 {LONG} (19.01.2026) p 3"


def test_the_callers_section_titles_go_first_and_an_unknown_letter_still_has_one():
    items = [item("D"), item("Z")]
    made = plan_bundle(FACTS, COURT, items, front(items), {"D": "Exhibits of A. Officer"})
    assert [section.title for section in made.sections] == ["Exhibits of A. Officer", "Section Z"]


def test_one_derived_file_may_be_bound_twice():
    made = plan([item("C"), item("D")])
    assert [str(tab.pages) for tab in made.tabs] == ["3–4", "5–6"]


@pytest.mark.parametrize("items", [[], [item(section="")]])
def test_nothing_to_draw_or_nowhere_to_put_it_is_refused(items):
    with pytest.raises(UsageError) as refused:
        lay_out(items, {}, 2)
    assert refused.value.remedy


def test_an_index_that_was_drawn_for_other_items_is_refused():
    items = [item("C"), item("D")]
    with pytest.raises(ValueError, match="other items"):
        plan_bundle(FACTS, COURT, items, front(items[:1]))


def test_a_bookmark_out_of_its_own_file_is_refused():
    broken = item(outline=[OutlineEntry(1, "Gone", 3)])
    with pytest.raises(ValueError, match="page 3 of 2"):
        plan([broken])


def test_a_plan_is_a_value():
    items = [item("C"), item("D")]
    assert plan(items) == plan(list(items))
    assert plan(items) != plan([items[0], replace(items[1], title="Another")])
