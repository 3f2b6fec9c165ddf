"""Photographs and screenshots: a phone photo that lies on its side, two screens, a proof of posting."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from scripts.demo_files.story import COUNCIL, NOTICE

FONTS = "/usr/share/fonts/truetype"
REGULAR = f"{FONTS}/crosextra/Carlito-Regular.ttf"
BOLD = f"{FONTS}/crosextra/Carlito-Bold.ttf"
PAPER_RGB = (246, 243, 232)
INK_RGB = (38, 48, 110)
TURNED_RIGHT = 6  # EXIF: turn by 90° clockwise to show


def documents(hand: str) -> dict[str, bytes]:
    """File name → bytes; `hand` is the path of a handwriting font."""
    return {
        "photo-note.jpg": phone_photo(hand),
        "posting.jpg": proof_of_posting(),
        "screen-app.png": school_app(),
        "screen-chat.png": chat(),
        "planner.jpg": planner_photo(hand),
    }


def _on_a_desk(sheet: Image.Image, seed: int) -> Image.Image:
    """A sheet photographed on a wooden desk: a shadow, a slight turn, uneven light."""
    grain = random.Random(seed)  # noqa: S311
    width, height = sheet.width + 240, sheet.height + 240
    desk = Image.new("RGB", (width, height), (121, 87, 58))
    draw = ImageDraw.Draw(desk)
    for _ in range(260):
        y = grain.randrange(height)
        tone = grain.randrange(-14, 14)
        draw.line(
            (0, y, width, y + grain.randrange(-30, 30)), fill=(121 + tone, 87 + tone, 58 + tone), width=3
        )
    mask = Image.new("L", sheet.size, 255).rotate(2.2, expand=True, fillcolor=0)
    turned = sheet.rotate(2.2, Image.Resampling.BICUBIC, expand=True)
    shadow = Image.new("RGB", turned.size, (50, 34, 22))
    desk.paste(shadow, (112, 118), mask.filter(ImageFilter.GaussianBlur(8)))
    desk.paste(turned, (96, 98), mask)
    light = Image.linear_gradient("L").resize(desk.size).rotate(180)
    return Image.composite(desk, desk.point(lambda value: int(value * 0.8)), light).filter(
        ImageFilter.GaussianBlur(0.7)
    )


def _lined_sheet(size: tuple[int, int], lines: tuple[str, ...], hand: str, points: int) -> Image.Image:
    sheet = Image.new("RGB", size, PAPER_RGB)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(hand, points)
    step = int(points * 1.5)
    for y in range(step, size[1] - 40, step):
        draw.line((0, y, size[0], y), fill=(176, 196, 222), width=2)
    draw.line((90, 0, 90, size[1]), fill=(222, 150, 150), width=2)
    for number, line in enumerate(lines):
        draw.text((112, step * (number + 1) + step - int(points * 1.12)), line, font=font, fill=INK_RGB)
    draw.text((112, size[1] - 36), NOTICE, font=ImageFont.truetype(REGULAR, 19), fill=(110, 110, 110))
    return sheet


def _jpeg(image: Image.Image, *, upright: bool, made: str) -> bytes:
    """Quality of a phone; with `upright` false the pixels lie on their side and EXIF says so. Says where it was taken."""
    stored = image if upright else image.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 1 if upright else TURNED_RIGHT
    exif[0x010F], exif[0x0110] = "Example", "Phone 1"
    exif[0x0132] = made
    gps = exif.get_ifd(0x8825)
    # A place in the open sea.
    gps.update({1: "N", 2: (54.0, 2.0, 30.0), 3: "W", 4: (4.0, 1.0, 15.0)})
    exif.get_ifd(0x8769)[0x9003] = made
    out = io.BytesIO()
    stored.save(out, "JPEG", quality=72, optimize=True, exif=exif, dpi=(72, 72))
    return out.getvalue()


def phone_photo(hand: str) -> bytes:
    """A handwritten note, taken with the telephone on its side (EXIF orientation 6, with a GPS position)."""
    lines = ("Friday 6th Feb", "Dear Mrs Headteacher", "Sam was off Weds to", "Thurs because we got", "back late from my", "sisters. Zoë did not want",
             "to come in without him.", "They are in today.", "Kit")  # fmt: skip
    return _jpeg(
        _on_a_desk(_lined_sheet((960, 1360), lines, hand, 82), 6), upright=False, made="2026:02:06 08:15:33"
    )


def planner_photo(hand: str) -> bytes:
    """A page of Zoë's planner, the photo attached to the school's e-mail."""
    lines = (
        "Week of 26 January",
        "Mon  maths p 41",
        "Tue  -",
        "Wed  absent",
        "Thu  history project",
        "Fri  late, see Mr T",
    )
    return _jpeg(
        _on_a_desk(_lined_sheet((900, 720), lines, hand, 64), 3), upright=True, made="2026:02:02 12:02:10"
    )


def proof_of_posting() -> bytes:
    """A certificate of posting, photographed."""
    slip = Image.new("RGB", (760, 1000), (252, 252, 248))
    draw = ImageDraw.Draw(slip)
    draw.text((60, 60), "CERTIFICATE OF POSTING", font=ImageFont.truetype(BOLD, 48), fill=(20, 20, 20))
    rows = (
        "Anytown Market Place branch", "19 January 2026   16:22", "", "1 x First class letter", "To: Pat Example", "1 Sample Street",
        "Anytown  AN1 1AA", "", f"From: {COUNCIL}", "Education Welfare Service", "", "Postage paid  £1.75",
    )  # fmt: skip
    for number, row in enumerate(rows):
        draw.text(
            (60, 160 + 54 * number),
            row,
            font=ImageFont.truetype(f"{FONTS}/dejavu/DejaVuSansMono.ttf", 30),
            fill=(30, 30, 30),
        )
    draw.text((60, 940), NOTICE, font=ImageFont.truetype(REGULAR, 16), fill=(110, 110, 110))
    stamp = Image.new("RGBA", slip.size, (0, 0, 0, 0))
    ring = ImageDraw.Draw(stamp)
    ring.ellipse((480, 560, 700, 780), outline=(160, 30, 40, 190), width=7)
    ring.text(
        (512, 640),
        "ANYTOWN\n19 JAN 26",
        font=ImageFont.truetype(BOLD, 34),
        fill=(160, 30, 40, 190),
        align="center",
    )
    slip.paste(stamp, (0, 0), stamp)
    return _jpeg(_on_a_desk(slip, 11), upright=True, made="2026:01:19 16:31:02")


def _screen(title: str, colour: tuple[int, int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    screen = Image.new("RGB", (780, 1500), (240, 242, 245))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, 780, 150), fill=colour)
    draw.text((36, 16), "09:14", font=ImageFont.truetype(BOLD, 30), fill="white")
    draw.text((660, 16), "5G  71%", font=ImageFont.truetype(REGULAR, 28), fill="white")
    draw.text((36, 76), title, font=ImageFont.truetype(BOLD, 44), fill="white")
    draw.text((36, 1455), NOTICE, font=ImageFont.truetype(REGULAR, 17), fill=(110, 110, 110))
    return screen, draw


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.quantize(128).save(out, "PNG", optimize=True)
    return out.getvalue()


def school_app() -> bytes:
    """The messages of the school's app to parents."""
    screen, draw = _screen("Northgate School", (31, 63, 119))
    messages = (
        (
            "Mon 2 Feb 2026, 09:35",
            ("Zoë and Sam are not in school", "today. Please tell us why."),
            "Read 09:41",
        ),
        (
            "Tue 3 Feb 2026, 09:33",
            ("Zoë and Sam are not in school", "today. Please tell us why."),
            "Read 10:02",
        ),
        ("Tue 3 Feb 2026, 10:40", ("Missed call from the", "attendance office"), ""),
    )
    y = 200
    for when, lines, read in messages:
        draw.text((60, y), when, font=ImageFont.truetype(REGULAR, 28), fill=(90, 90, 90))
        draw.rounded_rectangle((50, y + 44, 730, y + 210), 26, fill="white", outline=(210, 214, 220), width=2)
        draw.text(
            (80, y + 66),
            "\n".join(lines),
            font=ImageFont.truetype(REGULAR, 38),
            fill=(25, 25, 25),
            spacing=14,
        )
        draw.text((580, y + 222), read, font=ImageFont.truetype(REGULAR, 26), fill=(31, 110, 70))
        y += 300
    return _png(screen)


def chat() -> bytes:
    """A conversation between the parents, as Kit showed it."""
    screen, draw = _screen("Pat", (18, 94, 84))
    y = 200
    for mine, text in (
        (False, "did u call the school about sam"),
        (True, "no thought u did"),
        (False, "they got the letter about this\nlast week kit"),
        (True, "i know i read it. hes still asleep"),
        (False, "21 jan is the 4th day..."),
        (True, "ok ok thursday"),
    ):
        height = 90 + 48 * text.count("\n")
        left = 250 if mine else 40
        draw.rounded_rectangle(
            (left, y, left + 490, y + height), 24, fill=(217, 247, 205) if mine else (255, 255, 255)
        )
        draw.text(
            (left + 26, y + 20), text, font=ImageFont.truetype(REGULAR, 34), fill=(25, 25, 25), spacing=12
        )
        y += height + 34
    return _png(screen)
