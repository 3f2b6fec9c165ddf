"""How much a PDF may ask of the converter before it is held."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PdfLimits:
    """Largest numbers accepted; what exceeds one is held and the limit named."""

    pages: int = 10_000
    content_bytes: int = 128 * 1024 * 1024
    bookmarks: int = 20_000
    destinations: int = 200_000
    nesting: int = 60
