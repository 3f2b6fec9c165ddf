"""Is a PDF stream there to its end? Unpacked piece by piece, counted, never kept whole.

Source: ISO 32000-1, 7.4 (filters), 8.9.5 (image dictionaries).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pikepdf
from pikepdf import Name

from casefiles.intake.limits import FactsLimits, size_in_words
from casefiles.intake.readers.jpeg import decoding_problem, jpeg_problem

_PIECE_BYTES = 1 << 20
_FEED_BYTES = 1 << 16
_CIPHER_BYTES = 32  # AES: an initial block, and padding
_FLATE = frozenset({"/FlateDecode", "/Fl"})
_SMALL = {"/ASCII85Decode": Name.ASCII85Decode, "/A85": Name.ASCII85Decode,
          "/ASCIIHexDecode": Name.ASCIIHexDecode, "/AHx": Name.ASCIIHexDecode,
          "/RunLengthDecode": Name.RunLengthDecode, "/RL": Name.RunLengthDecode,
          "/LZWDecode": Name.LZWDecode, "/LZW": Name.LZWDecode}  # fmt: skip
_JPEG = frozenset({"/DCTDecode", "/DCT"})
_FIXED_COMPONENTS = {"/DeviceGray": 1, "/G": 1, "/CalGray": 1, "/Indexed": 1, "/I": 1, "/Separation": 1,
                     "/DeviceRGB": 3, "/RGB": 3, "/CalRGB": 3, "/Lab": 3,
                     "/DeviceCMYK": 4, "/CMYK": 4}  # fmt: skip


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class TooMuch(Exception):
    """A limit was passed; the message names it as a person would read it."""


class Broken(Exception):
    """The stream is cut or its data is broken; the message says how."""


@dataclass
class Budget:
    """What may still be unpacked of one file."""

    limits: FactsLimits
    unpacked_bytes: int = 0
    decoded_pixels: int = 0

    def spend(self, stream_bytes: int, piece_bytes: int) -> None:
        """Count one more piece of a stream that has `stream_bytes` so far.

        Raises:
            TooMuch: the stream or the file passes its limit.
        """
        self.unpacked_bytes += piece_bytes
        if stream_bytes > self.limits.stream_bytes:
            limit = size_in_words(self.limits.stream_bytes)
            raise TooMuch(f"a part of it unpacks to more than {limit}")
        if self.unpacked_bytes > self.limits.unpacked_bytes:
            raise TooMuch(f"it unpacks to more than {size_in_words(self.limits.unpacked_bytes)}")


def unpacked(stream: pikepdf.Stream, budget: Budget) -> Iterator[bytes]:
    """The stream's data with every filter but those of pictures undone (predictors are left in).

    Raises:
        Broken: the data ends before its end, or does not unpack.
        TooMuch: it unpacks to more than the limits allow.
    """
    raw = stream.read_raw_bytes()
    filters = filter_names(stream)
    declared = stream.get(Name.Length, 0)
    if not raw and declared != 0:
        raise Broken("it is empty")
    # Packed data proves itself; of pictures and plain data only the length can tell that bytes are lost.
    if isinstance(declared, int) and len(raw) < declared - _CIPHER_BYTES and not _FLATE.intersection(filters):
        raise Broken(f"it has {len(raw)} bytes of {declared}")
    for position, name in enumerate(filters):
        last = position == len(filters) - 1
        if name in _FLATE:
            pieces = _inflated(raw, budget)
            if last:
                yield from pieces
                return
            raw = b"".join(pieces)
        elif name in _SMALL:
            raw = _small_filter(raw, name, stream, position)
            budget.spend(len(raw), len(raw))
        else:
            break
    yield raw


def stream_problem(stream: pikepdf.Stream, budget: Budget) -> str | None:
    """Why the stream cannot be read to its full length, or None.

    Raises:
        TooMuch: a limit was passed.
    """
    try:
        size = 0
        last = b""
        for piece in unpacked(stream, budget):
            size += len(piece)
            last = piece
        if stream.get(Name.Subtype) == Name.Image:
            _check_image(stream, size, last, budget)
    except Broken as problem:
        return str(problem)
    except (pikepdf.PdfError, pikepdf.DataDecodingError, ValueError, TypeError, OverflowError) as error:
        return f"it cannot be unpacked ({type(error).__name__})"
    return None


def filter_names(stream: pikepdf.Stream) -> list[str]:
    """The names of a stream's filters in the order in which they are undone."""
    filters = stream.get(Name.Filter)
    if filters is None:
        return []
    return [str(name) for name in (filters if isinstance(filters, pikepdf.Array) else [filters])]


