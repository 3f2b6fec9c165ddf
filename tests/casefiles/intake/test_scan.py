"""Whole scans of real folders: what is recorded, once, whatever happens meanwhile."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from casefiles.chain import drafts, originals
from casefiles.chain.bodies import DisposalReason
from casefiles.chain.journal import Journal
from casefiles.chain.names import display_name
from casefiles.chain.replay import PathStatus
from casefiles.errors import Unavailable
from casefiles.hashing import hash_prefix, sha256_bytes
from casefiles.intake.listing import FileStat, Settled

Bench = Any  # tests/casefiles/conftest.py
Look = Callable[[bytes], FileStat | None]
ROOT = Path(__file__).resolve().parents[3]


def pdf(pages: int = 2, password: str = "") -> bytes:
    drawn = io.BytesIO()
    canvas = Canvas(drawn, invariant=1)
    for number in range(1, pages + 1):
        canvas.drawString(72, 720, f"Attendance, page {number}")
        canvas.showPage()
    canvas.save()
    if not password:
        return drawn.getvalue()
    out = io.BytesIO()
    with pikepdf.open(drawn) as document:
        document.save(out, encryption=pikepdf.Encryption(user=password, owner="owner"))
    return out.getvalue()


def mail(*attachments: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"] = "office@school.example"
    message["To"] = "ewo@council.example"
    message["Subject"] = "Attendance"
    message["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    message["Message-ID"] = "<1@school.example>"
    message.set_content("See attached.")
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def shown(lines: Iterable[Any]) -> list[str]:
    return [line.shown for line in lines]


def codes(report: Any) -> list[str]:
    return [finding.code for finding in report.findings]


def everything_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_drop_is_recorded_preserved_and_left_as_it_is(bench: Bench) -> None:
    path = bench.drop("letters/Warning letter 19.01.2026.txt", b"Dear Pat")
    os.utime(path, ns=(1, 1_700_000_000_123_456_789))
    before = path.stat()
    report = bench.scan()
    assert shown(report.received) == ["evidence/letters/Warning letter 19.01.2026.txt"]
    assert bench.event_types() == ["case.opened", "facts.changed", "evidence.received"]
    event = bench.journal.read().events[-1]
    assert event.body["sha256"] == sha256_bytes(b"Dear Pat")
    assert event.body["mtime"] == "2023-11-14T22:13:20.123Z"
    assert b"Warning" not in event.encode(), "no path in an event"
    kept = originals.find(bench.layout, sha256_bytes(b"Dear Pat"))
    assert kept is not None
    assert kept.read_bytes() == b"Dear Pat"
    after = path.stat()
    assert (after.st_mtime_ns, after.st_ctime_ns, after.st_ino) == (
        before.st_mtime_ns,
        before.st_ctime_ns,
        before.st_ino,
    )


def test_a_second_scan_reads_and_writes_nothing(bench: Bench) -> None:
    bench.drop("a.pdf", pdf())
    bench.drop("b.eml", mail(("c.txt", b"inside")))
    bench.scan()
    before = everything_below(bench.layout.folder)
    index_before = bench.dump()

    def never(paths: Iterable[bytes], _look: Look) -> Settled:
        assert list(paths) == [], "a known file needs no wait"
        return Settled({}, frozenset(), frozenset())

    report = bench.scan(settle=never)
    assert report.events == 0
    assert everything_below(bench.layout.folder) == before
    assert bench.dump() == index_before


def test_edited_deleted_returned_renamed_and_copied(bench: Bench) -> None:
    for name in ("edited", "deleted", "renamed"):
        bench.drop(f"{name}.txt", name.encode())
    bench.scan()
    bench.drop("edited.txt", b"edited since")
    (bench.evidence / "deleted.txt").unlink()
    (bench.evidence / "sub").mkdir()
    (bench.evidence / "renamed.txt").rename(bench.evidence / "sub" / "better name.txt")
    bench.drop("copy.txt", b"renamed")
    report = bench.scan()
    assert shown(report.changed) == ["evidence/edited.txt"]
    assert report.missing == ()
    assert (report.absent, codes(report)) == ((b"evidence/deleted.txt",), ["file-absent"])
    assert shown(bench.scan().missing) == ["evidence/deleted.txt"]
    assert shown(report.moved) == ["evidence/copy.txt"]
    assert shown(report.duplicates) == ["evidence/sub/better name.txt"]
    bench.drop("deleted.txt", b"deleted")
    assert shown(bench.scan().restored) == ["evidence/deleted.txt"]
    for name in (b"edited", b"edited since", b"deleted", b"renamed"):
        assert originals.find(bench.layout, sha256_bytes(name)), "every version is kept"


def test_an_edit_that_keeps_size_and_time_is_seen(bench: Bench) -> None:
    path = bench.drop("a.txt", b"serve me")
    bench.scan()
    times = path.stat()
    path.write_bytes(b"SERVE ME")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert shown(bench.scan().changed) == ["evidence/a.txt"]


def test_changed_facts_are_recorded(bench: Bench) -> None:
    bench.scan()
    bench.layout.case_file.write_bytes(b'reference = "2026-0042"\n# a note\n')
    report = bench.scan()
    assert report.facts_changed
    assert bench.journal.state().facts_sha256 == sha256_bytes(bench.layout.case_file.read_bytes())
    assert not bench.scan().facts_changed


def test_a_half_copied_file_waits_and_hides_no_other(bench: Bench) -> None:
    bench.drop("ready.txt", b"ready")
    bench.drop("copying.txt", b"hal")

    def still_copying(paths: Iterable[bytes], look: Look) -> Settled:
        copying = b"evidence/copying.txt"
        settled = {path: stat for path in paths if path != copying and (stat := look(path))}
        return Settled(settled, frozenset({copying}), frozenset())

    report = bench.scan(settle=still_copying)
    assert shown(report.received) == ["evidence/ready.txt"]
    assert codes(report) == ["file-growing"]
    bench.drop("copying.txt", b"half and half")
    report = bench.scan()
    assert shown(report.received) == ["evidence/copying.txt"]
    assert codes(report) == []
    assert originals.find(bench.layout, sha256_bytes(b"hal")) is None


def test_nothing_is_missing_while_something_is_being_copied(bench: Bench) -> None:
    path = bench.drop("a.txt", b"a")
    bench.scan()
    path.rename(bench.evidence / "moving.txt")

    def copying(paths: Iterable[bytes], _look: Look) -> Settled:
        return Settled({}, frozenset(paths), frozenset())

    assert bench.scan(settle=copying).missing == ()
    assert shown(bench.scan().moved) == ["evidence/moving.txt"]


def test_a_file_written_to_while_it_is_read_is_not_taken_in(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bench.drop("big.bin", b"x" * 3_000_000)
    real = os.readv

    def readv(descriptor: int, buffers: list[Any]) -> int:
        count = real(descriptor, buffers)
        with path.open("ab") as more:
            more.write(b"y")
        return min(count, 1_000_000)

    with monkeypatch.context() as patch:
        patch.setattr(os, "readv", readv)
        path.write_bytes(b"x" * 2_500_000)
        # the writer stops before the reader has reached the end, so that the end is reached
        limited = iter(range(2))

        def twice(descriptor: int, buffers: list[Any]) -> int:
            return (
                readv(descriptor, buffers) if next(limited, None) is not None else real(descriptor, buffers)
            )

        patch.setattr(os, "readv", twice)
        report = bench.scan()
    assert codes(report) == ["file-growing"]
    assert report.received == ()
    assert list(bench.layout.originals.rglob("*.*")) == []
    assert list(bench.layout.chain_tmp.iterdir()) == []
    assert shown(bench.scan().received) == ["evidence/big.bin"]


def test_a_report_as_json_is_plain(bench: Bench) -> None:
    bench.drop(b"caf\xe9.txt", b"x")
    bench.drop("again.txt", b"x")
    bench.drop("Thumbs.db", b"x")
    (bench.evidence / "link").symlink_to("again.txt")
    row = json.loads(json.dumps(bench.scan().as_json()))
    short = hash_prefix(sha256_bytes(b"x"))
    assert row["received"] == [
        {"path": "evidence/again.txt", "id": short},
        {"path": "evidence/caf\\xe9.txt", "id": short},
    ]
    assert row["duplicates"] == row["received"][1:]
    assert [entry["path"] for entry in row["ignored"]] == ["evidence/Thumbs.db"]
    assert [entry["code"] for entry in row["findings"]] == ["link-not-followed"]
    assert (row["items"], row["events"], row["inside"], row["facts_changed"]) == (1, 3, 0, True)


NAMES = {
    "control": b"a\x01b\x7f.txt",
    "newline": b"two\nlines.txt",
    "rtl": "evil\u202efdp.exe".encode(),
    "emoji": "🧾 receipt.txt".encode(),
    "not utf-8": b"caf\xe9.txt",
    "255 bytes": b"n" * 251 + b".txt",
    "nfc": unicodedata.normalize("NFC", "Zoë.txt").encode(),
    "nfd": unicodedata.normalize("NFD", "Zoë.txt").encode(),
    "case": b"Letter.txt",
    "case twin": b"letter.TXT",
    "html": b"<b onclick=alert(1)>&amp;.txt",
    "template": b"{{ 7 * 7 }}.txt",
}


def test_every_name_survives_as_it_is(bench: Bench) -> None:
    for number, raw in enumerate(NAMES.values()):
        bench.drop(raw, f"content {number}".encode())
    report = bench.scan()
    wanted = {b"evidence/" + raw for raw in NAMES.values()}
    assert {line.path for line in report.received} == wanted
    assert set(bench.journal.state().paths) == wanted
    status = bench.status()
    names = {line.name for line in status.items}
    assert names == {display_name(raw) for raw in NAMES.values()}
    assert all(name.isprintable() for name in names)
    assert bench.scan().events == 0


def test_links_pipes_and_hard_links(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("not ours")
    (bench.evidence / "link.txt").symlink_to(tmp_path / "outside.txt")
    (bench.evidence / "folder").symlink_to(tmp_path)
    os.mkfifo(bench.evidence / "pipe")
    path = bench.drop("two names.txt", b"hard")
    os.link(path, tmp_path / "other name.txt")
    report = bench.scan()
    assert shown(report.received) == ["evidence/two names.txt"]
    assert sorted(codes(report)) == [
        "folder-link-not-followed",
        "hard-link",
        "link-not-followed",
        "special-file",
    ]


def test_an_empty_file_is_taken_in_and_reported(bench: Bench) -> None:
    bench.drop("empty.pdf", b"")
    assert shown(bench.scan().received) == ["evidence/empty.pdf"]
    assert [(found.code, found.subject) for found in bench.status().findings] == [
        ("file-empty", "evidence/empty.pdf")
    ]


def test_ignored_files_are_reported_and_not_taken_in(bench: Bench) -> None:
    bench.drop("~$letter.docx", b"x")
    bench.drop("Thumbs.db", b"x")
    report = bench.scan()
    assert report.received == ()
    assert [entry.path for entry in report.ignored] == [b"evidence/Thumbs.db", b"evidence/~$letter.docx"]
    assert [line.name for line in bench.status().ignored] == ["evidence/Thumbs.db", "evidence/~$letter.docx"]


def test_attachments_become_items_of_their_own_with_their_parent(bench: Bench) -> None:
    inner = mail(("deep.txt", b"deepest"))
    outer = mail(("minutes.pdf", pdf(3)), ("forwarded.eml", inner))
    bench.drop("mail/RE attendance.eml", outer)
    report = bench.scan()
    assert report.inside == 3
    assert report.items == 4
    state = bench.journal.state()
    assert state.items[sha256_bytes(pdf(3))].parent == sha256_bytes(outer)
    assert state.items[sha256_bytes(b"deepest")].parent == sha256_bytes(inner)
    assert set(state.paths) == {b"evidence/mail/RE attendance.eml"}, "children are never put into evidence"
    kept = originals.find(bench.layout, sha256_bytes(pdf(3)))
    assert kept is not None
    assert kept.suffix == ".pdf"
    lines = {line.name: line for line in bench.status().items}
    assert lines["minutes.pdf"].inside == "RE attendance.eml"
    assert lines["minutes.pdf"].pages == 3
    assert lines["deep.txt"].inside == "forwarded.eml"
    assert bench.scan().events == 0
    assert list(bench.tools.reading.scratch.iterdir()) == []


def test_an_attachment_that_also_lies_in_the_folder_is_one_item(bench: Bench) -> None:
    bench.drop("a.eml", mail(("note.txt", b"the note")))
    bench.drop("note.txt", b"the note")
    report = bench.scan()
    assert (report.inside, report.items) == (1, 2)
    item = bench.journal.state().items[sha256_bytes(b"the note")]
    assert {reception.parent for reception in item.receptions} == {
        None,
        sha256_bytes((bench.evidence / "a.eml").read_bytes()),
    }
    assert bench.scan().events == 0


def test_a_pdf_that_needs_a_password_is_received_and_held(bench: Bench) -> None:
    bench.drop("GP letter.pdf", pdf(2, password="secret"))
    report = bench.scan()
    assert shown(report.received) == ["evidence/GP letter.pdf"]
    (line,) = bench.status().items
    assert str(line.state) == "held"
    (finding,) = bench.status().findings
    assert finding.code == "pdf-needs-password"
    assert finding.subject == "evidence/GP letter.pdf"
    assert finding.remedy


def test_a_withdrawn_file_that_comes_back_is_refused_and_its_bytes_are_not_kept(bench: Bench) -> None:
    bench.drop("other child.txt", b"a paper of another child")
    bench.scan()
    sha256 = sha256_bytes(b"a paper of another child")
    known = bench.journal.state().paths[b"evidence/other child.txt"]
    random_bytes = bench.journal.recorder.random_bytes
    draft = drafts.disposed(
        random_bytes,
        sha256=sha256,
        size_bytes=24,
        reason=DisposalReason.WRONG_CHILD,
        authority="A. Officer",
        path_ids=[known.path_id],
    )
    bench.journal.append(
        lambda _chain: [draft] if bench.journal.state().items[sha256].disposed is None else []
    )
    originals.dispose(bench.layout, sha256)
    report = bench.scan()
    assert codes(report) == ["withdrawn-again"]
    assert originals.find(bench.layout, sha256) is None
    assert not any(
        "another child" in line or "other child" in line
        for line in bench.dump()
        if "withdrawn-again" not in line
    )
    assert [line.reason for line in bench.status().withdrawn] == ["wrong-child"]
    (bench.evidence / "other child.txt").unlink()
    assert bench.scan().events == 0


def test_a_vanished_evidence_folder_is_not_a_loss(bench: Bench) -> None:
    bench.drop("a.txt", b"a")
    bench.scan()
    bench.evidence.rename(bench.layout.folder / "away")
    with pytest.raises(Unavailable):
        bench.scan()
    (bench.layout.folder / "away").rename(bench.evidence)
    assert bench.scan().events == 0


def test_a_vanished_case_makes_nothing_new(bench: Bench) -> None:
    bench.drop("a.txt", b"a")
    bench.scan()
    away = bench.layout.folder.rename(bench.layout.folder.with_name("unplugged"))
    with pytest.raises(Unavailable):
        bench.scan()
    assert not bench.layout.folder.exists()
    away.rename(bench.layout.folder)
    assert bench.scan().events == 0


def test_with_one_of_two_folders_gone_nothing_is_missing(bench: Bench) -> None:
    bench.names = ("evidence", "letters")
    (bench.layout.folder / "letters").mkdir()
    (bench.layout.folder / "letters" / "b.txt").write_text("b")
    path = bench.drop("a.txt", b"a")
    bench.scan()
    path.unlink()
    (bench.layout.folder / "letters").rename(bench.layout.folder / "gone")
    with pytest.raises(Unavailable):
        bench.scan()
    (bench.layout.folder / "gone").rename(bench.layout.folder / "letters")
    assert bench.scan().missing == ()
    assert shown(bench.scan().missing) == ["evidence/a.txt"]


def test_a_file_that_comes_back_between_two_scans_was_never_missing(bench: Bench) -> None:
    path = bench.drop("a.txt", b"a")
    bench.scan()
    away = path.rename(bench.layout.folder / "away.txt")
    assert bench.scan().absent == (b"evidence/a.txt",)
    away.rename(path)
    report = bench.scan()
    assert (report.absent, report.events, codes(report)) == ((), 0, [])
    path.unlink()
    assert bench.scan().absent == (b"evidence/a.txt",), "the first absence is forgotten"
    assert bench.scan(absent_seconds=3600).missing == (), "too soon after the first"
    assert shown(bench.scan(absent_seconds=60).missing) == ["evidence/a.txt"]


def test_a_scan_that_sees_half_neither_records_nor_forgets_an_absence(bench: Bench) -> None:
    bench.drop("a.txt", b"a").unlink()
    path = bench.drop("a.txt", b"a")
    bench.scan()
    path.unlink()
    bench.scan()
    bench.drop("new.txt", b"new")

    def waiting(paths: Iterable[bytes], _look: Look) -> Settled:
        return Settled({}, frozenset(), frozenset(), waiting=frozenset(paths))

    report = bench.scan(settle=waiting)
    assert (report.missing, report.absent, codes(report)) == ((), (b"evidence/a.txt",), ["file-absent"])
    assert not report.done
    report = bench.scan()
    assert shown(report.missing) == ["evidence/a.txt"]
    assert shown(report.received) == ["evidence/new.txt"]
    assert report.done


def test_a_share_that_goes_between_looking_and_recording_stops_the_scan(bench: Bench) -> None:
    path = bench.drop("a.txt", b"a")
    bench.scan()
    path.unlink()
    bench.scan()
    before, dump = everything_below(bench.layout.folder), bench.dump()

    def gone() -> None:
        raise Unavailable("The share is another one.")

    with pytest.raises(Unavailable):
        bench.scan(check=gone)
    assert everything_below(bench.layout.folder) == before
    assert bench.dump() == dump


def test_a_known_file_is_read_again_without_waiting_and_an_edited_one_is_not(bench: Bench) -> None:
    """With the index lost: a path with the size and the time that the chain has is the file as it was received."""
    same, edited = bench.drop("same.txt", b"same"), bench.drop("edited.txt", b"before")
    bench.scan()
    times = edited.stat()
    edited.write_bytes(b"after!")
    os.utime(edited, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.utime(same, ns=(1, same.stat().st_mtime_ns))
    asked: list[list[bytes]] = []

    def settle(paths: Iterable[bytes], look: Look) -> Settled:
        asked.append(list(paths))
        return Settled({path: stat for path in asked[-1] if (stat := look(path))}, frozenset(), frozenset())

    for file in bench.local.indexes.iterdir():
        file.unlink()
    report = bench.scan(settle=settle)
    assert asked == [[], [b"evidence/edited.txt"]]
    assert shown(report.changed) == ["evidence/edited.txt"]
    assert report.events == 1


def test_a_lost_original_is_kept_again_when_its_file_is_hashed_again(bench: Bench) -> None:
    bench.drop("a.txt", b"the truth")
    bench.scan()
    kept = originals.find(bench.layout, sha256_bytes(b"the truth"))
    assert kept is not None
    kept.unlink()
    with bench.index() as index:
        index.put_case(replace(_record(bench, index), stats={}))
    assert bench.scan().events == 0
    assert originals.find(bench.layout, sha256_bytes(b"the truth")), "the bytes are there again"


def test_a_changed_original_is_found_when_its_twin_arrives_and_stops_nothing_else(bench: Bench) -> None:
    bench.drop("a.txt", b"the truth")
    bench.scan()
    kept = originals.find(bench.layout, sha256_bytes(b"the truth"))
    assert kept is not None
    kept.unlink()
    kept.write_bytes(b"the fable")
    bench.drop("a.txt", b"the other")
    bench.scan()
    size_unknown_to_the_case = b"the truth" + b"!" * 9
    bench.drop("c.txt", size_unknown_to_the_case)
    kept_too = bench.layout.originals / sha256_bytes(size_unknown_to_the_case)[:2]
    kept_too.mkdir(exist_ok=True)
    (kept_too / f"{sha256_bytes(size_unknown_to_the_case)}.txt").write_bytes(b"something else")
    bench.drop("d.txt", b"fine")
    report = bench.scan()
    assert codes(report) == ["original-changed"]
    assert shown(report.received) == ["evidence/d.txt"]


def _record(bench: Bench, index: Any) -> Any:
    from casefiles.index.store import CaseRecord

    state = bench.journal.state()
    return CaseRecord(state, bench.journal.read().head.sha256, (), (), index.stats(state.case_uuid))


def test_a_case_that_holds_mail_known_from_another_case_gets_its_attachments(
    bench: Bench, tmp_path: Path
) -> None:
    """Facts are kept once for all cases; each case must still record what is inside."""
    from casefiles.chain.journal import open_case
    from casefiles.intake.scan import scan_case
    from casefiles.layout import CaseLayout

    message = mail(("note.txt", b"the note"))
    bench.drop("a.eml", message)
    bench.scan()
    other = CaseLayout(tmp_path / "2026-0043 ROE")
    (other.folder / "evidence").mkdir(parents=True)
    (other.folder / "evidence" / "b.eml").write_bytes(message)
    recorder = replace(bench.journal.recorder, user="second")
    journal = open_case(other, recorder, kind="prosecution-444-1a", reference="2026-0043")
    with bench.index() as index:
        assert scan_case(journal, ["evidence"], index, bench.tools).inside == 1
        assert scan_case(journal, ["evidence"], index, bench.tools).events == 0
    assert originals.find(other, sha256_bytes(b"the note"))


PROGRAM = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from casefiles.caged import CagedExecutor, minimal_environment
from casefiles.chain.journal import Journal
from casefiles.index.store import open_index
from casefiles.intake.item_facts import Reading
from casefiles.intake.limits import FactsLimits
from casefiles.intake.listing import Settled
from casefiles.intake.scan import ScanTools, scan_case
from casefiles.layout import CaseLayout, LocalLayout
from casefiles.recorder import Recorder

folder, local, scratch = map(Path, sys.argv[1:])
scratch.mkdir()

def settle(paths, look):
    settled = {path: stat for path in paths if (stat := look(path))}
    print("ready", flush=True)
    sys.stdin.readline()
    return Settled(settled, frozenset(), frozenset())

recorder = Recorder("u", "h", "a", lambda: datetime.now(UTC), os.urandom)
with (
    CagedExecutor(1, FactsLimits().cage, sys.executable, minimal_environment(scratch)) as pool,
    open_index(LocalLayout(local), "w") as index,
):
    reading = Reading(pool, FactsLimits(), scratch / "files")
    reading.scratch.mkdir()
    tools = ScanTools(settle, lambda name: None, reading)
    print(scan_case(Journal(CaseLayout(folder), recorder), ["evidence"], index, tools).events)
"""


