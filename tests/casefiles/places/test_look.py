"""Where people really drop things: each kind of thing, where it should not be and where it should."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from casefiles.case import Role
from casefiles.chain.journal import Journal
from casefiles.chain.seen import SeenHeads
from casefiles.errors import Unavailable
from casefiles.findings import Finding, Severity
from casefiles.layout import CaseLayout, LocalLayout, WorkspaceLayout
from casefiles.opening import NewCase, NewPerson, open_new_case
from casefiles.places.beside import MOST_FINDINGS, look_at_case
from casefiles.places.entries import Entry, entries_of
from casefiles.places.look import Places, look_at_places
from casefiles.recorder import Recorder
from watcher.filters import ignored_because


@dataclass
class Office:
    """A workspace with one open case, and a machine that has seen it."""

    root: Path
    local: LocalLayout
    recorder: Recorder
    first: Path = field(init=False)

    def open(self, reference: str, surname: str = "DOE") -> Path:
        new = NewCase(
            reference,
            "prosecution-444-1a",
            date(2026, 3, 2),
            "AB",
            (NewPerson(Role.CHILD, f"Kit {surname}"),),
            (),
        )
        folder = open_new_case(self.root / "cases", new, self.recorder).folder
        self.see(folder)
        return folder

    def see(self, folder: Path) -> None:
        """What every scan does: notes the chain's head, and where the case was."""
        chain = Journal(CaseLayout(folder), self.recorder).read()
        SeenHeads(self.local, chain.case_uuid, folder).note(chain, datetime(2026, 3, 2, tzinfo=UTC))

    def look(self) -> Places:
        return look_at_places(WorkspaceLayout(self.root), self.local, ignored_because)

    def codes(self) -> dict[str, str]:
        """What the root page says, by place."""
        return {os.fsdecode(each.path): each.finding.code for each in self.look().misplaced}

    def drop(self, path: str | bytes, data: bytes = b"x") -> Path:
        target = Path(os.fsdecode(os.path.join(os.fsencode(self.root), os.fsencode(path))))  # noqa: PTH118
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return target


@pytest.fixture
def office(tmp_path: Path) -> Office:
    (tmp_path / "share" / "cases").mkdir(parents=True)
    (tmp_path / "share" / "casebinder.toml").write_text("version = 1\n")
    (tmp_path / "machine").mkdir(mode=0o700)
    numbers = iter(range(10_000))
    recorder = Recorder(
        "officer", "desk", "casebinder 0", lambda: datetime(2026, 3, 2, 9, tzinfo=UTC),
        lambda size: next(numbers).to_bytes(size, "big"),
    )  # fmt: skip
    made = Office(tmp_path / "share", LocalLayout(tmp_path / "machine"), recorder)
    made.first = made.open("2026-0042")
    return made


def snapshot(root: Path) -> dict[str, tuple[int, int, int]]:
    return {
        str(path.relative_to(root)): (path.lstat().st_mtime_ns, path.lstat().st_size, path.lstat().st_ino)
        for path in root.rglob("*")
    }


def test_a_workspace_as_it_should_be_has_nothing_to_say(office: Office) -> None:
    for name in ("keys/a.json", "templates/x.html", "Cases status.html", ".casebinder-1-2.part", "Thumbs.db"):
        office.drop(name)
    for name in (
        "Case status.html",
        "bundles/trial.toml",
        "drafts/any.docx",
        "templates/x",
        "evidence/a/b.pdf",
        "~$x.docx",
    ):
        office.drop(f"cases/2026-0042 DOE/{name}")
    office.drop("cases/2026-0042 DOE/issued/trial v1/trial.pdf")
    (office.root / "cases" / ".casebinder-in-the-making").mkdir()
    found = office.look()
    assert (found.misplaced, found.strays, dict(found.findings), dict(found.not_scanned)) == ((), (), {}, {})
    assert found.cases == (office.first,)


Arrange = Callable[[Office], object]


