"""A derived file opened to be treated, and written again in the derived shape; facts of its pages read anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf

from bundles.convert.normalising.geometry import Matrix, pdf_number
from bundles.convert.normalising.page_text import page_text, text_sha256
from bundles.convert.normalising.viewing import opened, page_of
from bundles.derived import Derived
from casefiles.hashing import sha256_file

SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@contextmanager
def open_derived(path: Path) -> Iterator[pikepdf.Pdf]:
    """The derived file, open for changes in memory."""
    with pikepdf.open(path) as pdf:
        yield pdf


def save_derived(pdf: pikepdf.Pdf, path: Path) -> None:
    """Write it as the converters do: the same pages give the same bytes.

    Raises:
        OSError: it cannot be written.
    """
    for key in [key for key in pdf.Root.keys() if key not in {"/Type", "/Pages"}]:  # noqa: SIM118
        del pdf.Root[key]
    for key in ("/Info", "/ID"):
        if key in pdf.trailer:
            del pdf.trailer[key]
    pdf.save(
        path,
        deterministic_id=True,
        force_version="1.7",
        fix_metadata_version=False,
        compress_streams=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )


def next_path(derived: Derived, step: str) -> Path:
    """Where a step writes: beside the file that it treats."""
    return derived.path.with_name(f"{derived.path.stem}-{step}.pdf")


def rewritten(derived: Derived, path: Path, *, changed: frozenset[int]) -> Derived:
    """The derived file that now lies at `path`; the text of the pages that were changed (0-based) is read anew.

    Raises:
        OSError: it cannot be read.
    """
    pages = list(derived.pages)
    if changed:
        with opened(path) as file:
            for index in sorted(changed):
                with page_of(file, index) as page:
                    text = page_text(page)
                    width, height = page.get_size()
                pages[index] = replace(
                    pages[index],
                    width_pt=round(width, 4),
                    height_pt=round(height, 4),
                    text_sha256=text_sha256(text),
                )
    return replace(derived, path=path, sha256=sha256_file(path), pages=tuple(pages))


def placement(page: pikepdf.Object) -> Matrix:
    """Where a page of the derived shape places what it shows.

    Raises:
        ValueError: the page is not of the derived shape.
    """
    instructions: list[Any] = list(pikepdf.parse_content_stream(page))
    for operands, operator in instructions:
        if str(operator) == "cm":
            a, b, c, d, e, f = (float(each) for each in operands)
            return (a, b, c, d, e, f)
        if str(operator) == "Do":
            return SAME
    raise ValueError("a page that draws nothing")


def place(pdf: pikepdf.Pdf, page: pikepdf.Object, matrix: Matrix) -> None:
    """Place what a page shows anew."""
    numbers = " ".join(str(pdf_number(value)) for value in matrix)
    page.Contents = pikepdf.Stream(pdf, f"q {numbers} cm /P Do Q".encode())


def links_of(page: pikepdf.Object) -> list[pikepdf.Object]:
    """The links of a page of the derived shape."""
    rows = page.get("/Annots")
    return list(rows) if isinstance(rows, pikepdf.Array) else []
