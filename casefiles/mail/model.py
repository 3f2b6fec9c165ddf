"""What a message is, whichever program wrote the file: header lines, words, and what travels with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from casefiles.hashing import sha256_bytes


@dataclass(frozen=True)
class Attachment:
    """What travels with a message: its bytes, and its name as written (UTF-8, for display only; never empty).

    `content_id` is how the message's words refer to it, empty where they do not.
    """

    name: bytes
    media_type: str
    data: bytes = field(repr=False)
    content_id: str = ""

    @property
    def size_bytes(self) -> int:
        """Its size in bytes."""
        return len(self.data)

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of its bytes."""
        return sha256_bytes(self.data)


@dataclass(frozen=True)
class Flaws:
    """What is wrong with a message, or not in it.

    `encrypted`: its words cannot be read. `guessed`: a character set is not named, or named wrongly. `broken` counts
    parts that are not coded as they should be, `wrapped` winmail.dat files. `outside` are things that lie elsewhere
    and are only pointed at, as written. `misbuilt`: parts may show in an odd place. `cut`: it ends before its last
    part, or lacks parts that it announces. `unsent`: it was saved before it was sent. `remote_pictures` counts pictures that a mail program would fetch,
    `pictures_within` those that are written into the formatted words themselves and travel as no file.
    """

    encrypted: bool = False
    guessed: bool = False
    broken: int = 0
    wrapped: int = 0
    outside: tuple[str, ...] = ()
    misbuilt: bool = False
    cut: bool = False
    unsent: bool = False
    remote_pictures: int = 0
    pictures_within: int = 0


@dataclass(frozen=True)
class Mail:
    """One message. `headers` keeps order and repetition; `sent` is UTC or None where the date cannot be read.

    `body` is the version of its words that is shown, `texts` are all versions, for search. `from_html`: there is a
    formatted version only. `words_only_in_html` counts words of the formatted version that the plain one lacks.
    `marked` is `body` with marks where pictures that travel with it belong (`casefiles.mail.bodies.marks_in`);
    `pictures_elsewhere` are the numbers, from 0, of attachments that only versions which are not shown have a place for.
    `item_class` is what Outlook calls the item where it is no e-mail ("IPM.Appointment"), else empty.
    """

    headers: tuple[tuple[str, str], ...]
    sent: datetime | None
    body: str
    texts: tuple[str, ...]
    from_html: bool
    words_only_in_html: int
    attachments: tuple[Attachment, ...]
    flaws: Flaws = field(default_factory=Flaws)
    item_class: str = ""
    marked: str = ""
    pictures_elsewhere: tuple[int, ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in order."""
        return tuple(value for key, value in self.headers if key.lower() == name.lower())
