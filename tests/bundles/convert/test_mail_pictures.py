"""Pictures of a message stand on its page where its words have a place for them, in order, without a camera's data."""

from __future__ import annotations

import io
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from bundles.convert.base import ConversionRequest
from bundles.convert.mail import draw
from bundles.derived import Derived
from casefiles.intake.facts import read_facts
from casefiles.intake.kinds import Kind, detect
from casefiles.mail.mime import read_mail

MakeRequest = Callable[..., ConversionRequest]


def picture(colour: str, size: tuple[int, int] = (200, 100), form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form, **options)
    return out.getvalue()


def message(html: str, *pictures: tuple[str, bytes, str], plain: str = "") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@school.example", "b@council.example", "Photos"
    made["Date"] = "Tue, 03 Mar 2026 09:05:00 +0000"
    if plain:
        made.set_content(plain)
        made.add_alternative(html, subtype="html")
        related = made.get_payload()[1]  # type: ignore[index]
    else:
        made.set_content(html, subtype="html")
        related = made
    assert isinstance(related, EmailMessage)
    for content_id, data, name in pictures:
        related.add_related(data, "image", name.rpartition(".")[2], cid=f"<{content_id}>", filename=name)
    return made.as_bytes()


def drawn(request_for: MakeRequest, tmp_path: Path, data: bytes) -> Derived:
    (tmp_path / "m.eml").write_bytes(data)
    made = draw(request_for(tmp_path / "m.eml", Kind.MAIL))
    assert isinstance(made, Derived)
    return made


def seen(made: Derived) -> list[tuple[tuple[int, int, int], tuple[float, float, float, float]]]:
    """The colour in the middle of each picture, and its place, from the top of the first page downwards."""
    found = []
    with pypdfium2.PdfDocument(made.path) as file:
        for number, page in enumerate(file):
            for each in page.get_objects(max_depth=5):
                if isinstance(each, pypdfium2.PdfImage):
                    image = each.get_bitmap().to_pil().convert("RGB")
                    pixel = image.getpixel((image.width // 2, image.height // 2))
                    assert isinstance(pixel, tuple)
                    left, bottom, right, top = each.get_bounds()
                    found.append((pixel[:3], (left, bottom - 842 * number, right, top - 842 * number)))
    return sorted(found, key=lambda one: -one[1][3])


def words_of(made: Derived) -> str:
    with pypdfium2.PdfDocument(made.path) as file:
        return "\n".join(page.get_textpage().get_text_bounded() for page in file)


def codes(made: Derived) -> list[str]:
    return [finding.code for finding in made.findings]


RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (0, 0, 255)


def test_pictures_stand_in_their_places_in_order(tmp_path: Path, request_for: MakeRequest) -> None:
    html = "<p>First</p><img src='cid:two'><p>Second</p><img src='cid:one'><p>Again</p><img src='cid:two'><p>End</p>"
    data = message(
        html, ("one", picture("green"), "green.png"), ("two", picture("red", (3000, 900)), "red.png")
    )
    made = drawn(request_for, tmp_path, data)
    shown = seen(made)
    assert [colour for colour, _ in shown] == [RED, GREEN]
    (_, (left, _, right, _)), (_, small) = shown
    assert 595 - 2 * 63 - 2 < right - left < 595 - 2 * 62 + 2, "as wide as the text"
    assert small[2] - small[0] == pytest.approx(150, abs=1), "200 pixels of a screen"
    words = words_of(made)
    assert (
        words.index("First")
        < words.index("[picture: red.png]")
        < words.index("Second")
        < words.index("Again")
    )
    assert "\0" not in words
    assert codes(made) == ["mail-words-only"]
    scratch = tmp_path / "children"
    scratch.mkdir()
    path = tmp_path / "m.eml"
    names = [child.name for child in read_facts(path, detect(path), scratch).children]
    assert names == [b"green.png", b"red.png"], "each is an item of its own as before"


def test_outlooks_plain_version_has_places_too(tmp_path: Path, request_for: MakeRequest) -> None:
    html = "<p>Hello <img src='cid:a@b'> bye</p>"
    data = message(html, ("a@b", picture("blue"), "x.png"), plain="Hello [cid:a@b] bye\n")
    made = drawn(request_for, tmp_path, data)
    assert [colour for colour, _ in seen(made)] == [BLUE]
    assert "Hello [picture: x.png] bye" in words_of(made)
    assert codes(made) == []


def test_what_only_the_formatted_version_shows_comes_after_the_words(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    data = message("<p>Hello<img src='cid:a'></p>", ("a", picture("blue"), "x.png"), plain="Hello\n")
    made = drawn(request_for, tmp_path, data)
    assert [colour for colour, _ in seen(made)] == [BLUE]
    words = words_of(made)
    assert words.index("Hello") < words.index("Pictures in the formatted version")


def test_a_photo_is_upright_and_has_lost_its_place(tmp_path: Path, request_for: MakeRequest) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter: TIFF 6.0, Orientation
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "SECRET PLACE"
    data = message(
        "<img src='cid:a'>", ("a", picture("red", (400, 100), "JPEG", exif=exif.tobytes()), "p.jpeg")
    )
    made = drawn(request_for, tmp_path, data)
    ((_, (left, bottom, right, top)),) = seen(made)
    assert top - bottom == pytest.approx(4 * (right - left), rel=0.02)
    assert right - left == pytest.approx(75, abs=1)
    assert b"SECRET" not in made.path.read_bytes()


def test_what_cannot_be_drawn_is_named_and_said(tmp_path: Path, request_for: MakeRequest) -> None:
    broken = picture("red")[:40]
    bomb = picture("red", (9000, 9000))
    data = message(
        "<p>Hi<img src='cid:a'><img src='cid:b'><img src='cid:gone'><img src='data:image/png;base64,AAAA'></p>",
        ("a", broken, "broken.png"), ("b", bomb, "bomb.png"),
    )  # fmt: skip
    made = drawn(request_for, tmp_path, data)
    assert seen(made) == []
    assert codes(made) == ["mail-words-only", "mail-pictures-not-drawn", "mail-pictures-within"]
    assert "2 pictures" in made.findings[1].message
    assert "broken.png, bomb.png" in made.findings[1].message
    assert "[picture: broken.png]" in words_of(made)


def test_a_message_cannot_write_a_place_of_its_own(tmp_path: Path, request_for: MakeRequest) -> None:
    data = message("<p>x\0000\0y &#0; [picture: z]</p>", ("a", picture("red"), "never-shown.png"))
    assert seen(drawn(request_for, tmp_path, data)) == []
    data = message("<img src='cid:a'>", ("a", picture("red"), "na\0007\0me.png"))
    assert len(seen(drawn(request_for, tmp_path, data))) == 1


def test_a_picture_to_be_fetched_or_to_count_readers_is_not_drawn(
    tmp_path: Path, request_for: MakeRequest
) -> None:
    data = message("<p>x<img src='cid:a'></p>", ("a", picture("red", (1, 1)), "dot.png"))
    made = drawn(request_for, tmp_path, data)
    assert (seen(made), codes(made)) == ([], ["mail-words-only"])


def test_the_texts_for_search_have_no_marks() -> None:
    mail = read_mail(message("<p>x<img src='cid:a'></p>", ("a", picture("red"), "x.png")))
    assert mail.body == mail.texts[0] == "x[picture: x.png]"
    assert mail.marked == "x[picture: \0000\0x.png]"
