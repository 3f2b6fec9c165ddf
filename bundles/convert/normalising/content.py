"""What a page's content streams say, decoded under a limit; damage is told apart from emptiness."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf

from bundles.convert.normalising.words import unescaped

_NAME_BEFORE = {
    operator: re.compile(rb"/([^\s/<>\[\](){}%]+)" + arguments + operator.encode() + rb"(?![A-Za-z0-9*'\"])")
    for operator, arguments in (("Do", rb"\s+"), ("Tf", rb"\s+[-+.\d]+\s+"), ("gs", rb"\s+"))
}


class ContentDamaged(Exception):
    """A stream that a page needs cannot be read in full."""


class ContentTooLarge(Exception):
    """A stream decodes to more bytes than the limit."""


@dataclass(frozen=True)
class Content:
    """A page's content: decoded, and, where it is one plainly compressed stream, as it stands in the file."""

    data: bytes
    packed: bytes | None


def content_streams(page: pikepdf.Object) -> Iterator[pikepdf.Stream]:
    """The page's content streams in order.

    Raises:
        ContentDamaged: an entry is no stream of this file.
    """
    contents = page.get("/Contents")
    for each in contents if isinstance(contents, pikepdf.Array) else [contents]:
        if isinstance(each, pikepdf.Stream):
            if "/F" in each:
                raise ContentDamaged("a page's content lies in another file")
            yield each
        elif each is not None and not (isinstance(each, pikepdf.Array) and len(each) == 0):
            raise ContentDamaged("a page's content is not in the file")
        elif each is None and isinstance(contents, pikepdf.Array):
            raise ContentDamaged("a part of a page's content is not in the file")


def read_content(page: pikepdf.Object, limit_bytes: int) -> Content:
    """All content of a page, its streams joined by line ends.

    Raises:
        ContentDamaged: a stream is missing or broken.
        ContentTooLarge: it decodes to more than the limit.
    """
    streams = list(content_streams(page))
    parts: list[bytes] = []
    left = limit_bytes
    for stream in streams:
        parts.append(decode(stream, left))
        left -= len(parts[-1])
    data = b"\n".join(parts)
    packed = streams[0].read_raw_bytes() if len(streams) == 1 and data and _plain_flate(streams[0]) else None
    return Content(data, packed)


def decode(stream: pikepdf.Stream, limit_bytes: int) -> bytes:
    """A stream's bytes with its filters undone.

    Raises:
        ContentDamaged: the stream breaks off or its filters fail.
        ContentTooLarge: it decodes to more than the limit.
    """
    if _plain_flate(stream):
        return _inflate(stream.read_raw_bytes(), limit_bytes)
    try:
        data = bytes(stream.read_bytes())
    except pikepdf.PdfError as problem:
        raise ContentDamaged("a stream cannot be decoded") from problem
    if len(data) > limit_bytes:
        raise ContentTooLarge(f"more than {limit_bytes:,} bytes")
    return data


def names_used(data: bytes, operator: str) -> set[str]:
    """Names that stand before an operator (`Do`, `Tf` or `gs`), each with its slash; may name too many."""
    return {_plain_name(found) for found in _NAME_BEFORE[operator].findall(data)}


def _plain_name(raw: bytes) -> str:
    return "/" + unescaped(raw).decode("utf-8", "surrogateescape")


def _plain_flate(stream: pikepdf.Stream) -> bool:
    filters, parameters = stream.get("/Filter"), stream.get("/DecodeParms")
    if isinstance(filters, pikepdf.Array) and len(filters) == 1:
        filters = filters[0]
    if isinstance(parameters, pikepdf.Array):
        parameters = parameters[0] if len(parameters) else None
    return filters == pikepdf.Name.FlateDecode and (
        parameters is None or parameters.get("/Predictor", 1) == 1 if _maybe_dictionary(parameters) else False
    )


def _maybe_dictionary(parameters: object) -> bool:
    return parameters is None or isinstance(parameters, pikepdf.Dictionary)


def _inflate(packed: bytes, limit_bytes: int) -> bytes:
    """Undo zlib; a missing checksum at the end is forgiven, a missing end of data is not."""
    if not packed.strip():
        return b""
    machine = zlib.decompressobj()
    try:
        data = machine.decompress(packed, limit_bytes + 1)
    except zlib.error as problem:
        return _inflate_without_frame(packed, limit_bytes, problem)
    if len(data) > limit_bytes:
        raise ContentTooLarge(f"more than {limit_bytes:,} bytes")
    return data if machine.eof else _inflate_without_frame(packed, limit_bytes, None)


def _inflate_without_frame(packed: bytes, limit_bytes: int, problem: Exception | None) -> bytes:
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = machine.decompress(packed[2:], limit_bytes + 1)
    except zlib.error as broken:
        raise ContentDamaged("a stream is broken") from (problem or broken)
    if len(data) > limit_bytes:
        raise ContentTooLarge(f"more than {limit_bytes:,} bytes")
    if not machine.eof:
        raise ContentDamaged("a stream breaks off before its end")
    return data
