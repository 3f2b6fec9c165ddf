"""Fonts and pictures that stand in several documents are kept once, and nothing else becomes one."""

from __future__ import annotations

import os

import pikepdf
from pikepdf import Array, Dictionary, Name

from bundles.sharing import share_streams
from bundles.weighing import weigh


def picture(pdf, data, mask=None, *, side=40):
    stream = pdf.make_stream(data)
    stream.stream_dict.update(
        Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=side,
            Height=side,
            ColorSpace=Name.DeviceGray,
            BitsPerComponent=8,
        )
    )
    if mask is not None:
        stream.SMask = mask
    return stream


def document(folder, name, data, mask, pages=1):
    path = folder / name
    with pikepdf.new() as pdf:
        shown = picture(pdf, data, picture(pdf, mask))
        for _ in range(pages):
            pdf.add_blank_page(page_size=(200, 200))
            pdf.pages[-1].obj.Resources = Dictionary(XObject=Dictionary(I=shown))
            pdf.pages[-1].obj.Contents = pdf.make_stream(b"q 100 0 0 100 0 0 cm /I Do Q")
        pdf.save(path, static_id=True)
    return path


def joined(*paths):
    files = [{"file": str(path), "range": "1-z"} for path in paths]
    job = {"empty": "", "outputFile": "unused", "staticId": "", "streamData": "preserve", "pages": files}
    return pikepdf.Job(job).create_pdf()


def test_equal_pictures_with_equal_masks_become_one(tmp_path):
    data, mask = os.urandom(1600), os.urandom(1600)
    pdf = joined(document(tmp_path, "a.pdf", data, mask), document(tmp_path, "b.pdf", data, mask))
    assert share_streams(pdf) >= 3200
    one, other = (page.obj.Resources.XObject.I for page in pdf.pages)
    assert one.objgen == other.objgen
    assert one.read_bytes() == data


def test_a_picture_with_another_mask_stays_its_own(tmp_path):
    data = os.urandom(1600)
    pdf = joined(
        document(tmp_path, "a.pdf", data, os.urandom(1600)),
        document(tmp_path, "b.pdf", data, os.urandom(1600)),
    )
    assert share_streams(pdf) == 0
    one, other = (page.obj.Resources.XObject.I for page in pdf.pages)
    assert one.objgen != other.objgen


def test_equal_bytes_of_another_meaning_stay_apart():
    data = os.urandom(1600)
    with pikepdf.new() as pdf:
        wide = picture(pdf, data)
        tall = picture(pdf, data, side=20)
        pdf.Root.Kept = Array([wide, tall])
        assert share_streams(pdf) == 0
        assert pdf.Root.Kept[0].objgen != pdf.Root.Kept[1].objgen


def test_what_several_pages_need_is_weighed_once(tmp_path):
    data, mask = os.urandom(50_000), os.urandom(20_000)
    alone = weigh(document(tmp_path, "a.pdf", data, mask))
    several = weigh(document(tmp_path, "b.pdf", data, mask, pages=3))
    assert alone.shared == 0
    assert 70_000 < alone.pages[0] < 74_000
    assert 70_000 < several.shared < 72_000
    assert all(page < 4_000 for page in several.pages)
