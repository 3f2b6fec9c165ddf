"""The status page: what it says, how it is written, and that everybody can read it."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from casefiles.errors import FileInvalid, Unavailable, VerificationFailed
from casefiles.findings import Finding, Severity
from casefiles.status.scans import ScanLine
from casefiles.status.view import (
    BundleLine,
    CaseStatus,
    ChainLine,
    DuplicateLine,
    IgnoredLine,
    ItemLine,
    ItemState,
    MissingLine,
    Place,
    VersionLine,
    WithdrawnLine,
)
from templates.status_page import (
    GENERATOR,
    FolderPage,
    Problem,
    is_our_page,
    render_folder,
    render_problem,
    render_status,
    write_folder_page,
    write_problem_page,
    write_status_page,
)

WHEN = datetime(2026, 3, 12, 14, 14, tzinfo=UTC)
EMPTY = CaseStatus("2026-0042", "", None, (), (), (), (), (), (), (), (), ChainLine(0, "", "", None))


def item(number: int, name: str, **changed: Any) -> ItemLine:
    line = ItemLine(
        id=f"{number:08x}",
        sha256=f"{number:08x}" * 8,
        number=number,
        received_at=WHEN,
        folder="evidence/letters",
        name=name,
        kind="PDF",
        pages=1234,
        size_bytes=10,
        state=ItemState.READABLE,
        place=Place.PRESENT,
        inside="",
        inside_id="",
        exhibit="",
    )
    return replace(line, **changed)


FULL = CaseStatus(
    reference="2026-0042",
    title="Pat Example and Kit Example",
    as_of=WHEN,
    items=(
        item(9, "spreadsheet.xlsx", kind="Excel workbook", pages=None, state=ItemState.SHEET),
        item(8, "GP letter.pdf", state=ItemState.HELD),
        item(7, "gone.pdf", place=Place.MISSING),
        item(6, "RE attendance.eml", kind="E-mail", pages=None),
        item(
            5, "minutes.docx", folder="", place=Place.INSIDE, inside="RE attendance.eml", inside_id="00000006"
        ),
        item(4, "evil\\u202efdp.exe", state=ItemState.UNREAD),
        item(3, "שלום.pdf", exhibit="AB/1"),
        item(2, "x" * 251 + ".pdf"),
    ),
    findings=(
        Finding(
            "pdf-needs-password",
            Severity.ERROR,
            "evidence/GP letter.pdf",
            "It needs a password",
            "Run `casebinder x`",
        ),
        Finding(
            "file-growing", Severity.WARNING, "evidence/new.pdf", "This file is still being copied.", "Wait."
        ),
        Finding("image-location", Severity.NOTE, "evidence/photo.jpg", "It says where it was taken.", ""),
    ),
    versions=(VersionLine("evidence/letter.docx", "0000000a", "0000000b", WHEN, "AB/2"),),
    missing=(
        MissingLine("evidence/gone.pdf", "00000007", WHEN, "", ()),
        MissingLine("evidence/moved.pdf", "0000000c", WHEN, "", ("evidence/sub/moved.pdf",)),
    ),
    duplicates=(DuplicateLine("0000000d", ("evidence/a.pdf", "evidence/b.pdf")),),
    ignored=(IgnoredLine("evidence/Thumbs.db", "Windows keeps small pictures of the folder in it"),),
    withdrawn=(WithdrawnLine("0000000e", WHEN, "wrong-child", "A. Officer"),),
    bundles=(BundleLine("trial", 2, False, WHEN, 132), BundleLine("trial", 1, True, WHEN, 87)),
    chain=ChainLine(38, "9f3a" * 16, "20:9f3ac01d22ab34ef", WHEN),
)


class Outline(HTMLParser):
    """Headings, tags, attributes and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._style = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        self._style = self._style and tag != "style"

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.mark.parametrize(
    "wanted",
    [
        "As recorded on 12 March 2026, 2.14pm.",
        "Things need attention 4 Files received 8 Missing 2",
        "spreadsheet.xlsx",
        "Excel workbook",
        "1,234",
        "evidence/GP letter.pdf Stops an issue It needs a password.",
        "What to do: Run casebinder x Not taken in",
        "from RE attendance.eml",
        "exhibit AB/1",
        "evil\\u202efdp.exe Not read yet",
        "Received as 0000000a , now 0000000b",
        "It is exhibit AB/2.",
        "Not there since 12 March 2026, 2.14pm.",
        "The same file is still at evidence/sub/moved.pdf",
        "0000000d evidence/a.pdf evidence/b.pdf",
        "Windows keeps small pictures of the folder in it",
        "0000000e 12 March 2026, 2.14pm about another child A. Officer",
        "trial Draft 2 12 March 2026, 2.14pm 132",
        "trial Issued 1 12 March 2026, 2.14pm 87",
        "Events 38",
        "20:9f3ac01d22ab34ef , signed on 12 March 2026, 2.14pm",
    ],
)
def test_it_says(wanted: str) -> None:
    assert wanted in Outline(render_status(FULL)).text


