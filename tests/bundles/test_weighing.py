"""What pages weigh: never less than what they come to when they are bound alone."""

from __future__ import annotations

import os

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from bundles.model import PageRange
from bundles.weighing import PAGE_BYTES, weigh


def document(path, forms, *, link=False):
    """A page for each entry of `forms`: the names of the pictures that it shows; the same name is the same picture."""
    with pikepdf.new() as pdf:
        pictures = {}
        for names in forms:
            for name in names:
                if name not in pictures:
                    pictures[name] = pdf.make_stream(
                        os.urandom(20_000), Type=Name.XObject, Subtype=Name.Image, Width=100, Height=200,
                        ColorSpace=Name.DeviceGray, BitsPerComponent=8,
                    )  # fmt: skip
            page = Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, 200, 200]),
                Contents=pdf.make_stream(b" ".join(b"/%s Do" % name.encode() for name in names)),
                Resources=Dictionary(XObject=Dictionary({f"/{name}": pictures[name] for name in names})),
            )
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        if link:
            note = Dictionary(
                Type=Name.Annot,
                Subtype=Name.Link,
                Rect=Array([0, 0, 9, 9]),
                Dest=Array([pdf.pages[-1].obj, Name.Fit]),
            )
            pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])
        pdf.save(path, static_id=True)
    return path


@pytest.mark.parametrize("forms", [["A"], ["AB", "C"], ["A", "AB", "B"], ["", "A", ""]])
def test_some_pages_bound_alone_never_weigh_more_than_was_said(tmp_path, forms):
    path = document(tmp_path / "a.pdf", forms)
    weight = weigh(path)
    assert len(weight.pages) == len(forms)
    for first in range(1, len(forms) + 1):
        for last in range(first, len(forms) + 1):
            with pikepdf.open(path) as pdf:
                del pdf.pages[last:]
                del pdf.pages[: first - 1]
                pdf.remove_unreferenced_resources()
                pdf.save(tmp_path / "part.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)
            said = weight.of(PageRange(first, last))
            assert said >= (tmp_path / "part.pdf").stat().st_size - 600  # a file's own frame
            assert said >= PAGE_BYTES * (last - first + 1)


def test_the_page_that_a_link_leads_to_is_not_weighed_with_it(tmp_path):
    plain = weigh(document(tmp_path / "a.pdf", ["A", "B"]))
    linked = weigh(document(tmp_path / "b.pdf", ["A", "B"], link=True))
    assert 0 < linked.pages[0] - plain.pages[0] < 300
    assert linked.shared == plain.shared == 0


def test_a_picture_on_two_pages_of_three_is_shared(tmp_path):
    weight = weigh(document(tmp_path / "a.pdf", ["A", "AB", "C"]))
    assert 20_000 < weight.shared < 21_000
    assert [page > 20_000 for page in weight.pages] == [False, True, True]


def test_forms_that_lead_to_each_other_end(tmp_path):
    path = document(tmp_path / "a.pdf", ["A"])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        picture = pdf.pages[0].obj.Resources.XObject.A
        picture.Again = Array([picture, pdf.pages[0].obj])
        pdf.save(path)
    assert weigh(path).pages[0] > 20_000


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\nnothing else", b"PK\x03\x04"])
def test_what_is_no_pdf_is_refused(tmp_path, data):
    (tmp_path / "a.pdf").write_bytes(data)
    with pytest.raises(pikepdf.PdfError):
        weigh(tmp_path / "a.pdf")
