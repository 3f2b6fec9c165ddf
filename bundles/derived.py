"""A derived file: the PDF that a converter made of one original, in one plain shape.

The shape, which assembly relies on and proof checks:

* every page is upright: no /Rotate, no /CropBox, no /UserUnit; /MediaBox is [0 0 width height];
* /Contents is one stream that draws one form XObject, `/P`, the only entry of the page's own /Resources;
* /Annots, where present, holds only link annotations whose /Dest is a page of the same file;
* the catalog holds nothing but /Type and /Pages: bookmarks travel in `Derived.outline`;
* same original, same converter version, same parameters: same bytes (Office and OCR excepted).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from casefiles.findings import Finding


@dataclass(frozen=True)
class Box:
    """A rectangle on a displayed page, in points from its lower left corner."""

    x_pt: float
    y_pt: float
    width_pt: float
    height_pt: float


@dataclass(frozen=True)
class StampBox:
    """The room kept for the page number: the size of the box and its distance from the lower right corner."""

    right_pt: float
    bottom_pt: float
    width_pt: float
    height_pt: float

    def on_page(self, page_width_pt: float) -> Box:
        """The box on a page of that width, in points."""
        return Box(
            page_width_pt - self.right_pt - self.width_pt, self.bottom_pt, self.width_pt, self.height_pt
        )


@dataclass(frozen=True)
class DerivedPage:
    """Facts of one derived page.

    `blank` says that the source page itself shows nothing; `reduced` that it was drawn at 96 % because
    ink lay under the number's box; `image_only` that it shows something and has no text.
    `text_sha256` digests the page's text as PDFium reads it from the derived file.
    """

    width_pt: float
    height_pt: float
    blank: bool
    reduced: bool
    image_only: bool
    text_sha256: str


@dataclass(frozen=True)
class OutlineEntry:
    """A source's own bookmark: level 1 is the top; `page` is 1-based within the derived file."""

    level: int
    title: str
    page: int


@dataclass(frozen=True)
class Derived:
    """One derived PDF in the cache, and what is known of it.

    `programs` are the outside programs that took part, with their versions ("soffice 7.4.7.2"); `treatment` is the text of
    `bundles.treatment` that says what was done beyond converting. `own_pages` counts the last pages that are no pages of the source but a sheet of ours about it. `choice` says in
    words what an officer chose of it ("pages 3–7 of 60, in grey"), for the index; empty where nothing was chosen.
    """

    path: Path
    sha256: str
    converter: str
    converter_version: str
    pages: tuple[DerivedPage, ...]
    outline: tuple[OutlineEntry, ...]
    findings: tuple[Finding, ...]
    programs: str = ""
    treatment: str = ""
    own_pages: int = 0
    choice: str = ""

    def with_choice(self, words: str) -> Derived:
        """The same with one more choice told."""
        return replace(self, choice=", ".join(part for part in (self.choice, words) if part))

    def as_json(self) -> dict[str, Any]:
        """Everything but the path, for the cache's side file."""
        row = asdict(self)
        del row["path"]
        row["findings"] = [finding.as_json() for finding in self.findings]
        return row

    @classmethod
    def from_json(cls, path: Path, row: Mapping[str, Any]) -> Derived:
        """The inverse of `as_json`.

        Raises:
            KeyError, TypeError, ValueError: the side file is not one of ours.
        """
        return cls(
            path=path,
            sha256=str(row["sha256"]),
            converter=str(row["converter"]),
            converter_version=str(row["converter_version"]),
            pages=tuple(DerivedPage(**page) for page in row["pages"]),
            outline=tuple(OutlineEntry(**entry) for entry in row["outline"]),
            findings=tuple(Finding.from_json(finding) for finding in row["findings"]),
            programs=str(row["programs"]),
            treatment=str(row["treatment"]),
            own_pages=int(row.get("own_pages", 0)),
            choice=str(row.get("choice", "")),
        )