@pytest.mark.parametrize(
    ("arrange", "path", "code", "severity"),
    [
        (lambda o: o.drop("scan.pdf"), "scan.pdf", "file-in-root", Severity.WARNING),
        (lambda o: o.drop("README.txt"), "README.txt", "file-in-root", Severity.NOTE),
        (lambda o: o.drop("Admin/rota.xlsx"), "Admin", "folder-in-root", Severity.NOTE),
        (lambda o: (o.root / "shortcut").symlink_to("/"), "shortcut", "link-not-followed", Severity.WARNING),
        (lambda o: o.drop("$RECYCLE.BIN/x"), "$RECYCLE.BIN", "system-folder", Severity.NOTE),
        (lambda o: o.drop("2026-0050 ROE/case.toml"), "2026-0050 ROE", "case-outside-cases", Severity.WARNING),
        (lambda o: o.drop("cases/letter.docx"), "cases/letter.docx", "file-in-cases", Severity.WARNING),
        (lambda o: o.drop("cases/@eaDir/x"), "cases/@eaDir", "system-folder", Severity.NOTE),
        (lambda o: o.drop("cases/Holiday/a/b.jpg"), "cases/Holiday", "folder-not-a-case", Severity.WARNING),
        (lambda o: (o.root / "cases/New folder").mkdir(), "cases/New folder", "folder-empty", Severity.NOTE),
        (lambda o: o.drop("cases/2026/0050 ROE/case.toml"), "cases/2026/0050 ROE", "nested-case", Severity.WARNING),
        (lambda o: (o.root / "cases/x").symlink_to("/"), "cases/x", "link-not-followed", Severity.WARNING),
        (lambda o: (o.first / "case.toml").rename(o.first / "case (1).toml"), "cases/2026-0042 DOE", "case-file-gone", Severity.ERROR),
        (lambda o: shutil.rmtree(o.first / "_chain"), "cases/2026-0042 DOE", "chain-gone", Severity.ERROR),
        (lambda o: o.drop("cases/By hand/case.toml"), "cases/By hand", "case-not-opened", Severity.ERROR),
        (lambda o: o.drop("cases/2026-0042 DOE/letter.pdf"), "cases/2026-0042 DOE", "outside-evidence", Severity.WARNING),
        (lambda o: o.drop("cases/2026-0042 DOE/bundles/x.pdf"), "cases/2026-0042 DOE", "bundles-foreign", Severity.WARNING),
        (lambda o: o.drop("cases/2026-0042 DOE/issued/x.pdf"), "cases/2026-0042 DOE", "issued-foreign", Severity.WARNING),
        (lambda o: o.drop("cases/2026-0042 DOE/_chain/x.pdf"), "cases/2026-0042 DOE", "chain-foreign", Severity.WARNING),
        (lambda o: o.drop("cases/2026-0042 DOE/case (1).toml"), "cases/2026-0042 DOE", "case-file-copy", Severity.WARNING),
        (lambda o: o.drop("cases/2026-0042 DOE/old/case.toml"), "cases/2026-0042 DOE", "nested-case", Severity.WARNING),
    ],
)  # fmt: skip
def test_it_is_on_the_root_page(
    office: Office, arrange: Arrange, path: str, code: str, severity: Severity
) -> None:
    assert office.codes() == {}
    arrange(office)
    before = snapshot(office.root)
    found = office.look()
    assert [
        (os.fsdecode(each.path), each.finding.code, each.finding.severity) for each in found.misplaced
    ] == [(path, code, severity)]
    assert found.misplaced[0].finding.subject == path
    assert found.misplaced[0].finding.remedy or severity is Severity.NOTE
    assert snapshot(office.root) == before, "nothing was written, moved or removed"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("letter.pdf", "outside-evidence"),
        ("Old scans/one.pdf", "outside-evidence"),
        ("Case status (1).html", "status-page-copy"),
        ("case-DESKTOP-1.toml", "case-file-copy"),
        ("Evidence/a.pdf", "outside-evidence"),
        ("_chain/stray.pdf", "chain-foreign"),
        ("bundles/trial.pdf", "bundles-foreign"),
        ("issued/trial.pdf", "issued-foreign"),
        ("older/case.toml", "nested-case"),
    ],
)
def test_it_is_on_the_cases_own_page(office: Office, name: str, code: str) -> None:
    office.drop(f"cases/2026-0042 DOE/{name}")
    found = office.look().of(office.first)
    assert [finding.code for finding in found] == [code]
    assert found[0].subject in (name, name.split("/", maxsplit=1)[0])
    assert look_at_case(office.first, ignored_because) == found


