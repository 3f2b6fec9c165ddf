"""What lies on a page beside its content: comments, stamps, form fields. What of it is shown, and what it says.

Source: ISO 32000-2, 12.5 (annotations; 12.5.3 flags, 12.5.6.2 replies), 12.5.6 (types).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pikepdf

from bundles.convert.normalising.links import annotations_of
from bundles.convert.normalising.words import name_text, string_text

_INVISIBLE, _HIDDEN, _NO_VIEW = 1, 2, 32
_DRAWN_WITHOUT_APPEARANCE = {
    "/Widget", "/Circle", "/FreeText", "/Highlight", "/Ink", "/Square", "/Squiggly", "/StrikeOut", "/Text",
    "/Underline",
}  # fmt: skip
_COMMENTS = {
    "/Text", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight", "/Underline",
    "/Squiggly", "/StrikeOut", "/Caret", "/Stamp", "/Ink", "/FileAttachment", "/Redact", "/Sound",
}  # fmt: skip


@dataclass(frozen=True)
class Comment:
    """One comment in the source: its page (1-based), author and date as the file states them, and its words."""

    page: int
    author: str
    dated: str
    text: str


@dataclass
class Annotated:
    """What was found: comments, 0-based pages with something to paint, pages with hidden annotations, and pages
    with a comment that has no appearance anyone could paint, and pages with one on a layer that is off."""

    comments: list[Comment] = field(default_factory=list)
    painted: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    not_paintable: set[int] = field(default_factory=set)
    on_hidden_layer: set[int] = field(default_factory=set)


def sort_annotations(pages: Sequence[pikepdf.Object], shows: Callable[[object], bool]) -> Annotated:
    """Read the annotations of all pages, and leave on each page only those that a viewer paints.

    `shows` tells whether what belongs to a layer is shown.
    """
    found = Annotated()
    for index, page in enumerate(pages):
        every = annotations_of(page)
        if not every:
            continue
        kept = [each for each in every if _keep(each, index, found, shows)]
        if kept:
            page.Annots = pikepdf.Array(kept)
            found.painted.add(index)
        else:
            del page["/Annots"]
    return found


def _keep(annotation: pikepdf.Object, index: int, found: Annotated, shows: Callable[[object], bool]) -> bool:
    subtype = name_text(annotation.get("/Subtype"))
    if subtype in {"/Link", "/Popup", ""}:
        return False
    flags = annotation.get("/F", 0)
    flags = flags if isinstance(flags, int) else 0
    if flags & (_HIDDEN | _NO_VIEW):
        if "/AP" in annotation or "/Contents" in annotation:
            found.hidden.add(index)
        return False
    if flags & _INVISIBLE:
        annotation.F = flags & ~_INVISIBLE
    if not shows(annotation.get("/OC")):
        found.on_hidden_layer.add(index)
        return False
    if subtype in _COMMENTS:
        comment = _comment(annotation, index + 1)
        if comment is not None:
            found.comments.append(comment)
    if "/IRT" in annotation and annotation.get("/RT", pikepdf.Name.R) != pikepdf.Name.Group:
        return False
    if "/AP" not in annotation and subtype not in _DRAWN_WITHOUT_APPEARANCE:
        if subtype in _COMMENTS - {"/Text", "/FileAttachment", "/Sound"}:
            found.not_paintable.add(index)
        return False
    return True


def _comment(annotation: pikepdf.Object, page: int) -> Comment | None:
    text = _words(annotation.get("/Contents")) or _rich_words(annotation.get("/RC"))
    if not text:
        return None
    moment = _words(annotation.get("/M")) or _words(annotation.get("/CreationDate"))
    return Comment(page, _words(annotation.get("/T")), dated_words(moment), text)


def _words(value: object) -> str:
    text = string_text(value).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each if each.isprintable() or each == "\n" else " " for each in text).strip()


def _rich_words(value: object) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", _words(value)).split())


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_LONDON = ZoneInfo("Europe/London")
_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(?:\d{2})?(?:(Z)|([+-])(\d{2})'?(\d{2})?)?)?")


def dated_words(moment: str) -> str:
    """A PDF date for people: in UK time where the file names its zone, else as it stands; empty if it is none.

    Source: ISO 32000-2, 7.9.4 (dates).
    """
    found = _DATE.match(moment)
    if found is None:
        return ""
    year, month, day, hour, minute, utc, sign, zone_hours, zone_minutes = found.groups()
    try:
        then = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0))
        if utc or sign:
            ahead = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
            then = then.replace(tzinfo=timezone(-ahead if sign == "-" else ahead)).astimezone(_LONDON)
    except (ValueError, OverflowError):
        return ""
    return f"{then.day} {_MONTHS[then.month - 1]} {then.year}" + (f", {then:%H:%M}" if hour else "")
