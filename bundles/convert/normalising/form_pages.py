"""Builds the new PDF: each source page becomes one form XObject on an upright page.

Source: ISO 32000-2, 8.10 (form XObjects), 7.7.3.3 (page objects).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from bundles.convert.normalising.content import Content
from bundles.convert.normalising.geometry import (
    Matrix,
    PageFrame,
    Rectangle,
    pdf_number,
    pdf_numbers,
)
from bundles.convert.normalising.resources import ResourceCleaner, only

_GROUP_KEYS = {"/S", "/CS", "/I", "/K", "/Type"}
UNCHANGED: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True)
class PlacedLink:
    """A link between pages of the derived file, in points of the displayed pages; `to_index` is 0-based."""

    on_index: int
    rectangle: Rectangle
    to_index: int
    to_x_pt: float
    to_y_pt: float


class DerivedFile:
    """The new PDF while it is built; pages are added in order."""

    def __init__(self) -> None:
        self.pdf = pikepdf.new()
        self._sizes: list[tuple[float, float]] = []
        self._reductions: dict[int, Matrix] = {}

    def add_page(
        self,
        source: pikepdf.Pdf,
        page: pikepdf.Object,
        frame: PageFrame,
        content: Content,
        cleaner: ResourceCleaner,
    ) -> None:
        """Add a source page as a form, clipped to its crop box and turned upright."""
        form = pikepdf.Stream(self.pdf, content.packed if content.packed is not None else content.data)
        if content.packed is not None:
            form.Filter = pikepdf.Name.FlateDecode
        form.BBox = pdf_numbers(*frame.crop)
        form.Matrix = pdf_numbers(*frame.matrix)
        form.Resources = self.pdf.copy_foreign(cleaner.clean(page.get("/Resources")))
        group = page.get("/Group")
        if isinstance(group, pikepdf.Dictionary) and group.get("/S") == pikepdf.Name.Transparency:
            only(group, _GROUP_KEYS)
            form.Group = self.pdf.copy_foreign(group if group.is_indirect else source.make_indirect(group))
        self._append(form, frame.width_pt, frame.height_pt)

    def add_picture(self, rgb: bytes, pixels: tuple[int, int], width_pt: float, height_pt: float) -> None:
        """Add a page that is one picture: 8-bit RGB rows from the top."""
        image = pikepdf.Stream(self.pdf, rgb)
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height = pixels
        image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
        width, height = pdf_number(width_pt), pdf_number(height_pt)
        form = pikepdf.Stream(self.pdf, f"q {width} 0 0 {height} 0 0 cm /Im Do Q".encode())
        form.BBox = pdf_numbers(0, 0, width_pt, height_pt)
        form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
        self._append(form, width_pt, height_pt)

    def _append(self, form: pikepdf.Stream, width_pt: float, height_pt: float) -> None:
        form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        page = pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=pdf_numbers(0, 0, width_pt, height_pt),
            Contents=pikepdf.Stream(self.pdf, b"/P Do"),
            Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=form)),
        )
        self.pdf.pages.append(pikepdf.Page(self.pdf.make_indirect(page)))
        self._sizes.append((width_pt, height_pt))

    def size_pt(self, index: int) -> tuple[float, float]:
        """Width and height of a page, in points; `index` is 0-based."""
        return self._sizes[index]

    def reduce(self, index: int, factor: float) -> None:
        """Draw a page smaller, centred at the top, so that a strip at the bottom stays free."""
        width, height = self._sizes[index]
        matrix = (factor, 0.0, 0.0, factor, width * (1 - factor) / 2, height * (1 - factor))
        self._reductions[index] = matrix
        numbers = " ".join(str(pdf_number(value)) for value in matrix)
        self.pdf.pages[index].obj.Contents = pikepdf.Stream(self.pdf, f"q {numbers} cm /P Do Q".encode())

    def enlarge(self, index: int, width_pt: float, height_pt: float) -> None:
        """Give a small page more paper, to the right and left and below; what it shows keeps its size."""
        width, height = self._sizes[index]
        matrix = (1.0, 0.0, 0.0, 1.0, (width_pt - width) / 2, height_pt - height)
        self._reductions[index] = matrix
        self._sizes[index] = (width_pt, height_pt)
        page = self.pdf.pages[index].obj
        page.MediaBox = pdf_numbers(0, 0, width_pt, height_pt)
        numbers = " ".join(str(pdf_number(value)) for value in matrix)
        page.Contents = pikepdf.Stream(self.pdf, f"q {numbers} cm /P Do Q".encode())

    def reduced(self, index: int, x: float, y: float) -> tuple[float, float]:
        """A point of the displayed page where it lies after reduction."""
        a, _, _, d, e, f = self._reductions.get(index, UNCHANGED)
        return a * x + e, d * y + f

    def add_links(self, links: Sequence[PlacedLink]) -> None:
        """Write the links; call it after the last `reduce`."""
        annotations: dict[int, list[pikepdf.Object]] = {}
        for link in links:
            left, bottom, right, top = link.rectangle
            corners = (*self.reduced(link.on_index, left, bottom), *self.reduced(link.on_index, right, top))
            x, y = self.reduced(link.to_index, link.to_x_pt, link.to_y_pt)
            target = self.pdf.pages[link.to_index].obj
            annotation = pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Link,
                Rect=pdf_numbers(*corners),
                Border=pdf_numbers(0, 0, 0),
                Dest=pikepdf.Array([target, pikepdf.Name.XYZ, pdf_number(x), pdf_number(y), None]),
            )
            annotations.setdefault(link.on_index, []).append(self.pdf.make_indirect(annotation))
        for index, rows in annotations.items():
            self.pdf.pages[index].obj.Annots = pikepdf.Array(rows)

    def save(self, path: Path) -> None:
        """Write the file; the same pages give the same bytes."""
        for key in [key for key in self.pdf.Root.keys() if key not in {"/Type", "/Pages"}]:  # noqa: SIM118
            del self.pdf.Root[key]
        for key in ("/Info", "/ID"):
            if key in self.pdf.trailer:
                del self.pdf.trailer[key]
        self.pdf.save(
            path,
            deterministic_id=True,
            force_version="1.7",
            fix_metadata_version=False,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
