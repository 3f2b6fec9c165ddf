"""The bytes as received: written once, read-only, found again by their SHA-256."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from casefiles.chain.originalfiles import FILE_NAME
from casefiles.errors import VerificationFailed
from casefiles.files.plain import NotPlain, is_plain_file, open_plain, plain_names
from casefiles.files.publish import copy_in, make_folder, publish_file, remove_file
from casefiles.files.reach import reaching
from casefiles.hashing import sha256_file
from casefiles.layout import CaseLayout

READ_ONLY = 0o444

_SUFFIXES = frozenset(
    re.findall(
        r"\w+",
        "7z aac avi bmp csv doc docm docx dotx eml emlx flv gif gz heic heif htm html ics jfif jpeg jpg json key "
        "log m4a m4v mbox md mht mhtml mkv mov mp3 mp4 mpeg mpg msg numbers odp ods odt ogg one opus oxps pages "
        "pdf png pot potx pps ppsx ppt pptx pst pub rar rtf svg tar tif tiff tsv txt vcf vsd vsdx wav webm webp "
        "wma wmv wpd wps xls xlsb xlsm xlsx xml xps yaml yml zip",
    )
)


@dataclass(frozen=True)
class Preserved:
    """An original in safety: its SHA-256, its size in bytes, where it lies, and whether it was there before."""

    sha256: str
    size_bytes: int
    path: Path
    known: bool


def safe_suffix(raw_name: bytes) -> str:
    """A file name's suffix, lower case and without the dot, if it is one of a closed list; else empty.

    The list is closed because what follows the last dot of a name may be anything, a person's name included.
    """
    _stem, dot, suffix = raw_name.rsplit(b"/", 1)[-1].rpartition(b".")
    text = suffix.decode("ascii", "replace").lower()
    return text if dot and text in _SUFFIXES else ""


def preserve(layout: CaseLayout, source: BinaryIO | Path, suffix: str) -> Preserved:
    """Copies a file's bytes into `originals`, hashing on the way; does nothing more if they are there.

    `source` is opened for reading only, links not followed; a stream is read from where it stands.
    `suffix` is one that `safe_suffix` gave.

    Raises:
        Unavailable: the source cannot be read or is no plain file, or the share is gone, full or read-only.
        VerificationFailed: an original of that SHA-256 is there, but its bytes have another.
        ValueError: the suffix is not of the agreed form.
    """
    if not re.fullmatch(r"[a-z0-9]{0,8}", suffix):
        raise ValueError(f"not a suffix for an original: {suffix}")
    if isinstance(source, Path):
        with reaching(source), open_plain(source) as stream:
            copied = copy_in(stream, layout.chain_tmp, mode=READ_ONLY)
    else:
        copied = copy_in(source, layout.chain_tmp, mode=READ_ONLY)
    existing = find(layout, copied.sha256)
    if existing is None:
        target = _place(layout, copied.sha256, suffix)
        with reaching(layout.originals):
            layout.originals.stat()
        make_folder(target.parent)
        if publish_file(copied.path, target):
            return Preserved(copied.sha256, copied.size_bytes, target, known=False)
        existing = target
    else:
        remove_file(copied.path)
    _check_existing(existing, copied.sha256)
    return Preserved(copied.sha256, copied.size_bytes, existing, known=True)


def find(layout: CaseLayout, sha256: str) -> Path | None:
    """Where the original with that SHA-256 lies, or None. Its bytes are not read.

    Raises:
        Unavailable: the originals folder is not there or cannot be read.
    """
    with reaching(layout.originals):
        return next((path for path in _all_of(layout, sha256) if is_plain_file(path)), None)


def dispose(layout: CaseLayout, sha256: str) -> int:
    """Removes the original with that SHA-256; returns how many files went (0: there was none).

    Record `evidence.disposed` first: the chain must say why before the bytes go.

    Raises:
        Unavailable: it cannot be removed.
    """
    return sum(remove_file(path) for path in _all_of(layout, sha256))


def _all_of(layout: CaseLayout, sha256: str) -> list[Path]:
    folder = layout.originals / sha256[:2]
    with reaching(folder):
        try:
            found = plain_names(folder)
        except NotPlain:  # whatever it leads to is not what we kept; `verify` names it
            return []
        except FileNotFoundError:
            if not layout.originals.is_dir():
                raise
            return []
    return [folder / name for name in found if (match := FILE_NAME.fullmatch(name)) and match[1] == sha256]


def _place(layout: CaseLayout, sha256: str, suffix: str) -> Path:
    return layout.originals / sha256[:2] / (f"{sha256}.{suffix}" if suffix else sha256)


def _check_existing(path: Path, sha256: str) -> None:
    with reaching(path):
        try:
            found = sha256_file(path)
            what = f"its bytes now have the SHA-256 {found[:8]}…"
        except NotPlain as error:
            found, what = "", str(error.strerror)
    if found != sha256:
        raise VerificationFailed(
            f"The preserved original {sha256[:8]} was changed: {what}.",
            remedy="Run “casebinder verify” on the case and put the original back from a backup.",
        )
