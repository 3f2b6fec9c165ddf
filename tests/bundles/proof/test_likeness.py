"""Likeness of PDF values across files: every difference is found, and only differences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from bundles.proof.likeness import Likeness
from bundles.proof.reading import PdfFile

Make = Callable[[pikepdf.Pdf], object]


def difference(folder: Path, one: Make, other: Make) -> str:
    for name, make in (("one", one), ("other", other)):
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.Root.Thing = make(pdf)
            pdf.save(folder / f"{name}.pdf")
    with PdfFile(folder / "one.pdf") as left, PdfFile(folder / "other.pdf") as right:
        return Likeness(left, right).difference(
            left.catalog.raw_get("/Thing"), right.catalog.raw_get("/Thing"), "it"
        )


def loop(pdf: pikepdf.Pdf, value: int = 1) -> object:
    one, two = pdf.make_indirect(Dictionary(V=1)), pdf.make_indirect(Dictionary(V=value))
    one.Next, two.Next = two, one
    return one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda pdf: pdf.make_indirect(Dictionary(A=1)), lambda _: Dictionary(A=1)),
        (lambda _: Dictionary(A=1, B=None), lambda _: Dictionary(A=1)),
        (lambda _: Array([1, 2.5]), lambda _: Array([1, pikepdf.Object.parse(b"2.50")])),
        (lambda _: String("abc"), lambda _: pikepdf.Object.parse(b"<616263>")),
        (loop, loop),
    ],
    ids=[
        "indirect or direct",
        "null or absent",
        "number written otherwise",
        "string written otherwise",
        "in a circle",
    ],
)
def test_the_same(tmp_path: Path, one: Make, other: Make) -> None:
    assert difference(tmp_path, one, other) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda _: Dictionary(A=1), lambda _: Dictionary(A=2)),
        (lambda _: Dictionary(A=1), lambda _: Dictionary(A=1, B=1)),
        (lambda _: Array([1]), lambda _: Array([1, 1])),
        (lambda _: Dictionary(A=Name.X), lambda _: Dictionary(A=String("/X"))),
        (lambda _: Dictionary(A=True), lambda _: Dictionary(A=1)),
        (lambda _: Dictionary(A=0), lambda _: Dictionary(A=False)),
        (lambda pdf: pikepdf.Stream(pdf, b"a"), lambda pdf: pikepdf.Stream(pdf, b"b")),
        (lambda pdf: pikepdf.Stream(pdf, b"a"), lambda pdf: pikepdf.Stream(pdf, b"a", Decode=Array([1, 0]))),
        (lambda pdf: pikepdf.Stream(pdf, b""), lambda _: Dictionary()),
        (loop, lambda pdf: loop(pdf, 2)),
    ],
)
def test_not_the_same(tmp_path: Path, one: Make, other: Make) -> None:
    assert difference(tmp_path, one, other).startswith("it")
    assert difference(tmp_path, other, one).startswith("it")


def test_a_difference_once_found_is_found_again(tmp_path: Path) -> None:
    """A pair that was assumed alike inside a failed comparison must not count as proved."""
    for name, value in (("one", 1), ("other", 2)):
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.Root.Thing = loop(pdf, value)
            pdf.save(tmp_path / f"{name}.pdf")
    with PdfFile(tmp_path / "one.pdf") as left, PdfFile(tmp_path / "other.pdf") as right:
        alike = Likeness(left, right)
        for _ in range(2):
            assert alike.difference(left.catalog.raw_get("/Thing"), right.catalog.raw_get("/Thing"), "it")
