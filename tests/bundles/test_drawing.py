"""Dividing until the volumes that come out fit: weights are estimates, sizes of finished files count."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bundles import drawing
from bundles.drawing import FRONT_SPARE_BYTES, MOST_DIVISIONS, Drawer, is_one_page
from bundles.volumes import TabWeight

FRONT = 2


class Estimated(Drawer):
    """A drawer whose finished volumes have `more` times the bytes that their pages were weighed to have."""

    def __init__(self, weights, more=1.0):
        super().__init__(job=None, tools=None, view=None, about=None)
        self.weights, self.more, self.drawn = weights, more, []

    def _divided(self, items, spans):
        self.drawn.append(spans)
        return tuple(self.pdf(number, held) for number, held in enumerate(spans, start=1))

    def whole(self, items, *, share=False):
        assert share
        self.drawn.append("whole")
        return SimpleNamespace(size_bytes=1, plan=SimpleNamespace(page_count=9, front_pages=FRONT))

    def pdf(self, number, held):
        pages = sum(span.pages.count for span in held)
        size = sum(self.weights[span.tab].of(span.pages) for span in held) * self.more
        plan = SimpleNamespace(volume=number, page_count=pages + FRONT, front_pages=FRONT)
        return SimpleNamespace(size_bytes=int(size), plan=plan, held=held)


@pytest.fixture
def make(monkeypatch):
    def drawer(weights, more=1.0):
        monkeypatch.setattr(drawing, "in_order", lambda items: items)
        monkeypatch.setattr(drawing, "weigh", lambda weight: weight)
        items = [SimpleNamespace(derived=SimpleNamespace(path=weight)) for weight in weights]
        made = Estimated(weights, more)
        return made, items

    return drawer


def tabs(*pages_of):
    return [TabWeight(0, pages) for pages in pages_of]


def test_weights_that_are_right_are_divided_once(make):
    drawer, items = make(tabs((400_000,), (400_000,), (400_000,)))
    drawn = drawer.volumes(items, 900_000)
    assert [len(each.held) for each in drawn] == [2, 1]
    assert len(drawer.drawn) == 1


def test_volumes_that_came_out_too_large_are_divided_again_until_they_fit(make):
    drawer, items = make(tabs(*[(100_000,)] * 20), 1.4)
    drawn = drawer.volumes(items, 1_000_000)
    assert len(drawer.drawn) > 1
    assert max(each.size_bytes for each in drawn) <= 1_000_000
    assert sum(len(each.held) for each in drawn) == 20


def test_a_single_page_that_is_too_large_is_no_reason_to_divide_again(make):
    drawer, items = make(tabs((5_000_000,), (100_000, 100_000)))
    drawn = drawer.volumes(items, 1_000_000)
    assert len(drawer.drawn) == 1
    assert [is_one_page(each) for each in drawn] == [True, False]


def test_divisions_end_however_wrong_the_weights_are(make):
    drawer, items = make(tabs((300_000, 300_000), (300_000, 300_000)), 10)
    drawn = drawer.volumes(items, 1_000_000)
    assert 1 < len(drawer.drawn) <= MOST_DIVISIONS
    assert [each.held[0].pages.count for each in drawn] == [1, 1, 1, 1]


def test_what_fits_after_all_is_one_file(make):
    drawer, items = make(tabs((400_000,), (400_000,)))
    drawer.volumes(items, 800_000 + FRONT_SPARE_BYTES)
    assert drawer.drawn == ["whole"]


def test_a_page_is_one_page_behind_cover_and_index():
    for count, alone in ((FRONT + 1, True), (FRONT + 2, False)):
        plan = SimpleNamespace(page_count=count, front_pages=FRONT)
        assert is_one_page(SimpleNamespace(plan=plan)) is alone
