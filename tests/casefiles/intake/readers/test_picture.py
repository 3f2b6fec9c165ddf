from __future__ import annotations

import io
import random
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import detect
from casefiles.intake.limits import FactsLimits

NOISE = random.Random(2).randbytes(120 * 90 * 3)


def photo(kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (120, 90), NOISE).save(out, kind, **options)
    return out.getvalue()


def facts_of(folder: Path, data: bytes, limits: FactsLimits | None = None) -> FileFacts:
    path = folder / "p"
    path.write_bytes(data)
    return read_facts(path, detect(path), folder, limits, subject="IMG_1.jpg")


@pytest.mark.parametrize("data", [photo(), photo(progressive=True), photo("PNG"), photo() + b"\0" * 100])
def test_a_whole_picture(tmp_path: Path, data: bytes) -> None:
    facts = facts_of(tmp_path, data)
    assert (facts.state, facts.pages, facts.findings) == ("readable", None, ())


@pytest.mark.parametrize("data", [photo(), photo(progressive=True), photo("PNG")])
def test_a_picture_cut_anywhere_is_held(tmp_path: Path, data: bytes) -> None:
    for cut in [*range(12, len(data), len(data) // 40), len(data) - 13, len(data) - 1]:
        facts = facts_of(tmp_path, data[:cut])
        assert (facts.state, facts.findings[0].code) == ("held", "image-damaged"), cut


def test_broken_png_data_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True
    )  # as WeasyPrint sets it for a whole process
    data = bytearray(photo("PNG"))
    data[len(data) // 2] ^= 0xFF
    facts = facts_of(tmp_path, bytes(data))
    assert (facts.state, facts.findings[0].code) == ("held", "image-damaged")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_pixel_limit_is_asked_before_decoding(tmp_path: Path, kind: str) -> None:
    facts = facts_of(tmp_path, photo(kind), replace(FactsLimits(), pixels=10_000))
    assert (facts.state, facts.findings[0].code) == ("held", "image-too-large")
    assert "120 × 90" in facts.findings[0].message


def test_a_png_that_claims_enormous_size(tmp_path: Path) -> None:
    data = photo("PNG")
    header = b"IHDR" + (60_000).to_bytes(4, "big") + (60_000).to_bytes(4, "big") + data[24:29]
    forged = data[:12] + header + zlib.crc32(header).to_bytes(4, "big") + data[33:]
    assert facts_of(tmp_path, forged).findings[0].code == "image-too-large"


def test_the_place_is_reported(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (53.0, 22.0, 5.0), 3: "W", 4: (1.0, 28.0, 0.0)})
    facts = facts_of(tmp_path, photo(exif=exif.tobytes()))
    assert [(one.code, one.subject) for one in facts.findings] == [("image-location", "IMG_1.jpg")]
    exif = Image.Exif()
    exif[0x0110] = "Camera"
    assert facts_of(tmp_path, photo(exif=exif.tobytes())).findings == ()


def test_broken_camera_details_do_not_hold_it(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, photo(exif=b"Exif\0\0II*\0\xff\xff\xff\xff"))
    assert facts.state == "readable"


@pytest.mark.parametrize("kind", ["PNG", "MPO"])
def test_several_pictures_in_one_file(tmp_path: Path, kind: str) -> None:
    out = io.BytesIO()
    first = Image.new("RGB", (8, 8), "red")
    first.save(out, kind, save_all=True, append_images=[Image.new("RGB", (8, 8), "blue")])
    facts = facts_of(tmp_path, out.getvalue())
    assert [one.code for one in facts.findings] == ["image-frames"]
    assert "2 pictures" in facts.findings[0].message
    limited = facts_of(tmp_path, out.getvalue(), replace(FactsLimits(), frames=1))
    assert [one.code for one in limited.findings] == ["image-frames", "image-frames-unchecked"]
