"""Page labels: what a viewer shows as the page's number is the printed number.

Source: ISO 32000-2 12.4.2 (page labels), 7.9.7 (number trees).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, NullObject

from bundles.proof.reading import PdfFile

ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
         (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
MAX_DEPTH = 20


def label_findings(file: PdfFile, stamps: Sequence[str], first_page: int = 1) -> Iterator[tuple[int, str]]:
    """Pages, of which the first is `first_page`, whose label is not what is printed on them, and why."""
    try:
        ranges = sorted(_ranges(file, file.catalog.get("/PageLabels"), 0))
    except ValueError as error:
        yield first_page, str(error)
        return
    if not ranges or ranges[0][0] != 0:
        yield first_page, "there are no page labels for it"
        return
    current = 0
    for at, stamp in enumerate(stamps):
        while current + 1 < len(ranges) and ranges[current + 1][0] <= at:
            current += 1
        start, prefix, style, first = ranges[current]
        label = prefix + numeral(first + at - start, style)
        if label != stamp:
            yield first_page + at, f"a viewer calls it “{label}”, the number on it is “{stamp}”"


def numeral(value: int, style: str) -> str:
    """`value` in a page label style: D, r, R, a or A; empty for a label without a number.

    Raises:
        ValueError: an unknown style.
    """
    if style == "":
        return ""
    if style == "/D":
        return str(value)
    if style in ("/r", "/R"):
        text = ""
        for worth, letters in ROMAN:
            count, value = divmod(value, worth)
            text += letters * count
    elif style in ("/a", "/A"):
        text = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
    else:
        raise ValueError(f"an unknown style of page labels: {style}")
    return text.upper() if style.isupper() else text


def _ranges(file: PdfFile, raw: Any, depth: int) -> Iterator[tuple[int, str, str, int]]:
    node = file.get(raw)
    if isinstance(node, NullObject):
        return
    if not isinstance(node, DictionaryObject) or depth > MAX_DEPTH:
        raise ValueError("the page labels cannot be read")
    kids = file.get(node.get("/Kids"))
    if isinstance(kids, ArrayObject):
        for kid in kids:
            yield from _ranges(file, kid, depth + 1)
    numbers = file.get(node.get("/Nums"))
    if not isinstance(numbers, ArrayObject):
        return
    for at in range(0, len(numbers) - 1, 2):
        start, label = file.get(numbers[at]), file.get(numbers[at + 1])
        if not isinstance(start, int) or not isinstance(label, DictionaryObject):
            raise ValueError("the page labels cannot be read")  # noqa: TRY004 - the file is wrong, not a caller
        prefix, style, first = (file.get(label.get(key)) for key in ("/P", "/S", "/St"))
        yield (
            int(start),
            prefix if isinstance(prefix, str) else "",
            "" if isinstance(style, NullObject) else str(style),
            int(first) if isinstance(first, int) else 1,
        )