def test_what_is_beside_depends_on_the_evidence_folders_that_the_case_names(office: Office) -> None:
    def subjects(line: str) -> list[str]:
        (office.first / "case.toml").write_text(f'reference = "2026-0042"\n{line}\n')
        return [finding.subject for finding in look_at_case(office.first, ignored_because)]

    for name in ("letter.pdf", "evidence/a.pdf", "Files/in/b.pdf", "Files/out.pdf"):
        office.drop(f"cases/2026-0042 DOE/{name}")
    assert subjects('evidence = ["evidence"]') == ["Files", "letter.pdf"]
    assert subjects('evidence = ["Files/in"]') == ["Files/out.pdf", "evidence", "letter.pdf"]
    assert subjects('evidence = ["Files", "evidence"]') == ["letter.pdf"]
    assert subjects('evidence = ["."]') == []


def test_hundreds_of_files_are_counted(office: Office) -> None:
    for number in range(MOST_FINDINGS + 7):
        office.drop(f"cases/2026-0042 DOE/scan{number:04}.pdf")
    found = look_at_case(office.first, ignored_because)
    assert len(found) == MOST_FINDINGS + 1
    assert "7 more files" in found[-1].message
    assert list(office.codes().values()) == ["outside-evidence"], "once on the root page"


def test_names_are_raw_and_shown_escaped(office: Office) -> None:
    office.drop(b"cases/M\xfcller \xe2\x80\xae/a.pdf")
    office.drop(b"cases/2026-0042 DOE/a\nb.pdf")
    found = office.look()
    assert [each.path for each in found.misplaced] == [
        b"cases/2026-0042 DOE",
        b"cases/M\xfcller \xe2\x80\xae",
    ]
    assert found.misplaced[1].finding.subject == "cases/M\\xfcller \\u202e"
    assert found.of(office.first)[0].subject == "a\\x0ab.pdf"


def test_a_former_case_is_named_by_its_chain_with_the_way_back(office: Office) -> None:
    (office.first / "case.toml").rename(office.first / "Copy of case.toml")
    finding = office.look().strays[0].findings[0]
    assert "2026-0042" in finding.message
    assert "Copy of case.toml" in finding.remedy
    (office.first / "Copy of case.toml").unlink()
    assert "backup" in office.look().strays[0].findings[0].remedy


def test_files_that_wait_are_counted_and_our_own_page_is_none(office: Office) -> None:
    stamp = datetime(2026, 2, 10, 23, 30, tzinfo=UTC).timestamp()
    for name in ("a.pdf", "sub/b.pdf"):
        os.utime(office.drop(f"cases/Holiday/{name}"), (stamp, stamp))
    said = office.look().strays[0].findings
    office.drop("cases/Holiday/Case status.html")
    assert office.look().strays[0].findings == said
    assert "2 files in 1 folder, the newest of 10 February 2026" in said[0].message


def refused(places: Places) -> dict[str, str]:
    return {folder.name: finding.code for folder, finding in places.not_scanned.items()}


def test_a_copy_is_not_the_case(office: Office) -> None:
    copy = office.root / "cases" / "2026-0042 DOE - Copy"
    shutil.copytree(office.first, copy)
    office.drop("cases/2026-0042 DOE - Copy/evidence/new letter.pdf")
    found = office.look()
    assert refused(found) == {"2026-0042 DOE - Copy": "case-copy"}
    assert [(one.code, one.subject) for one in found.of(copy)] == [
        ("only-in-copy", "evidence/new letter.pdf")
    ]
    assert found.of(office.first) == ()
    refusal = found.refusal(copy)
    assert refusal is not None
    assert "2026-0042 DOE" in refusal.message
    assert found.refusal(office.first) is None


