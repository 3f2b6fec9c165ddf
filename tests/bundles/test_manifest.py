"""The manifest: canonical, strict to read, and it comes back as it went."""

from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from bundles.manifest import Manifest, ManifestRow, decode_manifest, manifest_of
from bundles.model import PageRange
from bundles.plan import FrontFacts, RowLink, index_rows, lay_out, plan_bundle
from casefiles.errors import VerificationFailed

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
numbers = st.integers(1, 2**40)


@st.composite
def manifests(draw):
    front, count = draw(st.integers(1, 5)), draw(st.integers(0, 6))
    volume = draw(st.integers(1, 4))
    first = 1 if volume == 1 else draw(st.integers(2, 900))
    rows = tuple(
        ManifestRow(
            page=page,
            printed=draw(words),
            tab=draw(words),
            kind=draw(words),
            exhibit=draw(words),
            evidence_sha256=draw(digests),
            source_page=draw(numbers),
            converter=draw(words),
            converter_version=draw(words),
            programs=draw(words),
            treatment=draw(words),
            derived_sha256=draw(digests),
            event=draw(numbers),
        )
        for page in range(first + front, first + front + count)
    )
    return Manifest(
        *(draw(words) for _ in range(3)),
        draw(numbers),
        *(draw(words) for _ in range(5)),
        draw(digests),
        front,
        first,
        front + count,
        volume,
        volume + draw(st.integers(0, 3)),
        rows,
    )


@given(manifests())
def test_it_comes_back_as_it_went_and_is_canonical(manifest):
    data = manifest.encode()
    assert decode_manifest(data) == manifest
    assert rfc8785.dumps(json.loads(data)) == data


@pytest.fixture
def planned(make_derived, make_item, make_facts, court):
    items = [
        make_item(make_derived("one", 2), section="C", exhibit=""),
        make_item(make_derived("two", 1), title="Secret title", file="secret/file name.pdf"),
    ]
    rows = index_rows(lay_out(items, court.section_titles, 2))
    links = tuple(RowLink(row, 2, 50, 700, 500, 710) for row in range(len(rows)))
    return plan_bundle(
        make_facts(mark="DRAFT"), court, items, FrontFacts("c" * 64, PageRange(1, 1), PageRange(2, 2), links)
    )


def test_it_says_where_each_page_came_from_and_no_title_or_path(planned):
    manifest = manifest_of(planned, "0.1.0")
    assert [(row.page, row.printed, row.tab, row.exhibit, row.source_page) for row in manifest.rows] == [
        (3, "3", "C1", "", 1),
        (4, "4", "C1", "", 2),
        (5, "5", "D1", "AB/1", 1),
    ]
    assert manifest.rows[2].derived_sha256 == planned.tabs[1].derived_sha256
    assert (manifest.pages, manifest.front_pages, manifest.mark, manifest.casebinder) == (
        5,
        2,
        "DRAFT",
        "0.1.0",
    )
    assert b"ecret" not in manifest.encode()


def _changed(data, change):
    value = json.loads(data)
    change(value)
    return rfc8785.dumps(value)


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.update(extra=1),
        lambda value: value.pop("checkpoint"),
        lambda value: value.update(v=1),
        lambda value: value.update(volume=2),
        lambda value: value.update(first_page=2),
        lambda value: value.update(format="another"),
        lambda value: value.update(pages="5"),
        lambda value: value.update(pages=True),
        lambda value: value.update(pages=6),
        lambda value: value.update(front_sha256="G" * 64),
        lambda value: value.update(rows={}),
        lambda value: value["rows"].pop(),
        lambda value: value["rows"].reverse(),
        lambda value: value["rows"].append(7),
        lambda value: value["rows"][0].update(note="x"),
        lambda value: value["rows"][0].pop("event"),
        lambda value: value["rows"][0].update(event=0),
        lambda value: value["rows"][0].update(event=1.5),
        lambda value: value["rows"][0].update(source_page=0),
        lambda value: value["rows"][0].update(derived_sha256="a" * 63),
    ],
)
def test_anything_else_is_refused(planned, change):
    data = manifest_of(planned, "0.1.0").encode()
    with pytest.raises(VerificationFailed):
        decode_manifest(_changed(data, change))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\n",
        lambda data: data.replace(b'"v":2', b'"v": 2'),
        lambda data: data.replace(b'"v":2', b'"v":2,"v":2'),
        lambda data: data.replace(b'"D1"', b'"\\u0044' + b'1"'),
        lambda data: data.replace(b'"D1"', b'"\\ud800"'),
        lambda data: b"[" * 100_000,
        lambda data: b"\xff" + data,
        lambda data: b"",
    ],
)
def test_other_bytes_for_the_same_value_are_refused(planned, change):
    data = manifest_of(planned, "0.1.0").encode()
    assert change(data) != data
    with pytest.raises(VerificationFailed):
        decode_manifest(change(data))
