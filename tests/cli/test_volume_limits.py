"""Where the court's limit comes from, and a page that is over it by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from cli.main import run
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
