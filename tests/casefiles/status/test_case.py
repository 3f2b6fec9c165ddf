"""The status of real cases, put together from chain and index."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

from casefiles.chain import drafts, originals
from casefiles.chain.bodies import Decision, DisposalReason, EventType
from casefiles.chain.events import EventDraft
from casefiles.chain.names import NameEntry
from casefiles.findings import Severity
from casefiles.hashing import hash_prefix, sha256_bytes
from casefiles.status.view import ItemState, Place

Bench = Any  # tests/casefiles/conftest.py


def record(bench: Bench, *wanted: EventDraft) -> None:
    count = len(bench.journal.read().events)
    bench.journal.append(lambda chain: wanted[len(chain.events) - count :])


def names(bench: Bench) -> list[str]:
    return [line.name for line in bench.status().items]


def test_a_case_without_files(bench: Bench) -> None:
    bench.scan()
    status = bench.status()
    assert (status.reference, status.title) == ("2026-0042", "A title")
    assert status.items == status.findings == status.missing == ()
    assert status.as_of is not None
    assert status.chain.events == 2
    assert status.chain.head == bench.journal.read().head.sha256
    assert status.chain.checkpoint == ""


def test_the_latest_arrival_comes_first_and_a_move_is_no_arrival(bench: Bench) -> None:
    bench.drop("first.txt", b"1")
    bench.scan()
    bench.drop("second.txt", b"2")
    bench.scan()
    (bench.evidence / "first.txt").rename(bench.evidence / "first, renamed.txt")
    bench.scan()
    assert names(bench) == ["second.txt", "first, renamed.txt"]
    second, first = bench.status().items
    assert first.received_at < second.received_at
    assert (first.folder, first.id, first.kind) == ("evidence", hash_prefix(sha256_bytes(b"1")), "Text")


def test_a_duplicate_is_named_with_every_place_and_empty_files_are_none(bench: Bench) -> None:
    for name in ("a.txt", "b.txt"):
        bench.drop(name, b"the same")
        bench.drop(f"empty {name}", b"")
    bench.scan()
    (duplicate,) = bench.status().duplicates
    assert duplicate.names == ("evidence/a.txt", "evidence/b.txt")
    (bench.evidence / "b.txt").unlink()
    bench.scan()
    bench.scan()  # missing needs two
    status = bench.status()
    assert status.duplicates == ()
    (missing,) = status.missing
    assert missing.elsewhere == ("evidence/a.txt",)
    assert status.needs_attention == 2, "the two empty files; the bytes that went are still elsewhere"


def test_an_edited_file_waits_until_somebody_decides(bench: Bench) -> None:
    bench.drop("letter.txt", b"old")
    bench.scan()
    record(bench, drafts.assigned(sha256_bytes(b"old"), "AB/1"))
    bench.drop("letter.txt", b"new")
    bench.scan()
    (version,) = bench.status().versions
    assert (version.name, version.exhibit) == ("evidence/letter.txt", "AB/1")
    assert version.old_id == hash_prefix(sha256_bytes(b"old"))
    assert version.new_id == hash_prefix(sha256_bytes(b"new"))
    random_bytes = bench.journal.recorder.random_bytes
    record(bench, drafts.decided(random_bytes, Decision.ACCEPT, sha256_bytes(b"new")))
    assert bench.status().versions == ()


def test_an_edit_that_was_undone_waits_for_nobody(bench: Bench) -> None:
    bench.drop("letter.txt", b"old")
    bench.scan()
    bench.drop("letter.txt", b"new")
    bench.scan()
    bench.drop("letter.txt", b"old")
    bench.scan()
    assert bench.status().versions == ()


def test_a_placeholder_takes_a_held_file_off_the_list(bench: Bench) -> None:
    bench.drop("broken.pdf", b"%PDF-1.7\nnothing that follows is a PDF")
    bench.scan()
    before = bench.status()
    assert before.items[0].state is ItemState.HELD
    assert before.needs_attention >= 1
    random_bytes = bench.journal.recorder.random_bytes
    sha256 = before.items[0].sha256
    record(bench, drafts.decided(random_bytes, Decision.PLACEHOLDER, sha256, "the school has no other copy"))
    after = bench.status()
    assert not any(finding.severity is Severity.ERROR for finding in after.findings)
    assert after.needs_attention < before.needs_attention


def test_a_remedy_is_a_line_to_type(bench: Bench) -> None:
    bench.drop("broken.pdf", b"%PDF-1.7\nnothing that follows is a PDF")
    bench.scan()
    status = bench.status()
    remedies = [finding.remedy for finding in status.findings if "`" in finding.remedy]
    assert remedies
    assert all(f"casebinder placeholder 2026-0042 {status.items[0].id} " in remedy for remedy in remedies)


def test_findings_of_an_attachment_name_it_and_its_mail(bench: Bench) -> None:
    message = EmailMessage()
    message["From"] = "a@b.example"
    message["Subject"] = "x"
    message["Message-ID"] = "<1@b.example>"
    message.set_content("text")
    message.add_attachment(b"", maintype="application", subtype="pdf", filename="empty.pdf")
    bench.drop("mail.eml", message.as_bytes())
    bench.scan()
    subjects = {finding.code: finding.subject for finding in bench.status().findings}
    assert subjects["file-empty"] == "evidence/mail.eml › empty.pdf"


def test_a_withdrawn_file_is_an_id_a_date_and_a_reason(bench: Bench) -> None:
    bench.drop("another child.txt", b"another child")
    bench.scan()
    sha256 = sha256_bytes(b"another child")
    known = bench.journal.state().paths[b"evidence/another child.txt"]
    record(
        bench,
        drafts.disposed(
            bench.journal.recorder.random_bytes,
            sha256=sha256,
            size_bytes=13,
            reason=DisposalReason.WRONG_CHILD,
            authority="A. Officer",
            path_ids=[known.path_id],
        ),
    )
    originals.dispose(bench.layout, sha256)
    (bench.evidence / "another child.txt").unlink()
    bench.scan()
    status = bench.status()
    (line,) = status.withdrawn
    assert (line.id, line.reason, line.authority) == (hash_prefix(sha256), "wrong-child", "A. Officer")
    assert status.items == status.missing == ()
    assert "another child" not in str(status.as_json())


def test_an_opened_copy_stands_with_the_file_that_it_was_made_from(bench: Bench) -> None:
    bench.drop("locked.pdf", b"%PDF-1.7 locked")
    bench.scan()
    opened = originals.preserve(bench.layout, bench.drop("../opened", b"opened"), "pdf")
    record(
        bench, drafts.unlocked(sha256=opened.sha256, size_bytes=6, parent=sha256_bytes(b"%PDF-1.7 locked"))
    )
    bench.scan()
    first, second = bench.status().items
    assert (first.name, second.name) == ("locked.pdf", "Opened copy of locked.pdf")
    assert (second.place, second.inside) == (Place.INSIDE, "locked.pdf")


def test_a_name_that_was_lost_is_shown_as_lost(bench: Bench) -> None:
    from casefiles.chain.journal import Journal

    bench.drop("a.txt", b"a")
    bench.scan()
    for path in bench.layout.names.iterdir():
        path.unlink()
    (bench.evidence / "a.txt").unlink()
    bench.journal = Journal(bench.layout, bench.journal.recorder)
    bench.scan()
    assert names(bench) == ["(name not known)"]


def bundle(bench: Bench, kind: EventType, version: int, pages: int) -> EventDraft:
    name = NameEntry.make(bench.journal.recorder.random_bytes, bundle="trial")
    checkpoint = {"size": 1, "root": "ab" * 32}
    digests = dict.fromkeys(("sha256", "manifest_sha256", "front_sha256"), "cd" * 32)
    numbers = {"version": version, "size": 10, "pages": pages}
    body = {
        "bundle_id": name.commitment("bundle"),
        "profile": "judiciary-2021",
        "items": [],
        "checkpoint": checkpoint,
    }
    return EventDraft(kind, body | digests | numbers, name)


def test_a_draft_is_listed_until_it_is_issued(bench: Bench) -> None:
    record(bench, bundle(bench, EventType.BUNDLE_ASSEMBLED, 1, 90))
    record(bench, bundle(bench, EventType.BUNDLE_ASSEMBLED, 1, 91))
    assert [(line.name, line.issued, line.pages) for line in bench.status().bundles] == [("trial", False, 91)]
    record(bench, bundle(bench, EventType.BUNDLE_ISSUED, 1, 91))
    record(bench, bundle(bench, EventType.BUNDLE_ASSEMBLED, 2, 95))
    lines = [(line.version, line.issued, line.pages) for line in bench.status().bundles]
    assert lines == [(2, False, 95), (1, True, 91)]


def test_the_last_checkpoint_is_shown_as_its_line(bench: Bench) -> None:
    body = {"size": 1, "root": "ab" * 32, "head": "cd" * 32, "key": "ef" * 32}
    record(bench, EventDraft(EventType.CHECKPOINT, body))
    chain = bench.status().chain
    assert chain.checkpoint == "1:" + "ab" * 8
    assert chain.checkpoint_at is not None


def test_a_sync_tools_copy_among_the_events_is_named(bench: Bench) -> None:
    bench.scan()
    (bench.layout.events / "0000000001 (conflict).json").write_text("{}")
    (finding,) = bench.status().findings
    assert (finding.code, finding.subject) == ("chain-stray", "_chain/events/0000000001 (conflict).json")


def test_equal_cases_give_equal_status_from_a_new_index(bench: Bench) -> None:
    bench.drop("a.txt", b"a")
    bench.drop("Thumbs.db", b"x")
    (bench.evidence / "link").symlink_to("a.txt")
    bench.scan()
    before = bench.status()
    (index,) = bench.local.indexes.glob("*.db")
    index.unlink()
    assert bench.status().items[0].state is ItemState.UNREAD, "without an index the chain alone speaks"
    bench.scan()
    assert bench.status() == before
