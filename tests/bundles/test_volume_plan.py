"""The plan of a divided bundle: numbers run on, one index, rows that lead into other volumes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bundles.model import PageRange
from bundles.plan import FrontFacts, RowLink
from bundles.proof.whole_set import set_findings
from bundles.volume_plan import lay_out_volumes, plan_volumes
from bundles.volumes import TabSpan

SPANS = (
    (TabSpan(0, PageRange(1, 2)),),
    (TabSpan(1, PageRange(1, 3)),),
    (TabSpan(1, PageRange(4, 5)), TabSpan(2, PageRange(1, 1))),
)
NAMES = ("b volume 1 of 3.pdf", "b volume 2 of 3.pdf", "b volume 3 of 3.pdf")


@pytest.fixture
def items(make_derived, make_item):
    return [
        make_item(make_derived("one", 2), section="C", exhibit=""),
        make_item(make_derived("two", 5, outline=((1, "Part", 1), (1, "End", 5)))),
        make_item(make_derived("three", 1), title="A note", event=9),
    ]


@pytest.fixture
def plans(items, make_facts, court):
    layout = lay_out_volumes(items, court.section_titles, SPANS, (2, 2, 2))
    links = tuple(RowLink(row, 2, 50, 700, 500, 710) for row in range(len(layout.rows)))
    fronts = [FrontFacts(f"{n}" * 64, PageRange(1, 1), PageRange(2, 2), links) for n in (1, 2, 3)]
    return plan_volumes(make_facts(), court, items, layout, fronts, NAMES)


def test_numbers_run_on_through_all_volumes_covers_included(plans):
    assert [(plan.first_page, plan.last_page) for plan in plans] == [(1, 4), (5, 9), (10, 14)]
    assert [plan.stamps for plan in plans][1] == ("5", "6", "7", "8", "9")
    assert [(tab.label, tab.pages, tab.source_pages, tab.of_pages) for tab in plans[1].tabs] == [
        ("D1", PageRange(7, 9), PageRange(1, 3), 5)
    ]
    assert [(tab.label, tab.pages, tab.from_page) for tab in plans[2].tabs] == [
        ("D1", PageRange(12, 13), 4),
        ("D2", PageRange(14, 14), 1),
    ]


def test_every_volume_has_a_row_for_every_tab_of_all_volumes(plans):
    for plan in plans:
        rows = sorted(
            [(row.to_page, 0) for row in plan.index_links]
            + [(row.to_page, row.volume) for row in plan.outside_rows]
        )
        assert [page for page, _ in rows] == [3, 3, 7, 7, 12, 14]
    first = plans[0].outside_rows[0]
    assert (first.file, first.file_page, first.volume) == (NAMES[1], 3, 2)


def test_bookmarks_are_those_of_the_volume(plans):
    titles = [[mark.title for mark in plan.bookmarks] for plan in plans]
    assert titles[1][:2] == ["Cover p 5", "Index p 6"]
    assert "Part p 7" in titles[1]
    assert "End p 13" in titles[2]
    assert not any("End" in title for title in titles[1])


@pytest.mark.parametrize(
    "spans",
    [
        SPANS[:2],
        (SPANS[1], SPANS[0], SPANS[2]),
        (SPANS[0], (TabSpan(1, PageRange(1, 2)),), SPANS[2]),
    ],
)
def test_spans_that_lose_or_move_a_page_are_refused(items, court, spans):
    with pytest.raises(ValueError, match="every page"):
        lay_out_volumes(items, court.section_titles, spans, [2] * len(spans))


def test_the_set_is_proved(plans, items):
    files = [(item.derived.sha256, len(item.derived.pages)) for item in items]
    assert not list(set_findings(plans, files))


@pytest.mark.parametrize(
    "break_it",
    [
        lambda plans: plans[:2],
        lambda plans: (plans[0], plans[2], plans[1]),
        lambda plans: (plans[0], replace(plans[1], outside_rows=plans[1].outside_rows[2:]), plans[2]),
        lambda plans: (plans[0], replace(plans[1], stamps=("5", "6", "7", "8", "8")), plans[2]),
    ],
)
def test_a_set_that_lacks_something_is_not(plans, items, break_it):
    files = [(item.derived.sha256, len(item.derived.pages)) for item in items]
    assert list(set_findings(break_it(plans), files))
