"""Where the court's limit comes from, and a page that is over it by itself."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from cli.main import run
from tests.bundles.treat.scans import letter, save_pdf
from tests.cli.share import REFERENCE, Share, pages_of
from tests.cli.volumes import heavy_pdf, limit

COURT = """
[[courts]]
id = "anytown-magistrates"
name = "Anytown Magistrates’ Court"
max_mb = {megabytes}
"""
HEARING = """
[[hearings]]
id = "{id}"
court = "{court}"
kind = "first hearing"
at = {day}T10:00:00
"""


@pytest.fixture
def heard(share: Share) -> Share:
    """A case with two heavy papers, listed at a court of the council's and at one that is not written down."""
    heavy_pdf(share.evidence / "paper 1.pdf", ["Paper one"])
    heavy_pdf(share.evidence / "paper 2.pdf", ["Paper two"])
    settings = share.root / "casebinder.toml"
    settings.write_text(settings.read_text() + COURT.format(megabytes=1))
    case = share.case / "case.toml"
    hearings = HEARING.format(id="first", court="anytown-magistrates", day="2026-06-18")
    hearings += HEARING.format(id="appeal", court="anytown-magistrates", day="2026-09-18")
    case.write_text(case.read_text() + hearings)
    return share


def sizes(made: Any) -> list[int]:
    return [row["size"] for row in made["volumes"]]


def test_the_megabytes_of_the_hearings_court_go_before_the_profiles(heard: Share) -> None:
    heard.run("bundle", REFERENCE)
    text = heard.bundle_file.read_text()
    assert 'hearing = "' in text
    heard.bundle_file.write_text(text.replace('hearing = "appeal"', 'hearing = "first"'))
    assert 'hearing = "first"' in heard.bundle_file.read_text()
    limit(heard, 0)  # the profile says: no limit
    made = heard.json("bundle", REFERENCE)
    assert len(sizes(made)) == 2
    assert max(sizes(made)) <= 1_000_000
    for row in made["volumes"]:
        heard.run("verify", row["path"])
    settings = heard.root / "casebinder.toml"
    settings.write_text(settings.read_text().replace("max_mb = 1\n", "max_mb = 100\n"))
    limit(heard, 1)  # and now the court takes more than the profile says
    (size,) = sizes(heard.json("bundle", REFERENCE))
    assert size > 1_000_000


def test_without_a_hearing_or_megabytes_of_its_court_the_profile_counts(heard: Share) -> None:
    heard.run("bundle", REFERENCE)
    assert len(sizes(heard.json("bundle", REFERENCE))) == 2
    text = heard.bundle_file.read_text()
    start = text.index('hearing = "')
    heard.bundle_file.write_text(text[:start] + 'hearing = ""' + text[text.index("\n", start) :])
    assert len(sizes(heard.json("bundle", REFERENCE))) == 1
    heard.bundle_file.write_text(text)
    settings = heard.root / "casebinder.toml"
    settings.write_text(settings.read_text().replace("max_mb = 1\n", ""))
    assert len(sizes(heard.json("bundle", REFERENCE))) == 1


@pytest.mark.parametrize("broken", ["0", "-1", "2.5", '"36"', "true", f"1{'0' * 400}"])
def test_megabytes_that_cannot_be_are_answered_by_their_line(heard: Share, broken: str) -> None:
    settings = heard.root / "casebinder.toml"
    settings.write_text(settings.read_text().replace("max_mb = 1\n", f"max_mb = {broken}\n"))
    heard.capture.readouterr()
    assert run(["--workspace", str(heard.root), "bundle", REFERENCE]) == 2
    said = heard.capture.readouterr().err
    line = settings.read_text()[: settings.read_text().rindex("max_mb")].count("\n") + 1
    assert f"casebinder.toml, line {line}" in said
    assert "max_mb" in said
    assert "Traceback" not in said


