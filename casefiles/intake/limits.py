"""How much of one file is read, and for how long, before it is held."""

from __future__ import annotations

from dataclasses import dataclass, field

from casefiles.caged.limits import Limits

MIB = 1 << 20


@dataclass(frozen=True)
class FactsLimits:
    """Limits for the reading of one file; each that stops a file is named in the finding.

    `cage` limits the process. `pages` is per PDF. `stream_bytes` is one unpacked stream of a PDF,
    `unpacked_bytes` everything that one file unpacks to. `pixels` is per image. `text_characters` is what is
    kept for search. `child_*` limit the files taken out of one file: how many, how much together, how deep.
    `decoded_pixels` is how many pixels of JPEGs within a PDF are decoded as a check, rather than just walked.
    """

    cage: Limits = field(
        default=Limits(seconds=60, memory_bytes=2048 * MIB, output_bytes=1024 * MIB, result_bytes=64 * MIB)
    )
    pages: int = 5_000
    nesting: int = 100
    objects: int = 1_000_000
    stream_bytes: int = 256 * MIB
    unpacked_bytes: int = 2048 * MIB
    pixels: int = 300_000_000
    decoded_pixels: int = 200_000_000
    frames: int = 1_000
    text_bytes: int = 64 * MIB
    text_characters: int = 200_000
    child_count: int = 500
    child_bytes: int = 512 * MIB
    child_depth: int = 5
    zip_members: int = 10_000
    zip_bytes: int = 512 * MIB


def size_in_words(size_bytes: int) -> str:
    """A size as people say it: "1 GiB", "256 MiB", "12 KiB", "80 bytes"."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size_bytes} bytes"