def start(bench: Bench, tmp_path: Path, name: str, machine: str = "") -> subprocess.Popen[str]:
    local = tmp_path / f"local {machine or name}"
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, bench.layout.folder, local, tmp_path / f"scratch {name}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def receptions(bench: Bench) -> list[str]:
    chain = Journal(bench.layout, bench.journal.recorder).read()
    return [str(event.body["sha256"]) for event in chain.events if event.type == "evidence.received"]


@pytest.mark.parametrize("machine", ["", "the same"], ids=["two machines", "one machine"])
def test_two_scans_at_once_record_each_file_once(bench: Bench, tmp_path: Path, machine: str) -> None:
    for number in range(40):
        bench.drop(f"{number}.txt", f"file {number}".encode())
    bench.drop("m.eml", mail(("inside.txt", b"inside")))
    both = [start(bench, tmp_path, name, machine) for name in ("one", "two")]
    for process in both:
        wait_until_ready(process)
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    results = [process.communicate(timeout=120)[0] for process in both]
    assert all(process.returncode == 0 for process in both)
    assert sum(int(result) for result in results) == 43, "41 drops, one attachment, the facts"
    recorded = receptions(bench)
    assert len(recorded) == len(set(recorded)) == 42
    assert bench.scan().events == 0


@pytest.mark.parametrize("events", [1, 5, 17])
def test_a_killed_scan_is_completed_by_the_next(bench: Bench, tmp_path: Path, events: int) -> None:
    for number in range(20):
        bench.drop(f"{number}.txt", f"file {number}".encode())
    process = start(bench, tmp_path, "killed")
    wait_until_ready(process)
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    while process.poll() is None and len(list(bench.layout.events.iterdir())) < events + 1:
        pass
    process.kill()
    process.communicate()
    bench.scan()
    recorded = receptions(bench)
    assert sorted(recorded) == sorted(sha256_bytes(f"file {number}".encode()) for number in range(20))
    state = bench.journal.state()
    assert all(known.status is PathStatus.PRESENT for known in state.paths.values())
    assert all(originals.find(bench.layout, sha256) for sha256 in recorded)
    assert bench.scan().events == 0


def test_a_killed_child_is_a_finding_and_the_next_scan_reads_the_file(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from casefiles.caged import ChildFailed

    bench.drop("a.txt", b"words")
    reading = bench.tools.reading
    with monkeypatch.context() as patch:

        def killed(*_arguments: object, **_named: object) -> Any:
            from concurrent.futures import Future

            future: Future[Any] = Future()
            future.set_exception(ChildFailed("killed", "a test"))
            return future

        patch.setattr(type(reading.executor), "submit_limited", killed)
        report = bench.scan()
    assert shown(report.received) == ["evidence/a.txt"]
    assert [finding.severity for finding in report.findings] == ["error"]
    (line,) = bench.status().items
    assert str(line.state) == "unread"
    assert [finding.subject for finding in bench.status().findings] == ["evidence/a.txt"]
    assert codes(bench.scan()) == []
    (line,) = bench.status().items
    assert str(line.state) == "readable"
    assert line.id == hash_prefix(sha256_bytes(b"words"))
