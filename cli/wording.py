"""Words around numbers, as people write them."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """`1 page`, `2 pages`, `1,204 pages`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