def test_a_copy_of_a_case_that_this_machine_never_saw_stops_both(office: Office, tmp_path: Path) -> None:
    copy = office.root / "cases" / "A copy"
    shutil.copytree(office.first, copy)
    office.local = LocalLayout(tmp_path / "another machine")
    assert refused(office.look()) == {"2026-0042 DOE": "case-copy-unknown", "A copy": "case-copy-unknown"}
    office.local.root.mkdir(mode=0o700)
    office.see(copy)
    assert refused(office.look()) == {"2026-0042 DOE": "case-copy"}


def test_the_case_is_where_it_was_last_however_often_it_moved(office: Office) -> None:
    away = office.root / "cases" / "Away"
    for source, target in ((office.first, away), (away, office.first)):
        source.rename(target)
        found = office.look()
        assert (refused(found), found.moved) == ({}, (target,))
        assert found.misplaced == ()
        office.see(target)
        assert office.look().moved == ()
    shutil.copytree(office.first, away)
    assert refused(office.look()) == {"Away": "case-copy"}, "although the case once was there"


def test_a_link_to_a_case_in_another_place_is_a_case_and_to_one_here_is_none(
    office: Office, tmp_path: Path
) -> None:
    shutil.move(office.open("2026-0050", "ROE"), tmp_path / "archive")
    (office.root / "cases" / "2026-0050 ROE").symlink_to(tmp_path / "archive")
    (office.root / "cases" / "0 shortcut").symlink_to(office.first)
    found = office.look()
    assert refused(found) == {"0 shortcut": "case-linked"}
    assert found.linked == {office.root / "cases" / "0 shortcut"}
    assert [folder.name for folder in found.cases] == ["0 shortcut", "2026-0042 DOE", "2026-0050 ROE"]


def test_the_same_reference_twice_is_said_on_both_pages_and_copies_do_not_count(office: Office) -> None:
    other = office.open("2026-0043", "ROE")
    assert office.look().shared == {}
    text = (other / "case.toml").read_text().replace("2026-0043", "2026-0042")
    (other / "case.toml").write_text(text)
    shutil.copytree(office.first, office.root / "cases" / "Copy")
    found = office.look()
    assert {folder.name: one.code for folder, (one,) in found.shared.items()} == {
        "2026-0042 DOE": "same-reference",
        "2026-0043 ROE": "same-reference",
    }
    assert "2026-0043 ROE" in found.of(office.first)[0].message
    assert refused(found) == {"Copy": "case-copy"}


def test_the_signature_of_a_case_changes_with_what_its_page_has_to_say(office: Office) -> None:
    before = office.look().signature(office.first)
    assert office.look().signature(office.first) == before
    office.drop("cases/2026-0042 DOE/evidence/taken in by the scan.pdf")
    assert office.look().signature(office.first) == before
    office.drop("cases/2026-0042 DOE/letter.pdf")
    assert office.look().signature(office.first) != before


def test_without_the_cases_folder_nothing_is_said_about_cases(office: Office) -> None:
    (office.root / "cases").rename(office.root / "gone")
    with pytest.raises(Unavailable):
        office.look()


def test_a_closed_folder_is_said_and_a_closed_case_is_left_to_the_scan(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.drop("cases/Closed/a.pdf")

    def closed(folder: Path) -> list[Entry]:
        if folder.parent.name == "cases":
            raise PermissionError(13, "no", str(folder))
        return entries_of(folder)

    monkeypatch.setattr("casefiles.places.look.entries_of", closed)
    found = office.look()
    assert [(each.path, each.finding.code) for each in found.misplaced] == [
        (b"cases/Closed", "folder-unreadable")
    ]
    assert found.cases == (office.first,)


def test_every_finding_has_a_sentence_for_the_root_page(office: Office) -> None:
    from casefiles.places.findings import on_root_page

    plain = Finding("same-reference", Severity.WARNING, "case.toml", "The message.", "The remedy.")
    assert on_root_page("same-reference", "cases/x", [plain]).message == "The message."
    assert "evidence" in on_root_page("outside-evidence", "cases/x", [plain]).message
