"""Fonts and pictures that came with several documents, byte for byte the same, are kept once in a joined PDF.

qpdf copies each file's objects once, however often that file is bound; it does not see that two files carry the same
font program. Only streams of equal bytes and equal dictionaries become one, so no page shows anything else.

Source: ISO 32000-2, 7.3.8 (streams), 7.3.10 (indirect objects).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

import pikepdf

LEAST_BYTES = 512
"""Smaller streams are left alone: finding them costs more than they weigh."""
MOST_ROUNDS = 8
"""A picture and its mask are found in two rounds, the mask first; nothing sensible nests deeper."""

_Key = tuple[int, int]
_OWN = ("/Page", "/Pages", "/Catalog", "/ObjStm", "/XRef", "/Metadata")


def share_streams(pdf: pikepdf.Pdf) -> int:
    """Let every reference to one of several equal streams lead to the first of them; how many bytes that frees."""
    digests = _digests(pdf)
    freed = 0
    for _ in range(MOST_ROUNDS):
        same = _equal_streams(pdf, digests)
        if not same:
            break
        for holder in pdf.objects:
            _redirect(holder, same)
        freed += sum(digests.pop(key)[0] for key in same)  # those are let go, and are not looked at again
    return freed


def _digests(pdf: pikepdf.Pdf) -> dict[_Key, tuple[int, bytes]]:
    """Length and digest of each stream that may be shared."""
    own = {stream.objgen for page in pdf.pages for stream in _contents(page.obj)}
    found = {}
    for stream in pdf.objects:
        if not isinstance(stream, pikepdf.Stream) or stream.objgen in own or stream.get("/Type") in _OWN:
            continue
        data = stream.read_raw_bytes()
        if len(data) >= LEAST_BYTES:
            found[stream.objgen] = len(data), hashlib.sha256(data).digest()
    return found


def _contents(page: pikepdf.Object) -> list[pikepdf.Object]:
    contents = page.get("/Contents")
    if isinstance(contents, pikepdf.Array):
        return [part for part in contents if isinstance(part, pikepdf.Object)]
    return [contents] if isinstance(contents, pikepdf.Object) else []


def _equal_streams(pdf: pikepdf.Pdf, digests: dict[_Key, tuple[int, bytes]]) -> dict[_Key, pikepdf.Object]:
    """Streams that equal an earlier one, with that one."""
    often = Counter(digests.values())
    firsts: dict[tuple[bytes, bytes], pikepdf.Object] = {}
    same: dict[_Key, pikepdf.Object] = {}
    for key, known in digests.items():
        if often[known] > 1:
            stream = pdf.get_object(key)
            first = firsts.setdefault((known[1], _dictionary(stream)), stream)
            if first.objgen != key:
                same[key] = first
    return same


def _dictionary(stream: pikepdf.Object) -> bytes:
    """The stream's dictionary as text; references stand in it by number, so equal text is equal meaning."""
    assert isinstance(stream, pikepdf.Stream)  # noqa: S101 - for the type checker
    return b"\n".join(
        sorted(
            key.encode() + b" " + _text(value)
            for key, value in stream.stream_dict.items()
            if key != "/Length"
        )
    )


def _text(value: object) -> bytes:
    if isinstance(value, pikepdf.Object) and value.is_indirect:
        return b"%d %d R" % value.objgen
    return value.unparse() if isinstance(value, pikepdf.Object) else repr(value).encode()


def _redirect(holder: pikepdf.Object, same: dict[_Key, pikepdf.Object]) -> None:
    """Change the references in one object, direct dictionaries and lists within it included."""
    waiting = [holder.stream_dict if isinstance(holder, pikepdf.Stream) else holder]
    while waiting:
        container = waiting.pop()
        for key, value in _entries(container):
            if not isinstance(value, pikepdf.Object):
                continue
            if not value.is_indirect:
                waiting.append(value)
            elif value.objgen in same:
                container[key] = same[value.objgen]


def _entries(container: pikepdf.Object) -> Iterator[tuple[str | int, object]]:
    if isinstance(container, pikepdf.Dictionary):
        yield from list(container.items())
    elif isinstance(container, pikepdf.Array):
        yield from enumerate(list(container))
