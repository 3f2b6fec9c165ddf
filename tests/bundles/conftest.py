"""Derived files, items and facts for the tests of planning, drawing and assembly."""

from __future__ import annotations

from datetime import date, datetime

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from bundles.derived import Derived, DerivedPage, OutlineEntry
from bundles.front import FrontView, HearingLine, OffenceLine
from bundles.model import TabKind
from bundles.plan import BundleFacts, ResolvedItem
from bundles.profile import load_profile
from casefiles.hashing import sha256_bytes, sha256_file


@pytest.fixture(scope="session")
def court():
    """The profile that the tests use."""
    return load_profile("judiciary-2021")


@pytest.fixture
def make_derived(tmp_path):
    """Write a PDF of the derived shape: one line of text a page, links as (from page, to page), 1-based."""

    def make(name, pages=1, *, size=(595, 842), links=(), outline=()):
        path = tmp_path / f"{name}.derived.pdf"
        width, height = size
        with pikepdf.new() as pdf:
            font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
            for number in range(1, pages + 1):
                form = pikepdf.Stream(
                    pdf, f"BT /F 14 Tf 40 {height / 2} Td ({name} page {number} of {pages}) Tj ET".encode()
                )
                form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, width, height])
                form.Resources = Dictionary(Font=Dictionary(F=font))
                page = Dictionary(
                    Type=Name.Page,
                    MediaBox=Array([0, 0, width, height]),
                    Contents=pikepdf.Stream(pdf, b"/P Do"),
                    Resources=Dictionary(XObject=Dictionary(P=form)),
                )
                pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
            for start, end in links:
                link = Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.Link,
                    Rect=Array([40, 40, 90, 60]),
                    Border=Array([0, 0, 0]),
                    Dest=Array([pdf.pages[end - 1].obj, Name.XYZ, 0, height, None]),
                )
                pdf.pages[start - 1].obj.Annots = Array([pdf.make_indirect(link)])
            pdf.save(path, static_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        facts = DerivedPage(float(width), float(height), False, False, False, "0" * 64)
        entries = tuple(OutlineEntry(*entry) for entry in outline)
        return Derived(path, sha256_file(path), "pdf", "1", (facts,) * pages, entries, ())

    return make


@pytest.fixture
def make_item():
    """An item of the bundle behind a derived file."""

    def make(derived, **changed):
        values = {
            "section": "D",
            "title": "Letter to parents",
            "dated": date(2026, 1, 19),
            "exhibit": "AB/1",
            "kind": TabKind.EVIDENCE,
            "file": "letter.pdf",
            "evidence_sha256": sha256_bytes(b"an original"),
            "event": 7,
            "derived": derived,
        }
        return ResolvedItem(**{**values, **changed})

    return make


@pytest.fixture(scope="session")
def make_facts():
    """What the bundle is."""

    def make(**changed):
        values = {
            "case_reference": "2026-0042",
            "case_uuid": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
            "name": "bundle",
            "title": "Prosecution bundle",
            "version": 1,
            "mark": "",
            "made_at": "2026-03-22T10:11:12.345Z",
            "checkpoint": "20:9f3a5e1b7c2d4f60",
        }
        return BundleFacts(**{**values, **changed})

    return make


@pytest.fixture(scope="session")
def make_view():
    """What cover and index say."""

    def make(**changed):
        values = {
            "authority": "Anytown Council",
            "department": "Education Welfare Service",
            "case_reference": "2026-0042",
            "bundle_title": "Prosecution bundle",
            "version": 1,
            "draft": False,
            "checkpoint": "20:9f3a5e1b7c2d4f60",
            "defendants": ("Pat Example",),
            "children": ("Zoë Example", "Sam Example"),
            "offences": (
                OffenceLine(
                    "Failing to secure regular attendance, Education Act 1996, section 444(1A)",
                    "Pat Example, about Zoë Example",
                    date(2026, 1, 5),
                    date(2026, 2, 13),
                ),
            ),
            "hearing": HearingLine("first hearing", "Anytown Magistrates’ Court", datetime(2026, 6, 18, 10)),
            "prepared_by": "A. Officer",
            "prepared_on": date(2026, 3, 22),
        }
        return FrontView(**{**values, **changed})

    return make