def _inflated(raw: bytes, budget: Budget) -> Iterator[bytes]:
    """Source: RFC 1950. A missing checksum at the end is forgiven, a missing last block is not."""
    if not raw:
        return  # qpdf writes an empty page so
    engine = zlib.decompressobj()
    size = 0
    try:
        for piece in _run(engine, raw):
            size += len(piece)
            budget.spend(size, len(piece))
            yield piece
    except zlib.error as error:
        raise Broken("its data is broken") from error
    if not engine.eof and not _last_block_is_there(raw):
        raise Broken("its end is missing")


def _last_block_is_there(raw: bytes) -> bool:
    engine = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        for _ in _run(engine, raw[2:]):
            pass
    except zlib.error:
        return False
    return engine.eof


def _run(engine: _Inflater, raw: bytes) -> Iterator[bytes]:
    for offset in range(0, len(raw), _FEED_BYTES):
        waiting = raw[offset : offset + _FEED_BYTES]
        while not engine.eof:
            piece = engine.decompress(waiting, _PIECE_BYTES)
            waiting = engine.unconsumed_tail
            if piece:
                yield piece
            elif not waiting:
                break


def _small_filter(raw: bytes, name: str, stream: pikepdf.Stream, position: int) -> bytes:
    """One filter undone by qpdf: it needs a stream of its own, in a document of its own."""
    with pikepdf.new() as workshop:
        part = pikepdf.Stream(workshop, raw)
        part.Filter = _SMALL[name]
        parameters = _parameters(stream, position)
        if _SMALL[name] == Name.LZWDecode and parameters is not None:
            part.DecodeParms = pikepdf.Dictionary(EarlyChange=int(parameters.get(Name.EarlyChange, 1)))
        return part.read_bytes(pikepdf.StreamDecodeLevel.specialized)


def _parameters(stream: pikepdf.Stream, position: int) -> pikepdf.Dictionary | None:
    found = stream.get(Name.DecodeParms)
    if isinstance(found, pikepdf.Array):
        found = found[position] if position < len(found) else None
    return found if isinstance(found, pikepdf.Dictionary) else None


def _check_image(stream: pikepdf.Stream, size: int, data: bytes, budget: Budget) -> None:
    width, height = int(stream.get(Name.Width, 0)), int(stream.get(Name.Height, 0))
    bits = 1 if stream.get(Name.ImageMask, False) else int(stream.get(Name.BitsPerComponent, 8))
    pixels = width * height
    if pixels * min(bits, 8) / 8 > budget.limits.pixels:
        # A drawing in pure black and white has eight pixels where a photo has one byte.
        raise TooMuch(f"a picture in it has more than {budget.limits.pixels / 1_000_000:g} million pixels")
    filters = filter_names(stream)
    final = filters[-1] if filters else ""
    if final in _JPEG or final == "/JPXDecode":
        problem = jpeg_problem(data) if final in _JPEG else _jpx_problem(data)
        if problem is None and budget.decoded_pixels + pixels <= budget.limits.decoded_pixels:
            budget.decoded_pixels += pixels
            problem = decoding_problem(data)
        if problem:
            raise Broken(problem)
    elif final in ("", *_FLATE, *_SMALL):
        row, needed = _expected_bytes(stream, width, height, len(filters) - 1)
        if needed and size < needed - row:  # one row short is a known habit, and drawn by all
            raise Broken(f"a picture has {size} bytes of {needed}")


def _jpx_problem(data: bytes) -> str | None:
    """A JPEG 2000 code stream ends with EOC. Source: ISO/IEC 15444-1, A.4.4."""
    return None if b"\xff\xd9" in data[-64:] else "its end is missing"


def _expected_bytes(stream: pikepdf.Stream, width: int, height: int, last_filter: int) -> tuple[int, int]:
    """Bytes of one row and of the whole picture, predictor bytes included; zeros where it cannot be told."""
    components = 1 if stream.get(Name.ImageMask, False) else _components(stream.get(Name.ColorSpace))
    if components is None:
        return 0, 0
    bits = 1 if stream.get(Name.ImageMask, False) else int(stream.get(Name.BitsPerComponent, 8))
    row = (width * components * bits + 7) // 8
    parameters = _parameters(stream, last_filter) if last_filter >= 0 else None
    if parameters is not None and int(parameters.get(Name.Predictor, 1)) >= 10:
        row += 1
    return row, row * height


def _components(space: pikepdf.Object | None) -> int | None:
    family = space[0] if isinstance(space, pikepdf.Array) and len(space) > 1 else space
    name = str(family)
    if isinstance(space, pikepdf.Array) and name == "/ICCBased":
        return int(space[1].get(Name.N, 0)) or None
    if isinstance(space, pikepdf.Array) and name == "/DeviceN":
        return len(space[1])
    return _FIXED_COMPONENTS.get(name)
