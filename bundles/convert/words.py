"""The words of an original are looked for on the pages that another program made of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bundles.convert.base import ConversionRequest, HeldError
from casefiles.findings import Finding, Severity

VANISHED_SHARE = 0.2
_FEW = 5
_SHOWN_WORDS = 3
_PLAIN_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "DIGIT")


class WordCodes(NamedTuple):
    """Code and weight where words have vanished or are missing, and what to do where too many have."""

    vanished: tuple[str, Severity]
    missing: tuple[str, Severity]
    remedy: str


def compare(
    request: ConversionRequest, words: Sequence[str], drawn_text: str, codes: WordCodes
) -> list[Finding]:
    """A finding where words are not on the pages, whatever the program made of them.

    Raises:
        HeldError: a fifth of the different words or more have vanished.
    """
    wanted = sorted({found for word in words if (found := folded(word)) and _comparable(word)})
    drawn = folded(drawn_text)
    missing = [word for word in wanted if word not in drawn]
    if not missing:
        return []
    examples = ", ".join(f"“{word}”" for word in missing[:_SHOWN_WORDS])
    message = f"{len(missing)} of {len(wanted)} different words are not on the pages, such as {examples}"
    if len(missing) > max(_FEW, VANISHED_SHARE * len(wanted)) or len(missing) == len(wanted):
        raise HeldError(request.finding(*codes.vanished, message, codes.remedy))
    return [request.finding(*codes.missing, message, "compare the pages with the original")]


def text_of(pdf: Path) -> str:
    """The text of all pages."""
    return "".join(texts_of(pdf))


def texts_of(pdf: Path) -> list[str]:
    """The text of each page."""
    import pypdfium2

    document = pypdfium2.PdfDocument(str(pdf))
    try:
        return [_page_text(document, index) for index in range(len(document))]
    finally:
        document.close()


def _page_text(document: object, index: int) -> str:
    page = document[index]  # type: ignore[index]
    try:
        return str(page.get_textpage().get_text_bounded())
    finally:
        page.close()


def folded(text: str) -> str:
    """Letters and digits only, without case, so that line ends, hyphens and ligatures do not matter."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def _comparable(word: str) -> bool:
    """Scripts that a PDF gives back letter by letter in writing order."""
    return all(unicodedata.name(char, "").startswith(_PLAIN_SCRIPTS) for char in word)
