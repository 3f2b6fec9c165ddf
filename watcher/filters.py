"""The ignore list: names that are never evidence, each with its reason.

Everything else in an evidence folder is taken in or reported. A file of no bytes is not ignored either: the
scan reports it. `casebinder scan -v` prints what was ignored and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NamePart(StrEnum):
    """Which part of a file's name a rule looks at."""

    WHOLE = "whole name"
    START = "start of the name"
    END = "end of the name"


@dataclass(frozen=True)
class IgnoreRule:
    """One entry of the ignore list; `text` is lower-case ASCII and compared without regard to case."""

    part: NamePart
    text: bytes
    reason: str

    def matches(self, name: bytes) -> bool:
        """Whether the rule covers a file of that name (without its folder)."""
        lowered = name.lower()
        match self.part:
            case NamePart.WHOLE:
                return lowered == self.text
            case NamePart.START:
                return lowered.startswith(self.text)
            case NamePart.END:
                return lowered.endswith(self.text)

    @property
    def pattern(self) -> str:
        """The rule as people write it, such as `*.tmp`."""
        text = self.text.decode("ascii")
        return {
            NamePart.WHOLE: text,
            NamePart.START: f"{text}*",
            NamePart.END: f"*{text}",
        }[self.part]


_DOWNLOAD = "a download that has not finished"
_COPY = "a copy that has not finished"

IGNORE_LIST: tuple[IgnoreRule, ...] = (
    IgnoreRule(NamePart.START, b"~$", "a marker that Microsoft Office keeps while a file is open"),
    IgnoreRule(NamePart.START, b".~lock.", "a marker that LibreOffice keeps while a file is open"),
    IgnoreRule(NamePart.END, b".tmp", "a program's temporary file"),
    IgnoreRule(NamePart.END, b".crdownload", _DOWNLOAD),
    IgnoreRule(NamePart.END, b".part", _DOWNLOAD),
    IgnoreRule(NamePart.END, b".partial", _DOWNLOAD),
    IgnoreRule(NamePart.END, b".filepart", _COPY),
    IgnoreRule(NamePart.WHOLE, b"thumbs.db", "Windows keeps small pictures of the folder in it"),
    IgnoreRule(NamePart.WHOLE, b"ehthumbs.db", "Windows keeps small pictures of the folder in it"),
    IgnoreRule(NamePart.WHOLE, b"desktop.ini", "Windows keeps the folder's settings in it"),
    IgnoreRule(NamePart.WHOLE, b".ds_store", "macOS keeps the folder's settings in it"),
    IgnoreRule(
        NamePart.START, b"._", "macOS keeps a file's extra details in it; the file itself is beside it"
    ),
    IgnoreRule(NamePart.START, b".nfs", "the file server keeps a deleted file that is still open"),
    IgnoreRule(NamePart.START, b".fuse_hidden", "the file server keeps a deleted file that is still open"),
    IgnoreRule(NamePart.START, b".smbdelete", "the file server keeps a deleted file that is still open"),
    IgnoreRule(NamePart.START, b".casebinder-", "casebinder is writing it"),
)


def ignored_because(name: bytes) -> str | None:
    """Why a file of that name (raw bytes, without its folder) is ignored, or None where it is not.

    Only files are ignored by name, never folders: a whole folder could hide evidence.
    """
    return next((rule.reason for rule in IGNORE_LIST if rule.matches(name)), None)