def test_summer_time_is_shown_as_in_london() -> None:
    status = replace(FULL, as_of=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    assert "2 July 2026, 12.30am" in render_status(status)


def test_attention_counts_what_a_person_must_do() -> None:
    assert FULL.needs_attention == 4, (
        "two findings, one edit, one loss; not the note, not the file that is elsewhere"
    )
    assert "Nothing needs attention." in render_status(EMPTY)
    assert "Nothing needs attention." not in render_status(FULL)


@pytest.mark.parametrize(
    ("remedy", "wanted"),
    [
        ("", "<p><b>What"),
        ("Ask again", "<b>What to do:</b> Ask again.</p>"),
        ("`x CASE` asks; it is quick", "<b>What to do:</b> <code>x CASE</code> asks; it is quick.</p>"),
    ],
)
def test_a_remedy_is_a_sentence_with_its_command_set_apart(remedy: str, wanted: str) -> None:
    page = render_status(replace(EMPTY, findings=(Finding("x", Severity.ERROR, "s", "m", remedy),)))
    assert (wanted in page) is bool(remedy)


@pytest.mark.parametrize("status", [EMPTY, FULL, replace(FULL, findings=(), versions=(), missing=())])
def test_headings_are_in_order(status: CaseStatus) -> None:
    levels = Outline(render_status(status)).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_tables_have_captions_and_scopes() -> None:
    tags = Outline(render_status(FULL)).tags
    tables = sum(tag == "table" for tag, _attributes in tags)
    assert tables == sum(tag == "caption" for tag, _attributes in tags) == 5
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in tags if tag == "th")
    assert all(attributes.get("data-label") for tag, attributes in tags if tag == "td")


def test_nothing_is_run_or_fetched() -> None:
    page = render_status(FULL)
    names = {tag for tag, _attributes in Outline(page).tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "a", "base", "form"}
    assert not re.search(r"url\(|@import|https?:|//[a-z]", page)
    assert not any(name.startswith("on") for _tag, attributes in Outline(page).tags for name in attributes)
    assert ("html", {"lang": "en-GB"}) in Outline(page).tags


HOSTILE = "<script>alert(1)</script><b onclick=x>&amp;\"'{{ 7 * 7 }}{% raw %}"


def test_names_and_messages_are_shown_as_they_are() -> None:
    finding = Finding("x", Severity.ERROR, HOSTILE, HOSTILE, HOSTILE)
    status = replace(
        FULL,
        reference=HOSTILE,
        title=HOSTILE,
        items=(item(1, HOSTILE, folder=HOSTILE, kind=HOSTILE, inside=HOSTILE),),
        findings=(finding,),
        versions=(replace(FULL.versions[0], name=HOSTILE),),
        missing=(replace(FULL.missing[1], name=HOSTILE, elsewhere=(HOSTILE,)),),
        duplicates=(DuplicateLine("1", (HOSTILE,)),),
        ignored=(IgnoredLine(HOSTILE, HOSTILE),),
        withdrawn=(replace(FULL.withdrawn[0], authority=HOSTILE, reason=HOSTILE),),
        bundles=(replace(FULL.bundles[0], name=HOSTILE),),
    )
    outline = Outline(render_status(status))
    assert "script" not in {tag for tag, _attributes in outline.tags}
    assert not any("onclick" in attributes for _tag, attributes in outline.tags)
    assert outline.text.count(HOSTILE) >= 14


def test_names_do_not_turn_the_line_around() -> None:
    assert '<bdi class="name">שלום.pdf</bdi>' in render_status(FULL)


def test_equal_status_gives_equal_bytes() -> None:
    assert render_status(FULL) == render_status(replace(FULL))
    assert render_status(FULL) != render_status(replace(FULL, title="Another"))


