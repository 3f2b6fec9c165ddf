"""TIFF, GIF, BMP, WebP, HEIC and AVIF: whole ones are readable, cut and damaged ones are held, limits are asked first."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, TiffImagePlugin

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, detect
from casefiles.intake.limits import FactsLimits

NOISE = random.Random(2).randbytes(120 * 90 * 3)
FORMS = {"TIFF": Kind.TIFF, "GIF": Kind.GIF, "BMP": Kind.BMP, "WEBP": Kind.WEBP, "AVIF": Kind.AVIF}


def picture(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (120, 90), NOISE).save(out, form, **options)
    return out.getvalue()


def several(form: str, count: int, **options: object) -> bytes:
    more = [Image.frombytes("RGB", (120, 90), NOISE[::-1])] * (count - 1)
    return picture(form, save_all=True, append_images=more, **options)


def facts_of(folder: Path, data: bytes, limits: FactsLimits | None = None) -> FileFacts:
    path = folder / "p"
    path.write_bytes(data)
    return read_facts(path, detect(path), folder, limits, subject="scan.tif")


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_picture(tmp_path: Path, form: str) -> None:
    facts = facts_of(tmp_path, picture(form))
    assert (facts.kind, facts.state, facts.findings) == (FORMS[form], "readable", ())


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_picture_is_held(tmp_path: Path, form: str) -> None:
    data = picture(form)
    for part in (0.1, 0.3, 0.6, 0.9, 0.98):
        facts = facts_of(tmp_path, data[: int(len(data) * part)])
        assert (facts.state, facts.findings[0].code) == ("held", "image-damaged"), part


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_deflate", "jpeg", "packbits", "raw"])
def test_a_cut_scan_of_several_pages_names_the_first_that_is_lost(tmp_path: Path, compression: str) -> None:
    data = several("TIFF", 3, compression=compression)
    assert facts_of(tmp_path, data).state == "readable"
    facts = facts_of(tmp_path, data[: int(len(data) * 0.6)])
    assert (facts.state, facts.findings[0].code) == ("held", "image-damaged")


def test_every_picture_is_counted_and_damage_in_a_later_one_is_found(tmp_path: Path) -> None:
    data = bytearray(several("TIFF", 3, compression="tiff_deflate"))
    facts = facts_of(tmp_path, bytes(data))
    assert [finding.code for finding in facts.findings] == ["image-frames"]
    assert "3 pictures" in facts.findings[0].message
    last = int(len(data) * 0.85)
    data[last : last + 2000] = bytes(2000)
    facts = facts_of(tmp_path, bytes(data))
    assert (facts.state, facts.findings[0].code) == ("held", "image-damaged")
    assert "picture 3 of 3" in facts.findings[0].message


@pytest.mark.parametrize("form", FORMS)
def test_limits_are_asked_before_decoding(tmp_path: Path, form: str) -> None:
    facts = facts_of(tmp_path, picture(form), replace(FactsLimits(), pixels=10_000))
    assert (facts.state, facts.findings[0].code) == ("held", "image-too-large")


def test_too_many_pictures_are_held_by_name(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, several("TIFF", 4), replace(FactsLimits(), frames=3))
    assert (facts.state, facts.findings[0].code) == ("held", "image-too-many")
    assert "4 pictures" in facts.findings[0].message


@pytest.mark.parametrize("form", ["TIFF", "WEBP", "AVIF"])
def test_where_it_was_taken_is_told(tmp_path: Path, form: str) -> None:
    gps = {1: "N", 2: (51.0, 30.0, 12.0)}
    info, exif = TiffImagePlugin.ImageFileDirectory_v2(), Image.Exif()
    info[0x8825], exif[0x010F] = gps, "A camera"
    exif.get_ifd(0x8825).update(gps)
    facts = facts_of(tmp_path, picture(form, **({"tiffinfo": info} if form == "TIFF" else {"exif": exif})))
    assert "image-location" in [finding.code for finding in facts.findings]
