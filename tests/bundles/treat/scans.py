"""Scanned pages for the tests: type set by Pillow at 200 dots an inch, as a scanner would give it."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
LINES = (
    "Anytown Primary School, 14 January 2026",
    "Dear Mrs Example, I am writing about the attendance",
    "of your daughter, which has fallen to sixty-eight percent.",
    "She was absent without leave on eleven mornings in the",
    "autumn term. Please telephone the attendance officer",
    "before Friday so that we can agree on what should be",
    "done. If nothing is heard, the matter will be referred",
    "to the Education Welfare Service of the council.",
)
DPI = 200


def letter(turn: int = 0, lean_deg: float = 0.0, lines: tuple[str, ...] = LINES) -> Image.Image:
    """A page of six by five inches; `turn` and `lean_deg` are clockwise."""
    image = Image.new("L", (6 * DPI, 5 * DPI), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 32)
    for number, line in enumerate(lines):
        draw.text((110, 150 + 70 * number), line, font=font, fill=0)
    if lean_deg:
        image = image.rotate(-lean_deg, resample=Image.Resampling.BICUBIC, fillcolor=255)
    return image.rotate(-turn, expand=True) if turn else image


def scribble() -> Image.Image:
    """A page of lines that are no letters."""
    chance = random.Random(4)
    image = Image.new("L", (6 * DPI, 5 * DPI), 255)
    draw = ImageDraw.Draw(image)
    for row in range(8):
        points = [(x, 120 + row * 100 + chance.randint(-35, 30)) for x in range(90, 1100, 17)]
        draw.line(points, fill=40, width=4)
    return image


def save_pdf(path: Path, images: list[Image.Image], *, bilevel: bool = False) -> Path:
    """The pictures as the pages of a PDF without any text."""
    ready = [image.convert("1") if bilevel else image for image in images]
    ready[0].save(path, "PDF", resolution=DPI, save_all=True, append_images=ready[1:])
    return path
