"""How a bundle is divided: every page once and in order, no volume over the limit, tabs whole where they fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles.model import PageRange
from bundles.volumes import TabSpan, TabWeight, divide

weights = st.lists(
    st.builds(
        TabWeight,
        st.integers(0, 300),
        st.lists(st.integers(1, 900), min_size=1, max_size=12).map(tuple),
    ),
    min_size=1,
    max_size=12,
)


@given(weights, st.integers(200, 3_000), st.integers(0, 150))
def test_every_page_once_in_order_and_no_volume_too_large_unless_a_page_is(tabs, limit, front):
    volumes = divide(tabs, limit, front)
    given_pages = [
        (span.tab, page)
        for volume in volumes
        for span in volume
        for page in range(span.pages.first, span.pages.last + 1)
    ]
    assert given_pages == [
        (number, page) for number, tab in enumerate(tabs) for page in range(1, len(tab.pages) + 1)
    ]
    for volume in volumes:
        weight = front + sum(tabs[span.tab].of(span.pages) for span in volume)
        assert weight <= limit or (len(volume) == 1 and volume[0].pages.count == 1)


@given(weights, st.integers(200, 3_000), st.integers(0, 150))
def test_a_tab_that_fits_into_a_volume_is_never_divided(tabs, limit, front):
    for volume in divide(tabs, limit, front):
        for span in volume:
            whole = PageRange(1, len(tabs[span.tab].pages))
            assert span.pages == whole or tabs[span.tab].of(whole) > limit - front


def test_what_follows_a_divided_tab_stands_behind_its_last_part():
    tabs = [TabWeight(0, (10,)), TabWeight(5, (40, 40, 40)), TabWeight(0, (30,))]
    assert divide(tabs, 100, 10) == (
        (TabSpan(0, PageRange(1, 1)),),
        (TabSpan(1, PageRange(1, 2)),),
        (TabSpan(1, PageRange(3, 3)), TabSpan(2, PageRange(1, 1))),
    )


@pytest.mark.parametrize("tabs", [[], [TabWeight(1, ())]])
def test_nothing_cannot_be_divided(tabs):
    with pytest.raises(ValueError, match="nothing to divide"):
        divide(tabs, 100, 0)
