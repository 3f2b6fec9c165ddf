"""The root page: what it says, where its links lead, how it is written, and that everybody can read it."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.errors import Unavailable
from casefiles.findings import Finding, Severity
from casefiles.status.workspace import CaseSummary, Misplaced, WorkspaceStatus, workspace_status
from templates.workspace_page import (
    PLACES_SHOWN,
    page_link,
    render_workspace,
    short_day,
    write_workspace_page,
)

_SPEC = importlib.util.spec_from_file_location(
    "case_page_tests", Path(__file__).with_name("test_status_page.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
_CASE_PAGE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_CASE_PAGE)
Outline, examine, HOSTILE = _CASE_PAGE.Outline, _CASE_PAGE.examine, _CASE_PAGE.HOSTILE

NOW = datetime(2026, 11, 24, 9, 7, tzinfo=UTC)
TODAY = date(2026, 11, 24)
EMPTY = workspace_status([], [], now=NOW)


def case(folder: bytes, title: str = "Prosecution", **changed: object) -> CaseSummary:
    reference = folder.decode("utf-8", "replace").split(" ")[0]
    return replace(CaseSummary(folder, reference, title, 0, 0, 3, (), (), NOW), **changed)  # type: ignore[arg-type]


def lying(path: str, severity: Severity, *, paged: bool = False) -> Misplaced:
    return Misplaced(
        path.encode(), Finding("x", severity, path, "It lies here", "Run `casebinder adopt`"), paged
    )


CASES = [
    case(b"2026-0042 EXAMPLE", needs_attention=4, held=2, next_dates=((TODAY, "10am, trial"),)),
    case(b"2026-0043 O'BRIEN 100%#?&", received=((TODAY, 1234),)),
    case(b"2026-0044 M\xfcLLER", problem="case.toml has a mistake in line 9."),
]
LYING = [
    lying("scan.pdf", Severity.WARNING),
    lying("cases/Holiday", Severity.WARNING, paged=True),
    lying("cases/Copy", Severity.ERROR),
    lying("Admin", Severity.NOTE),
]
FULL = workspace_status(
    CASES, LYING, now=NOW, contact="the IT desk, 01234 567890", authority="Anytown Council"
)


def text_of(status: WorkspaceStatus) -> str:
    text: str = Outline(render_workspace(status)).text
    return text


@pytest.mark.parametrize(
    "wanted",
    [
        "Last scan: 24 November 2026, 9am, or up to a quarter of an hour later. If this time is more than an hour ago, casebinder is not running: "
        "ring the IT desk, 01234 567890.",
        "Cases 3 Needs attention 1 With a hearing in the next 14 days 1 Files received since yesterday 1,234",
        "In the wrong place Go on to the list of cases cases/Copy Put right It lies here.",
        "cases/Holiday scan.pdf Check It lies here. What to do: Run casebinder adopt",
        "2026-0042 EXAMPLE Prosecution Today, Tue 24 November 2026 10am, trial 4 2 0",
        "Not scanned case.toml has a mistake in line 9.",
        "Good to know Admin Note It lies here.",
    ],
)
def test_it_says(wanted: str) -> None:
    assert wanted in text_of(FULL)


def test_counts_stand_beside_what_they_count() -> None:
    page = render_workspace(FULL)
    found = dict(re.findall(r"<div><dt>(.+?)</dt><dd>(.+?)</dd></div>", page))
    assert found == {
        "Cases": "3",
        "Needs attention": "1",
        "With a hearing in the next 14 days": "1",
        "Files received since yesterday": "1,234",
    }


def test_without_a_contact_there_are_words_and_without_cases_a_hint() -> None:
    text = text_of(EMPTY)
    assert "ring whoever looks after casebinder" in text
    assert "There are no cases yet." in text
    assert "In the wrong place" not in text


@given(st.binary(min_size=1, max_size=80).filter(lambda name: b"/" not in name and b"\0" not in name))
def test_links_lead_to_the_page_in_the_folder_whatever_its_name(name: bytes) -> None:
    link = page_link(b"cases/" + name)
    assert re.fullmatch(r"\./cases/[A-Za-z0-9_.~%-]+/Case%20status\.html", link)
    assert unquote_to_bytes(link) == b"./cases/" + name + b"/Case status.html"


def test_every_link_stays_in_the_workspace() -> None:
    tags = Outline(render_workspace(FULL)).tags
    links = [attributes["href"] for tag, attributes in tags if tag == "a"]
    assert sorted(links) == [
        "#cases",
        "./cases/2026-0042%20EXAMPLE/Case%20status.html",
        "./cases/2026-0043%20O%27BRIEN%20100%25%23%3F%26/Case%20status.html",
        "./cases/2026-0044%20M%FCLLER/Case%20status.html",
        "./cases/Holiday/Case%20status.html",
    ]


def test_nothing_is_run_or_fetched() -> None:
    page = render_workspace(FULL)
    assert not {tag for tag, _ in Outline(page).tags} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "form",
        "base",
    }
    assert not re.search(r"url\(|@import|https?:|//[a-z]", page)


def test_hostile_names_are_shown_as_they_are() -> None:
    hostile = case(
        HOSTILE.encode(), HOSTILE, reference=HOSTILE, next_dates=((TODAY, HOSTILE),), problem=HOSTILE
    )
    found = Misplaced(HOSTILE.encode(), Finding("x", Severity.ERROR, HOSTILE, HOSTILE, HOSTILE), paged=True)
    outline = Outline(
        render_workspace(workspace_status([hostile], [found], now=NOW, contact=HOSTILE, authority=HOSTILE))
    )
    assert "script" not in {tag for tag, _ in outline.tags}
    assert not any("onclick" in attributes for _, attributes in outline.tags)
    assert outline.text.count(HOSTILE) == 9


def test_hundreds_of_names_are_counted() -> None:
    found = [lying(f"scan{number:03}.pdf", Severity.WARNING) for number in range(PLACES_SHOWN + 5)]
    text = text_of(workspace_status([], found, now=NOW))
    assert f"scan{PLACES_SHOWN - 1:03}.pdf and 5 more Check" in text


def test_a_folder_named_otherwise_is_named_in_full() -> None:
    other = case(b"Kit at the mill", reference="2026-0099")
    assert "2026-0099 Kit at the mill Prosecution" in text_of(workspace_status([other], [], now=NOW))


def test_it_is_written_only_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "Cases status.html"
    assert write_workspace_page(path, FULL)
    first = path.stat()
    again = workspace_status(
        CASES,
        LYING,
        now=NOW.replace(minute=14),
        contact="the IT desk, 01234 567890",
        authority="Anytown Council",
    )
    assert not write_workspace_page(path, again)
    assert path.stat().st_mtime_ns == first.st_mtime_ns
    assert write_workspace_page(path, workspace_status(CASES, LYING, now=NOW.replace(minute=15)))
    path.write_text("scribbled")
    assert write_workspace_page(path, FULL)
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(Unavailable):
        write_workspace_page(tmp_path / "gone" / "Cases status.html", FULL)


def test_near_days_have_a_name() -> None:
    assert short_day(TODAY, TODAY) == "Today, Tue 24 November 2026"
    assert short_day(date(2026, 11, 25), TODAY) == "Tomorrow, Wed 25 November 2026"
    assert short_day(date(2026, 11, 26), TODAY) == "Thu 26 November 2026"


def test_headings_captions_and_labels() -> None:
    outline = Outline(render_workspace(FULL))
    assert outline.headings == [1, 2, 2, 2]
    assert (
        sum(tag == "caption" for tag, _ in outline.tags)
        == sum(tag == "table" for tag, _ in outline.tags)
        == 1
    )
    assert all(attributes.get("data-label") for tag, attributes in outline.tags if tag == "td")


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("status", [EMPTY, FULL], ids=["empty", "full"])
def test_axe_finds_nothing(status: WorkspaceStatus, width: int, tmp_path: Path) -> None:
    result = examine(render_workspace(status), width, tmp_path)
    assert result["violations"] == []
    assert result["passes"] > 12
    assert result["overflow"] <= 0, "nobody has to scroll sideways"
