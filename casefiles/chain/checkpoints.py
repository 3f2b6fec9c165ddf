"""Checkpoints: the chain's size, Merkle root and head at one moment, signed, as text that people can read.

Source: Ed25519 signatures, RFC 8032; tree hash, RFC 6962, section 2.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from casefiles.chain import merkle
from casefiles.chain.bodies import INSTANT, NUMBER, SHA256, UUID4, EventType, record
from casefiles.chain.events import ChainEvent, EventDraft
from casefiles.chain.linked import Chain
from casefiles.chain.publickeys import signature_holds
from casefiles.errors import VerificationFailed
from casefiles.files.plain import NotPlain, read_plain
from casefiles.files.reach import reaching
from casefiles.layout import CaseLayout

FIRST_LINE = "casebinder checkpoint 1"
LINE_DIGITS = 16
_SIZE_DIGITS = 10
_KEYS = ("case", "size", "root", "head", "at", "key")
_CHECK = record({"case": UUID4, "size": NUMBER, "root": SHA256, "head": SHA256, "at": INSTANT, "key": SHA256})
_NUMBER = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)

_DO_NOT_COUNT = frozenset(
    {
        EventType.BUNDLE_ASSEMBLED,
        EventType.BUNDLE_ISSUED,
        EventType.BUNDLE_SUPPLEMENTED,
        EventType.PACK_MADE,
        EventType.CHECKPOINT,
        EventType.KEY_ADDED,
    }
)


@dataclass(frozen=True)
class Checkpoint:
    """What is signed: the case, how many events, their Merkle root, the SHA-256 of the last, when (UTC), by which key."""

    case: str
    size: int
    root: str
    head: str
    at: str
    key: str

    def encode(self) -> bytes:
        """The text that is signed: seven lines, each closed by a line feed.

        Raises:
            ValueError: a field is not of the agreed form.
        """
        fields = {key: getattr(self, key) for key in _KEYS}
        _CHECK(fields)
        return "".join([f"{FIRST_LINE}\n", *(f"{key} {value}\n" for key, value in fields.items())]).encode()

    def line(self) -> str:
        """What is printed in footers: `20:9f3a…`, the size and the first 16 digits of the root."""
        return line(self.size, self.root)

    def event_draft(self) -> EventDraft:
        """The event that says that it was taken."""
        body = {"size": self.size, "root": self.root, "head": self.head, "key": self.key}
        return EventDraft(EventType.CHECKPOINT, body)


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint and the 64 bytes of its signature."""

    checkpoint: Checkpoint
    signature: bytes

    def signed_by(self, public_key: bytes) -> bool:
        """Does the signature hold under that key (32 raw bytes)?"""
        return signature_holds(public_key, self.checkpoint.encode(), self.signature)


def line(size: int, root: str) -> str:
    """The checkpoint line of footers: size, colon, first 16 digits of the Merkle root."""
    return f"{size}:{root[:LINE_DIGITS]}"


def decode(data: bytes) -> Checkpoint:
    """Reads the text of a checkpoint; anything but the one form is refused.

    Raises:
        ValueError: says what is wrong.
    """
    lines = data.decode("utf-8").split("\n")
    if len(lines) != len(_KEYS) + 2 or lines[0] != FIRST_LINE or lines[-1]:
        raise ValueError("not the seven lines of a casebinder checkpoint")
    fields: dict[str, str] = {}
    for key, text in zip(_KEYS, lines[1:-1], strict=True):
        if not text.startswith(f"{key} "):
            raise ValueError(f"the line “{key}” is missing")
        fields[key] = text.removeprefix(f"{key} ")
    if not _NUMBER.fullmatch(fields["size"]):
        raise ValueError("“size” is not a number of events")
    found = Checkpoint(
        fields["case"], int(fields["size"]), fields["root"], fields["head"], fields["at"], fields["key"]
    )
    if found.encode() != data:
        raise ValueError("not in the one agreed form")
    return found


def file_stem(size: int) -> str:
    """The name, without suffix, of a checkpoint's files: its size in ten digits."""
    return f"{size:0{_SIZE_DIGITS}d}"


def text_file(layout: CaseLayout, size: int) -> Path:
    """Where the checkpoint over the first `size` events lies; its signature is beside it, `.sig`."""
    return layout.checkpoints / f"{file_stem(size)}.txt"


def describe(chain: Chain, at: str, key: str) -> Checkpoint:
    """The checkpoint over the whole of `chain`; nothing is signed or written."""
    return Checkpoint(
        case=chain.case_uuid,
        size=chain.head.seq,
        root=merkle.root(chain.leaf_hashes()).hex(),
        head=chain.head.sha256,
        at=at,
        key=key,
    )


def is_due(chain: Chain) -> bool:
    """Did evidence, facts, exhibits, decisions or documents change since the last checkpoint?"""
    covered = max(
        (int(event.body["size"]) for event in chain.events if event.type is EventType.CHECKPOINT), default=0
    )
    return any(event.type not in _DO_NOT_COUNT for event in chain.events[covered:])


def read(layout: CaseLayout, size: int) -> SignedCheckpoint | None:
    """The checkpoint over `size` events as its two files have it; None if one of them is missing.

    Raises:
        Unavailable: the folder cannot be read.
        VerificationFailed: the text is not a checkpoint.
    """
    path = text_file(layout, size)
    with reaching(path):
        try:
            data, signature = read_plain(path), read_plain(path.with_suffix(".sig"))
        except NotPlain as error:
            raise _damaged(path, error) from error
        except FileNotFoundError:
            if not layout.checkpoints.is_dir():
                raise
            return None
    try:
        return SignedCheckpoint(decode(data), signature)
    except ValueError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: ValueError) -> VerificationFailed:
    return VerificationFailed(
        f"Checkpoint file {path.name} is damaged: {error}.", remedy="Put it back from a backup."
    )


def is_of_event(checkpoint: Checkpoint, event: ChainEvent) -> bool:
    """Is this the checkpoint that the event says was taken?"""
    return event.body == checkpoint.event_draft().body