def test_it_is_written_only_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "Case status.html"
    assert write_status_page(path, EMPTY)
    first = path.stat()
    assert not write_status_page(path, EMPTY)
    assert path.stat().st_ino == first.st_ino
    assert path.stat().st_mtime_ns == first.st_mtime_ns
    assert write_status_page(path, FULL)
    assert path.read_bytes() == render_status(FULL).encode()
    assert list(tmp_path.iterdir()) == [path], "nothing half-written is left"


def test_somebody_elses_edit_is_put_right(tmp_path: Path) -> None:
    path = tmp_path / "Case status.html"
    write_status_page(path, FULL)
    path.write_text("scribbled")
    assert write_status_page(path, FULL)
    assert path.read_bytes() == render_status(FULL).encode()


def test_without_the_folder_it_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        write_status_page(tmp_path / "gone" / "Case status.html", FULL)


def test_json_has_plain_values() -> None:
    row = json.loads(json.dumps(FULL.as_json()))
    assert row["as_of"] == "2026-03-12T14:14:00Z"
    assert row["needs_attention"] == 4
    assert row["items"][1]["state"] == "held"
    assert set(row["findings"][0]) == {"code", "severity", "subject", "message", "remedy", "source"}


AXE = (
    "<script>{axe}</script><script>"
    "axe.run(document).then(found => parent.postMessage(JSON.stringify({{"
    "width: innerWidth, overflow: document.documentElement.scrollWidth - innerWidth, passes: found.passes.length,"
    " violations: found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))}}), '*'))"
    "</script>"
)
FRAME = (
    "<!DOCTYPE html><html><body style='margin:0'><iframe src='page.html' style='border:0;height:900px;width:{width}px'>"
    "</iframe><pre id='found'></pre><script>addEventListener('message', event =>"
    " {{ document.getElementById('found').textContent = event.data }})</script></body></html>"
)


def examine(page: str, width: int, tmp_path: Path) -> dict[str, Any]:
    """What axe-core finds in Chromium in a window of that width (CSS pixels); no window is narrower than 500."""
    source = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    script = AXE.format(axe=source)
    assert page.count("</body>") == 1
    (tmp_path / "page.html").write_text(page.replace("</body>", f"{script}</body>"), "utf-8")
    (tmp_path / "frame.html").write_text(FRAME.format(width=width), "utf-8")
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
        f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={max(width, 600)},1000",
        "--virtual-time-budget=60000", "--dump-dom", (tmp_path / "frame.html").as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=180, check=True)
    match = re.search(r'<pre id="found">(.+?)</pre>', done.stdout.decode("utf-8"), re.DOTALL)
    assert match, "axe did not finish"
    result: dict[str, Any] = json.loads(Outline(match[1]).text)
    assert result["width"] == width
    return result


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("status", [EMPTY, FULL], ids=["empty", "full"])
def test_axe_finds_nothing(status: CaseStatus, width: int, tmp_path: Path) -> None:
    result = examine(render_status(status), width, tmp_path)
    assert result["violations"] == []
    assert result["passes"] > 15
    assert result["overflow"] <= 0, "nobody has to scroll sideways"


@pytest.mark.slow
def test_axe_finds_what_is_wrong(tmp_path: Path) -> None:
    page = render_status(FULL).replace("color: #505a5f", "color: #b0b0b0").replace('lang="en-GB"', "")
    violations = [entry.split(":")[0] for entry in examine(page, 360, tmp_path)["violations"]]
    assert {"color-contrast", "html-has-lang"} <= set(violations)


def test_what_lies_beside_the_evidence_has_a_place_of_its_own() -> None:
    beside = Finding("outside-evidence", Severity.WARNING, "GP letter.pdf", "It is beside it", "Move it")
    page = Outline(render_status(replace(EMPTY, findings=(beside,)))).text
    assert "Not taken in: these lie outside the evidence folder GP letter.pdf Check It is beside it." in page
    assert "these lie outside" not in Outline(render_status(FULL)).text


BROKEN = Problem("This case cannot be scanned", "The chain is broken", "Run `casebinder verify`")