def test_a_page_over_the_limit_has_a_volume_of_its_own_that_is_named_and_issued(share: Share) -> None:
    heavy_pdf(share.evidence / "plan.pdf", ["A plan that is too large"], (1120, 1490))
    limit(share, 1)
    share.run("bundle", REFERENCE)
    share.decide_all()
    made = share.json("bundle", REFERENCE, "--issue")
    over = [row for row in made["volumes"] if row["size"] > 1_000_000]
    assert len(made["volumes"]) >= 2
    assert len(over) == 1
    (finding,) = [each for each in made["findings"] if each["code"] == "volume-too-large"]
    assert (finding["severity"], finding["subject"]) == ("warning", "evidence/plan.pdf")
    page = over[0]["last_page"]
    number = made["volumes"].index(over[0]) + 1
    for words in (
        f"Volume {number} of {len(made['volumes'])} has ",
        "the court takes 1.0 MB",
        f"Page {page} (",
    ):
        assert words in finding["message"]
    reader = PdfReader(over[0]["path"])
    front = sum("plan that is too large" not in text for text in pages_of(Path(over[0]["path"])))
    assert len(reader.pages) == front + 1 == over[0]["last_page"] - over[0]["first_page"] + 1
    share.run("verify", REFERENCE)


def test_a_bundle_of_one_page_over_the_limit_is_one_file_that_is_named(share: Share) -> None:
    for path in share.evidence.rglob("*"):
        if path.is_file():
            path.unlink()
    heavy_pdf(share.evidence / "plan.pdf", ["A plan that is too large"], (1120, 1490))
    limit(share, 1)
    made = share.json("bundle", REFERENCE)
    assert len(made["volumes"]) == 1
    (finding,) = [each for each in made["findings"] if each["code"] == "volume-too-large"]
    assert finding["message"].startswith("The bundle has ")
    share.run("verify", made["path"])


def in_colour(page: Image.Image) -> Image.Image:
    """A scan on coloured, grainy paper."""
    grain = Image.effect_noise(page.size, 40).point(lambda value: min(255, value + 60))
    tinted = Image.merge("RGB", (page.point(lambda value: value * 7 // 8), grain, page))
    return Image.composite(tinted, Image.new("RGB", page.size, (90, 20, 20)), page)


@pytest.mark.slow
def test_a_scan_chosen_by_pages_in_grey_read_and_reduced_is_issued_and_verified(share: Share) -> None:
    save_pdf(share.evidence / "scan.pdf", [in_colour(letter()) for _ in range(7)])
    share.run("bundle", REFERENCE)
    share.decide_all()
    share.run("decide", REFERENCE, "--pages", "scan.pdf", "2-7")
    share.run("decide", REFERENCE, "--colour", "scan.pdf", "grey")
    limit(share, 0)
    (whole,) = sizes(share.json("bundle", REFERENCE, "--read-scans"))
    assert whole > 1_500_000
    limit(share, round(whole * 0.8 / 1e6, 2))
    profile = share.root / "profiles" / "judiciary-2021.toml"
    profile.write_text(profile.read_text().replace("picture_dpi = [200, 150]", "picture_dpi = [150]"))
    made = share.json("bundle", REFERENCE, "--issue")
    (item,) = [each for each in made["items"] if each["path"].endswith("scan.pdf")]
    assert item["treatment"] == "ocr pages=2-7 grey dpi=150"
    assert item["choice"] == "pages 2–7 of 7, in grey"
    assert "pictures to 150 dots an inch" in [step["what"] for step in made["made_smaller"]]
    codes = {each["code"] for each in made["findings"] if each["subject"] == "evidence/scan.pdf"}
    assert {"scan-read", "pictures-reduced"} <= codes
    (path,) = {Path(row["path"]) for row in made["volumes"]}
    bound = pages_of(path)[item["first_page"] - 1 : item["last_page"]]
    assert len(bound) == 6
    assert all("telephone the attendance officer" in text for text in bound)
    for page in PdfReader(path).pages[item["first_page"] - 1 : item["last_page"]]:
        for picture in page.images:
            with Image.open(io.BytesIO(picture.data)) as image:
                assert image.mode == "L"
                assert max(image.size) <= 6 * 150 * 1.1
    report = json.loads(share.run("verify", str(path), "--json"))["reports"][0]
    outcomes = {step["title"]: step["outcome"] for step in report["steps"]}
    assert set(outcomes.values()) == {"passed"}, outcomes
