"""Links inside a document and its bookmarks lead to the same places; others are dropped and named."""

from __future__ import annotations

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, OutlineItem, String
from reportlab.pdfgen import canvas


def links_of(path, index=0):
    with pikepdf.open(path) as pdf:
        pages = [page.obj.objgen for page in pdf.pages]
        return [
            (
                [float(n) for n in each.Rect],
                pages.index(each.Dest[0].objgen),
                [float(n) for n in list(each.Dest)[2:4]],
            )
            for each in pdf.pages[index].obj.get("/Annots", [])
        ]


def test_every_way_to_name_a_place_in_the_same_file(maker, tmp_path, derive, codes_of):
    first = maker.page(maker.words("one"))
    second = maker.page(maker.words("two"))
    maker.pdf.Root.Dests = Dictionary(old=Dictionary(D=Array([second, Name.XYZ, 10, 500, 0])))
    names = Array(
        [
            String("new"),
            Array([second, Name.FitH, 400]),
            String("zażółć"),
            Dictionary(D=Array([second, Name.Fit])),
        ]
    )
    maker.pdf.Root.Names = Dictionary(
        Dests=Dictionary(Kids=Array([maker.pdf.make_indirect(Dictionary(Names=names))]))
    )
    ways = [
        {"Dest": Array([second, Name.XYZ, 72, 700, None])},
        {"A": Dictionary(S=Name.GoTo, D=Array([second, Name.FitR, 50, 60, 70, 80]))},
        {"Dest": Name.old},
        {"A": Dictionary(S=Name.GoTo, D=String("new"))},
        {"Dest": String("zażółć")},
        {"Dest": String("missing")},
        {"A": Dictionary(S=Name.GoTo, D=Array([Dictionary(Type=Name.Page), Name.Fit]))},
        {"Dest": Array([first, Name.XYZ, None, 100, None])},
    ]
    for number, way in enumerate(ways):
        maker.annotate(first, "Link", [60, 100 * number, 160, 100 * number + 20], **way)
    drawn, path = derive(maker.save(tmp_path / "ways.pdf"))
    found = {round(rectangle[1]) // 100: (page, place) for rectangle, page, place in links_of(path)}
    assert found == {
        0: (1, [72, 700]), 1: (1, [50, 80]), 2: (1, [10, 500]), 3: (1, [0, 400]), 4: (1, [0, 842]), 7: (0, [0, 100]),
    }  # fmt: skip
    assert "pdf-link-target-missing" in codes_of(drawn)


def test_a_link_lies_where_its_words_lie_after_turning_cropping_and_reducing(maker, tmp_path, derive, seen):
    page = maker.page(b"150 300 40 20 re f 130 620 10 100 re f")
    page.Rotate = 90
    page.CropBox = Array([100, 200, 500, 800])
    page.Resources = Dictionary()
    page.Contents = maker.pdf.make_stream(b"150 300 40 20 re f 470 740 30 40 re f")
    maker.annotate(page, "Link", [150, 300, 190, 320], Dest=Array([page, Name.XYZ, 150, 320, None]))
    drawn, path = derive(maker.save(tmp_path / "turned.pdf"))
    assert drawn.pages[0].reduced
    ((rectangle, _, place),) = links_of(path)
    left, bottom, right, top = rectangle
    assert seen(path).dark((int(left) + 2, int(bottom) + 2, int(right) - 2, int(top) - 2))
    factor = 1 - 37 / 400  # the number's box ends 37 pt up, more than 4 % of this page
    assert (left, bottom) == pytest.approx(
        (300 * (1 - factor) + 100 * factor, 400 * (1 - factor) + 310 * factor)
    )
    assert (right - left, top - bottom) == pytest.approx((20 * factor, 40 * factor))
    assert place == pytest.approx((right, top))


def test_pages_that_link_to_each_other_keep_their_content(tmp_path, derive, seen):
    source = tmp_path / "cross.pdf"
    made = canvas.Canvas(str(source))
    for number in range(6):
        made.bookmarkPage(f"p{number}")
        made.drawString(100, 700, f"page number {number}")
        for other in range(6):
            made.linkRect("", f"p{other}", (100, 100 + 40 * other, 200, 120 + 40 * other))
        made.showPage()
    made.save()
    _, path = derive(source)
    assert [seen(path).text(n).strip() for n in range(6)] == [f"page number {n}" for n in range(6)]
    assert [[page for _, page, _ in links_of(path, n)] for n in range(6)] == [list(range(6))] * 6


def test_bookmarks_keep_their_words_and_levels(maker, tmp_path, derive):
    titles = ["Ł" * 300, "漢字 & <b>", "two  spaces", "line\nbreak"]
    for _ in titles:
        maker.page(maker.words("text"))
    with maker.pdf.open_outline() as outline:
        top = OutlineItem(titles[0], 0)
        top.children.append(OutlineItem(titles[1], 1))
        top.children[0].children.append(OutlineItem(titles[2], 2))
        outline.root.extend([top, OutlineItem(titles[3], 3)])
    drawn, _ = derive(maker.save(tmp_path / "titles.pdf"))
    assert [(e.level, e.title, e.page) for e in drawn.outline] == [
        (1, "Ł" * 300, 1), (2, "漢字 & <b>", 2), (3, "two  spaces", 3), (1, "line break", 4),
    ]  # fmt: skip


def test_bookmarks_that_lead_nowhere_or_in_circles(maker, tmp_path, derive, codes_of):
    page = maker.page(maker.words("text"))
    make = maker.pdf.make_indirect
    there = Array([page, Name.Fit])
    heading = make(Dictionary(Title=String("heading")))
    first, second = (
        make(Dictionary(Title=String("first"), Dest=there)),
        make(Dictionary(Title=String("second"), Dest=there)),
    )
    lost = make(Dictionary(Title=String("lost"), Dest=String("nowhere")))
    heading.First, heading.Next, first.Next = first, lost, second
    lost.Next = heading
    maker.pdf.Root.Outlines = make(Dictionary(Type=Name.Outlines, First=heading))
    drawn, _ = derive(maker.save(tmp_path / "circle.pdf"))
    assert [(e.level, e.title) for e in drawn.outline] == [(1, "heading"), (2, "first"), (2, "second")]
    assert {"pdf-bookmarks-cut", "pdf-bookmark-target-missing"} <= codes_of(drawn)


def test_reportlab_outline_with_named_destinations(tmp_path, derive):
    stream = io.BytesIO()
    made = canvas.Canvas(stream)
    for number in range(3):
        made.bookmarkPage(f"n{number}")
        made.addOutlineEntry(f"Chapter {number} żółć", f"n{number}", level=min(number, 1))
        made.drawString(100, 700, "words")
        made.showPage()
    made.save()
    source = tmp_path / "named.pdf"
    source.write_bytes(stream.getvalue())
    drawn, _ = derive(source)
    assert [(e.level, e.title, e.page) for e in drawn.outline] == [
        (1, "Chapter 0 żółć", 1), (2, "Chapter 1 żółć", 2), (2, "Chapter 2 żółć", 3),
    ]  # fmt: skip