def test_a_problem_stands_above_what_was_known() -> None:
    text = Outline(render_problem("2026-0042", BROKEN, FULL)).text
    assert "This case cannot be scanned Not scanned The chain is broken." in text
    assert "What to do: Run casebinder verify" in text
    assert (
        text.index("The chain is broken")
        < text.index("Things need attention 5")
        < text.index("spreadsheet.xlsx")
    )
    alone = Outline(render_problem("2026-0042", BROKEN, None))
    assert "The chain is broken" in alone.text
    assert "Evidence chain" not in alone.text
    assert "Nothing needs attention" not in alone.text
    assert alone.headings == [1, 2]


def test_a_problem_is_made_of_an_error() -> None:
    found = (Finding("chain-cut", Severity.ERROR, "event 3", "It is gone", ""),)
    error = VerificationFailed("It is not the chain seen before.", remedy="Ask.", findings=found)
    problem = Problem.of(error)
    assert (problem.message, problem.remedy, problem.findings) == (error.message, "Ask.", found)
    mistake = Problem.of(FileInvalid("case.toml", 7, "a date is none", remedy="Write it so."))
    assert mistake.heading == "case.toml has a mistake"
    assert "line 7" in mistake.message
    assert "What was found event 3" in Outline(render_problem("2026-0042", problem, None)).text


def test_a_problem_page_is_written_only_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "Case status.html"
    assert write_problem_page(path, "2026-0042", BROKEN, FULL)
    first = path.stat()
    assert not write_problem_page(path, "2026-0042", BROKEN, FULL)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    assert write_status_page(path, FULL), "once it is put right, the ordinary page is back"


STRAY = (Finding("folder-not-a-case", Severity.WARNING, "cases/Holiday", "It is no case: 3 files", "Ask"),)


def test_a_folder_that_is_no_case_gets_a_page_but_never_in_place_of_somebodys_file(tmp_path: Path) -> None:
    path = tmp_path / "Case status.html"
    assert write_folder_page(path, "Holiday", STRAY) is FolderPage.WRITTEN
    assert is_our_page(path)
    assert "Holiday" in Outline(path.read_text()).text
    assert "It is no case: 3 files." in Outline(path.read_text()).text
    first = path.stat()
    assert write_folder_page(path, "Holiday", STRAY) is FolderPage.SAME
    assert path.stat().st_mtime_ns == first.st_mtime_ns
    assert write_folder_page(path, "Other", STRAY) is FolderPage.WRITTEN
    for theirs in (b"", b"<html>My own page</html>", b" " * 2000 + GENERATOR):
        path.write_bytes(theirs)
        assert write_folder_page(path, "Holiday", STRAY) is FolderPage.NOT_OURS
        assert path.read_bytes() == theirs
    path.unlink()
    path.symlink_to("elsewhere")
    assert write_folder_page(path, "Holiday", STRAY) is FolderPage.NOT_OURS
    assert not (tmp_path / "elsewhere").exists()


def test_every_page_of_a_case_is_known_as_ours(tmp_path: Path) -> None:
    path = tmp_path / "Case status.html"
    for page in (render_status(FULL), render_problem("x" * 500, BROKEN, None), render_folder("x", STRAY)):
        path.write_text(page)
        assert is_our_page(path)


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    "page",
    [
        render_problem("2026-0042", BROKEN, FULL),
        render_problem("2026-0042", BROKEN, None),
        render_folder("x" * 90, STRAY),
    ],
    ids=["problem", "problem-alone", "folder"],
)
def test_axe_finds_nothing_on_the_other_pages(page: str, width: int, tmp_path: Path) -> None:
    result = examine(page, width, tmp_path)
    assert result["violations"] == []
    assert result["overflow"] <= 0


def test_how_far_reading_has_come_is_said_of_the_case_and_of_the_file() -> None:
    scanned = replace(
        item(9, "letter.pdf"),
        scans=ScanLine(waiting=(2, 3), guesses=(5,)),
        scans_say=("2 of 5 pages are scans and wait to be read by machine", "Page 5 could not be read"),
    )
    page = render_status(
        replace(EMPTY, items=(scanned, replace(item(8, "x.pdf"), scans=ScanLine(no_reader=(1,)))))
    )
    for sentence in (
        "2 scanned pages wait to be read by machine.",
        "2 of 5 pages are scans and wait to be read by machine.",
        "Page 5 could not be read.",
        "1 scanned page is not read by machine here, because the program for it is missing. "
        "For the IT desk: <code>casebinder doctor</code> names it.",
    ):
        assert sentence in page
    assert "machine" not in render_status(replace(EMPTY, items=(item(9, "letter.pdf"),)))
