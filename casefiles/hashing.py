"""SHA-256 of bytes and files. Digests are 64 lower-case hexadecimal digits everywhere."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from casefiles.files.plain import open_plain

CHUNK_BYTES = 1 << 20
PREFIX_DIGITS = 8


def sha256_bytes(data: bytes) -> str:
    """The SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """The SHA-256 of a plain file's bytes, read once in 1 MiB pieces.

    Raises:
        NotPlain: it is a link, a pipe or another thing that is no file.
        OSError: the file cannot be read.
    """
    with open_plain(path) as stream:
        return sha256_stream(stream)


def sha256_stream(stream: BinaryIO) -> str:
    """The SHA-256 of what is left of a stream.

    Raises:
        OSError: it cannot be read.
    """
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def hash_prefix(digest: str) -> str:
    """The first eight digits: what people see, and the `id` of a bundle line."""
    return digest[:PREFIX_DIGITS]
