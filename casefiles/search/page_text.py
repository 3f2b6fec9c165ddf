"""Text of a file, page by page, as it is kept for search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class PageText:
    """The text of one page: `page` is 1-based, or None where the file has no pages of its own (mail, Word, text)."""

    page: int | None
    text: str


def numbered(texts: Iterable[str | None]) -> tuple[PageText, ...]:
    """The pages of a file in order, from page 1; a page without text is left out."""
    return tuple(PageText(number, text) for number, text in enumerate(texts, 1) if text)


def whole(text: str) -> tuple[PageText, ...]:
    """The text of a file without pages; nothing where there is none."""
    return (PageText(None, text),) if text else ()


def cut(texts: Iterable[PageText], characters: int) -> tuple[PageText, ...]:
    """The first `characters` characters of all the text together."""
    return tuple(_cut(texts, characters))


def _cut(texts: Iterable[PageText], left: int) -> Iterator[PageText]:
    for each in texts:
        if left <= 0:
            return
        yield PageText(each.page, each.text[:left])
        left -= len(each.text)


def joined(texts: Iterable[PageText]) -> str:
    """All the text as one, a line end between two pages."""
    return "\n".join(each.text for each in texts)
