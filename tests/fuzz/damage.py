"""Bytes damaged as disks, transfers and people damage them, as strategies of hypothesis."""

from __future__ import annotations

import os
from collections.abc import Sequence

from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("CASEBINDER_FUZZ_EXAMPLES", "60"))
"""How often each parser is tried; `make torture` asks for many more."""

ODD_PIECES = (
    b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\r", b"\n", b'"', b"'", b"\\", b"{", b"}", b"[", b"]]", b"[[", b"#", b"=",
    b"-1", b"0", b"1e999", b"NaN", b"9223372036854775808", b"18446744073709551616", b"true", b"null", b"\xc3\x28",
    b"\xed\xa0\x80", b"\xe2\x80\xae", b"1979-05-27", b"2026-02-30", b"24:00:00", b"../../etc/passwd", b"%00", b"A" * 5000,
    b"[" * 3000, b"{" * 3000, b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\0\0\0\0", b"--", b"<", b">", b"&#x0;", b"=?utf-8?q?=",
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds with up to six pieces changed, cut, doubled, moved or put in."""
    data = bytearray(draw(st.sampled_from(list(seeds))))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 64) | st.integers(0, len(data))))
        piece = draw(st.sampled_from(ODD_PIECES) | st.binary(max_size=24))
        how = draw(st.sampled_from(("put in", "overwrite", "cut out", "double", "cut off", "move", "flip")))
        if how == "put in":
            data[at:at] = piece
        elif how == "overwrite":
            data[at : at + len(piece)] = piece
        elif how == "cut out":
            del data[at:end]
        elif how == "double":
            data[at:at] = data[at:end][:4096]
        elif how == "cut off":
            del data[at:]
        elif how == "move":
            taken = bytes(data[at:end])
            del data[at:end]
            data[:0] = taken
        elif at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(data)
