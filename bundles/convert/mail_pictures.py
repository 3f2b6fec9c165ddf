"""The pictures that belong into a message's words, made ready for its page: upright, without a camera's data, bounded."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image, ImageOps

from casefiles.mail.bodies import marks_in
from casefiles.mail.model import Attachment, Mail
from casefiles.shown import display_name
from templates.render import Plain

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
MAX_PICTURES = 60
MAX_SOURCE_PIXELS = 60_000_000
LONGEST_PIXELS = 1600
JPEG_QUALITY = 88
_SEEN_FROM_PIXELS = 3
"""Smaller pictures are there to be fetched or to fill a gap, not to be seen."""


@dataclass(frozen=True)
class Ready:
    """One picture as PNG or JPEG, and the width in pixels at which the message means it to be seen."""

    data: bytes
    width: int
    name: str


@dataclass(frozen=True)
class MailPictures:
    """Those that can be drawn, by their number among the attachments; `not_drawn` are those that cannot."""

    ready: Mapping[int, Ready]
    not_drawn: tuple[int, ...]

    @property
    def given(self) -> Mapping[str, bytes]:
        """The pictures by the name that the page uses."""
        return {str(number): one.data for number, one in self.ready.items()}

    def has(self, number: int) -> bool:
        """Whether that attachment is drawn in its place."""
        return number in self.ready

    def row(self, number: int) -> Plain:
        """What the page's template asks of one."""
        one = self.ready[number]
        return {"key": str(number), "width": one.width, "name": one.name}


def draw_pictures(mail: Mail) -> MailPictures:
    """Make ready what the message's words have a place for; a file that is no such picture is not drawn."""
    ready: dict[int, Ready] = {}
    not_drawn: list[int] = []
    for number in (*marks_in(mail.marked), *mail.pictures_elsewhere):
        made = _ready(mail.attachments[number]) if len(ready) < MAX_PICTURES else None
        if made is None:
            not_drawn.append(number)
        elif made.width >= _SEEN_FROM_PIXELS:
            ready[number] = made
    return MailPictures(ready, tuple(not_drawn))


def _ready(attachment: Attachment) -> Ready | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(attachment.data), formats=FORMATS) as image:
                if image.width * image.height > MAX_SOURCE_PIXELS:
                    return None
                photo = image.format in {"JPEG", "MPO"}
                return _made(image, attachment, photo=photo)
    except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError, TypeError):
        return None  # Pillow's own ways to fail on a broken picture


def _made(image: Image.Image, attachment: Attachment, *, photo: bool) -> Ready:
    sides = image.size
    image.draft("RGB", (LONGEST_PIXELS, LONGEST_PIXELS))
    upright = ImageOps.exif_transpose(image)
    turned = (upright.width > upright.height) != (image.width > image.height)
    width = sides[1] if turned else sides[0]
    plain = _on_white(upright)
    plain.thumbnail((LONGEST_PIXELS, LONGEST_PIXELS))
    out = io.BytesIO()
    if photo:
        plain.save(out, "JPEG", quality=JPEG_QUALITY)
    else:
        plain.save(out, "PNG")
    return Ready(out.getvalue(), width, display_name(attachment.name))


def _on_white(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    paper = Image.new("RGBA", layer.size, "white")
    paper.alpha_composite(layer)
    return paper.convert("RGB")
