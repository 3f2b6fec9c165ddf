"""Source PDFs as other programs write them, and ways to look at what became of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from pikepdf import Array, Dictionary, Name, String

from bundles.convert.base import Drawn
from bundles.convert.normalise import normalise
from bundles.derived import StampBox

STAMP = StampBox(right_pt=20, bottom_pt=15, width_pt=100, height_pt=22)


class SourceMaker:
    """Writes a PDF object by object, with no checks on what it writes."""

    def __init__(self) -> None:
        self.pdf = pikepdf.new()
        self.font = self.pdf.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
            )
        )

    def page(self, content: bytes | str = b"", size: tuple[float, float] = (595, 842)) -> pikepdf.Object:
        """Add a page with a font /F1 and this content."""
        data = content.encode() if isinstance(content, str) else content
        self.pdf.add_blank_page(page_size=size)
        page = self.pdf.pages[-1].obj
        page.Contents = self.pdf.make_stream(data)
        page.Resources = Dictionary(Font=Dictionary(F1=self.font))
        return page

    def words(self, text: str, x: float = 60, y: float = 700, size: float = 14) -> bytes:
        """Content that shows a line of ASCII text."""
        return f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n".encode()

    def annotate(
        self, page: pikepdf.Object, subtype: str, rectangle: list[float], **more: object
    ) -> pikepdf.Object:
        """Add an annotation to a page."""
        if "/Annots" not in page:
            page.Annots = Array([])
        annotation = self.pdf.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name("/" + subtype), Rect=Array(rectangle), **more)
        )
        page.Annots.append(annotation)
        return annotation

    def form(self, content: bytes, box: list[float], **more: object) -> pikepdf.Object:
        """A form XObject with the font /F1."""
        resources = more.pop("Resources", Dictionary(Font=Dictionary(F1=self.font)))
        return self.pdf.make_stream(
            content, Type=Name.XObject, Subtype=Name.Form, BBox=Array(box), Resources=resources, **more
        )

    def acro_form(self) -> pikepdf.Object:
        """An interactive form whose viewer is to draw the fields."""
        self.pdf.Root.AcroForm = Dictionary(
            Fields=Array([]),
            NeedAppearances=True,
            DR=Dictionary(Font=Dictionary(Helv=self.font)),
            DA=String("/Helv 12 Tf 0 g"),
        )
        return self.pdf.Root.AcroForm

    def field(
        self, page: pikepdf.Object, name: str, rectangle: list[float], **more: object
    ) -> pikepdf.Object:
        """Add a field of the interactive form."""
        field = self.annotate(page, "Widget", rectangle, T=String(name), DA=String("/Helv 12 Tf 0 g"), **more)
        self.pdf.Root.AcroForm.Fields.append(field)
        return field

    def layer(self, name: str, **more: object) -> pikepdf.Object:
        """An optional-content group, listed in the document."""
        if "/OCProperties" not in self.pdf.Root:
            self.pdf.Root.OCProperties = Dictionary(OCGs=Array([]), D=Dictionary(ON=Array([]), OFF=Array([])))
        group = self.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(name), **more))
        self.pdf.Root.OCProperties.OCGs.append(group)
        return group

    def save(self, path: Path, **how: object) -> Path:
        """Write it."""
        self.pdf.save(path, **how)  # type: ignore[arg-type]
        return path


@pytest.fixture
def maker() -> SourceMaker:
    """A fresh source."""
    return SourceMaker()


@pytest.fixture
def stamp() -> StampBox:
    """The room for the number."""
    return STAMP


@pytest.fixture
def derive(tmp_path: Path) -> Callable[[Path], tuple[Drawn, Path]]:
    """Normalise a file and give back what was said and what was written."""

    def run(source: Path) -> tuple[Drawn, Path]:
        output = tmp_path / f"{source.stem}-derived.pdf"
        drawn = normalise(source, output, STAMP)
        require_shape(output)
        return drawn, output

    return run


def require_shape(path: Path) -> None:
    """The promises of `bundles.derived`, read from the file itself."""
    with pikepdf.open(path) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        assert "/Info" not in pdf.trailer
        for page in pdf.pages:
            assert set(page.obj.keys()) <= {
                "/Type",
                "/Parent",
                "/MediaBox",
                "/Contents",
                "/Resources",
                "/Annots",
            }
            assert list(page.obj.MediaBox)[:2] == [0, 0]
            assert isinstance(page.obj.Contents, pikepdf.Stream)
            assert set(page.obj.Resources.keys()) == {"/XObject"}
            assert set(page.obj.Resources.XObject.keys()) == {"/P"}
            assert page.obj.Contents.read_bytes().split()[-2:] in ([b"/P", b"Do"], [b"Do", b"Q"])
            for annotation in page.obj.get("/Annots", []):
                assert set(annotation.keys()) == {"/Type", "/Subtype", "/Rect", "/Border", "/Dest"}
                assert annotation.Dest[0].objgen in {each.obj.objgen for each in pdf.pages}


class Seen:
    """A PDF as PDFium reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def text(self, index: int = 0) -> str:
        """The text of a page."""
        with pdfium.PdfDocument(self.path) as document:
            page = document[index]
            found: str = page.get_textpage().get_text_range().replace("\r\n", "\n")
            page.close()
            return found

    def picture(self, index: int = 0, scale: float = 1.0):  # type: ignore[no-untyped-def]
        """A grey picture of a page, fields and annotations shown."""
        with pdfium.PdfDocument(self.path) as document:
            document.init_forms()
            page = document[index]
            image = page.render(scale=scale, grayscale=True).to_pil().convert("L")
            page.close()
            return image

    def dark(self, box: tuple[int, int, int, int], index: int = 0) -> bool:
        """Whether anything is painted in (left, bottom, right, top) of a page, in points."""
        image = self.picture(index)
        left, bottom, right, top = box
        return any(image.crop((left, image.height - top, right, image.height - bottom)).histogram()[:200])


@pytest.fixture
def seen() -> type[Seen]:
    """How to look at a file."""
    return Seen


def every_stream(path: Path) -> bytes:
    """All bytes of a PDF with its streams decoded, to search for what must not be there."""
    found = [path.read_bytes()]
    with pikepdf.open(path) as pdf:
        for each in pdf.objects:
            found.append(each.unparse(resolved=True))
            if isinstance(each, pikepdf.Stream):
                try:
                    found.append(each.read_bytes())
                except pikepdf.PdfError:
                    found.append(each.read_raw_bytes())
    return b"\n".join(found)


@pytest.fixture
def everything() -> Callable[[Path], bytes]:
    """All decoded bytes of a PDF."""
    return every_stream


def codes(drawn: Drawn) -> set[str]:
    """The codes of what was found."""
    return {finding.code for finding in drawn.findings}


@pytest.fixture
def codes_of() -> Callable[[Drawn], set[str]]:
    """The codes of what was found."""
    return codes
