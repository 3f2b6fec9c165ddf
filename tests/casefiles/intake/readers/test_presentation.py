"""Slides: words in groups, tables, alternatives, diagrams, charts and masters; kinds of main parts; broken ones."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from casefiles.intake.kinds import Kind, detect
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.office import look
from casefiles.intake.readers.office_contents import Contents, Refused

TYPES = "application/vnd.openxmlformats-officedocument."
MAIN = f"{TYPES}presentationml.presentation.main+xml"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPACES = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    f'xmlns:r="{RELATION}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
)


def said(text: str) -> str:
    return f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"


def shape(text: str, *, attributes: str = "", placeholder: bool = False) -> str:
    inside = "<p:ph/>" if placeholder else ""
    return f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="s" {attributes}/><p:nvPr>{inside}</p:nvPr></p:nvSpPr>{said(text)}</p:sp>'


def relations(**targets: str) -> str:
    inside = "".join(
        f'<Relationship Id="{kind}" Type="{RELATION}/{kind.rstrip("0123456789")}" Target="{target}"/>'
        for kind, target in targets.items()
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inside}</Relationships>'


def slides(folder: Path, body: str, *, main: str = MAIN, more: str = "", without: str = "") -> Path:
    """One slide with this body, and everything that a slide can lean on."""
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'{more}<Override PartName="/ppt/presentation.xml" ContentType="{main}"/></Types>',
        "ppt/presentation.xml": f'<p:presentation {SPACES}><p:sldIdLst><p:sldId id="256" r:id="slide"/></p:sldIdLst></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(slide="slides/slide1.xml"),
        "ppt/slides/slide1.xml": f"<p:sld {SPACES}>{body}</p:sld>",
        "ppt/slides/_rels/slide1.xml.rels": relations(
            diagramData="../diagrams/data1.xml", chart="/ppt/charts/chart1.xml", slideLayout="../slideLayouts/slideLayout1.xml"
        ),
        "ppt/diagrams/data1.xml": f"<x {SPACES}>{said('Diagram words')}</x>",
        "ppt/charts/chart1.xml": f"<x {SPACES}>{said('Chart title')}<c:strCache><c:pt><c:v>Autumn</c:v></c:pt></c:strCache>"
        "<c:numCache><c:pt><c:v>12.5</c:v></c:pt></c:numCache></x>",
        "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout {SPACES}>{shape('Layout words')}</p:sldLayout>",
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": relations(slideMaster="../slideMasters/slideMaster1.xml"),
        "ppt/slideMasters/slideMaster1.xml": f"<p:sldMaster {SPACES}>{shape('OFFICIAL')}"
        f"{shape('Click to edit', placeholder=True)}</p:sldMaster>",
    }  # fmt: skip
    members.pop(without, None)
    path = folder / "slides.pptx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def contents(path: Path) -> Contents:
    return look(path, Kind.PPTX, FactsLimits()).contents


@pytest.mark.parametrize(
    ("body", "shown", "hidden"),
    [
        (shape("one") + shape("two"), "one two", []),
        (f"<p:grpSp><p:grpSp>{shape('deep')}</p:grpSp></p:grpSp>", "deep", []),
        (
            f"<p:graphicFrame><a:tbl><a:tr><a:tc>{said('cell')}</a:tc></a:tr></a:tbl></p:graphicFrame>",
            "cell",
            [],
        ),
        (
            f"<mc:AlternateContent><mc:Choice Requires='p14'>{shape('new')}</mc:Choice>"
            f"<mc:Fallback>{shape('old')}</mc:Fallback></mc:AlternateContent>",
            "new",
            [],
        ),
        (shape("seen") + shape("unseen", attributes='hidden="1"'), "seen", ["unseen"]),
        ("<a:p><a:r><a:t>a</a:t></a:r><a:br/><a:r><a:t>b</a:t></a:r></a:p>", "a b", []),
        ("<a:p><a:fld type='slidenum'><a:t>7</a:t></a:fld><a:r><a:t>a</a:t></a:r></a:p>", "a", []),
        ("<a:p><a:fld type='datetime1'><a:t>3/4/2026</a:t></a:fld></a:p>", "3/4/2026", []),
    ],
)
def test_the_words_of_a_slide(tmp_path: Path, body: str, shown: str, hidden: list[str]) -> None:
    found = contents(slides(tmp_path, body))
    assert " ".join(found.shown[0].split()) == shown
    assert found.hidden == hidden


def test_words_of_diagrams_charts_and_masters_can_be_searched(tmp_path: Path) -> None:
    found = contents(slides(tmp_path, shape("one")))
    for words in ("Diagram words", "Chart title", "Autumn", "Layout words", "OFFICIAL"):
        assert words in found.searchable
        assert words not in "".join(found.shown)
    assert "Click to edit" not in found.searchable
    assert "12.5" not in found.searchable


EMBEDDED = "".join(
    f'<Default Extension="{ending}" ContentType="{TYPES}{what}"/>'
    for ending, what in (
        ("xlsx", "spreadsheetml.sheet"), ("docx", "wordprocessingml.document"), ("pptx", "presentationml.presentation"),
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("main", "kind"),
    [
        (MAIN, Kind.PPTX),
        (f"{TYPES}presentationml.slideshow.main+xml", Kind.PPTX),
        ("application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml", Kind.PPTX),
        ("application/vnd.ms-powerpoint.template.macroEnabled.main+xml", Kind.PPTX),
        (f"{TYPES}spreadsheetml.sheet.main+xml", Kind.XLSX),
        ("application/vnd.ms-excel.sheet.macroEnabled.main+xml", Kind.XLSX),
        (f"{TYPES}wordprocessingml.document.main+xml", Kind.DOCX),
        ("application/vnd.ms-word.document.macroEnabled.main+xml", Kind.DOCX),
    ],
)
@pytest.mark.parametrize("more", ["", EMBEDDED])
def test_the_main_part_says_what_a_file_is_and_not_what_is_embedded_in_it(
    tmp_path: Path, main: str, kind: Kind, more: str
) -> None:
    path = slides(tmp_path, shape("one"), main=main, more=more)
    assert detect(path).kind is kind
    if kind is Kind.PPTX:
        assert contents(path).shown == ["one\n"]


@pytest.mark.parametrize(
    ("without", "message"),
    [
        ("ppt/slides/slide1.xml", "slide 1 is missing"),
        ("ppt/presentation.xml", "main part is missing"),
        ("[Content_Types].xml", "list of parts is missing"),
        ("ppt/_rels/presentation.xml.rels", "slide 1 is missing"),
    ],
)
def test_a_missing_part_is_refused(tmp_path: Path, without: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        contents(slides(tmp_path, shape("one"), without=without))


@pytest.mark.parametrize(
    "without",
    [
        "ppt/diagrams/data1.xml",
        "ppt/charts/chart1.xml",
        "ppt/slideLayouts/slideLayout1.xml",
        "ppt/slideMasters/slideMaster1.xml",
    ],
)
def test_what_a_slide_leans_on_may_be_missing(tmp_path: Path, without: str) -> None:
    assert contents(slides(tmp_path, shape("one"), without=without)).shown == ["one\n"]
