"""A paper of another child goes: from every place where the case has its bytes or its name, and only from there."""

import contextlib
import shutil
from email.message import EmailMessage
from pathlib import Path

import pypdfium2
import pytest

from bundles import bind
from casefiles.chain import originals
from casefiles.hashing import sha256_bytes, sha256_file
from casefiles.index.store import Index
from casefiles.layout import CaseLayout
from cli import bundle as bundle_command
from cli import withdraw as command
from cli.main import run
from tests.cli.share import REFERENCE, Share, write_pdf

NAME = "MARAC refuge 12 High St.pdf"
BY = ("--reason", "wrong-child", "--by", "R. Manager")


def wrong_paper(share: Share) -> Path:
    path = share.evidence / NAME
    write_pdf(path, ["Canary Kestrel 4711"])
    return path


def everything(*roots: Path) -> bytes:
    return b"\n".join(
        str(path).encode() + b"\n" + path.read_bytes()
        for root in roots
        for path in sorted(root.rglob("*"))
        if path.is_file()
    )


def holding(digest: str, *roots: Path) -> list[Path]:
    return [
        path for root in roots for path in root.rglob("*") if path.is_file() and sha256_file(path) == digest
    ]


def test_its_bytes_and_its_name_are_nowhere_any_more(share: Share) -> None:
    path = wrong_paper(share)
    digest = sha256_file(path)
    share.run("scan", REFERENCE)
    shutil.copy(path, share.evidence / "the same again.pdf")
    shutil.copy(path, share.evidence / "~$the same, ignored.pdf")
    draft = Path(share.json("bundle", REFERENCE)["path"])
    assert draft.is_file()
    share.state.joinpath("index").joinpath("old.db.damaged").write_bytes(b"")
    said = share.run("withdraw", REFERENCE, digest[:8], *BY)
    assert digest[:8] in said
    assert "draft" in share.said
    assert not draft.exists()
    assert holding(digest, share.root, share.state) == []
    assert "taken out" in share.said
    left = everything(share.root, share.state)
    for word in (b"MARAC", b"refuge 12", b"the same again"):
        assert word not in left
    share.run("verify", REFERENCE)
    share.run("bundle", REFERENCE)
    assert (
        len(share.bundle_file.read_text().splitlines()) == len(share.json("bundle", REFERENCE)["items"]) + 9
    )


@pytest.mark.parametrize("stage", ["_forget", "_remove_lines", "scan_open_case", "refresh_linked_pages"])
def test_an_interrupted_withdrawal_is_finished_by_the_same_command(
    share: Share, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = sha256_file(wrong_paper(share))
    share.run("bundle", REFERENCE)
    calls = 0
    real = getattr(command, stage)

    def stops(*words: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        if stage != "scan_open_case" or calls == 2:
            raise KeyboardInterrupt
        return real(*words, **more)

    with monkeypatch.context() as patch:
        patch.setattr(command, stage, stops)
        share.run("withdraw", REFERENCE, digest[:8], *BY, expect=130)
    share.run("withdraw", REFERENCE, digest[:8], *BY)
    share.run("withdraw", REFERENCE, digest[:8], *BY)
    assert holding(digest, share.root, share.state) == []
    assert b"MARAC" not in everything(share.root, share.state)
    events = [path.read_bytes() for path in (share.case / "_chain" / "events").iterdir()]
    assert sum(b'"evidence.disposed"' in data for data in events) == 1
    share.run("verify", REFERENCE)


def test_what_was_issued_stays_and_is_named_for_recall(share: Share) -> None:
    digest = sha256_file(wrong_paper(share))
    share.run("bundle", REFERENCE)
    share.decide_all()
    issued = Path(share.json("bundle", REFERENCE, "--issue")["path"])
    before = everything(issued.parent)
    share.run("withdraw", REFERENCE, NAME, *BY)
    assert "recall" in share.said
    assert f"issued/{issued.parent.name}/{issued.name}" in share.said
    assert "/derived/" in share.said
    assert everything(issued.parent) == before
    status = share.json("status", REFERENCE)["cases"][0]
    (gone,) = status["withdrawn"]
    assert gone["id"] == digest[:8]
    assert gone["bound_in"] == ["bundle, version 1"]
    page = (share.case / "Case status.html").read_text()
    assert "bundle, version 1" in page
    assert "MARAC" not in page


def test_a_file_inside_it_that_came_by_itself_too_is_kept_and_said(share: Share) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@school.example", "Two papers"
    message.set_content("See attached.")
    for name, data in (("logo.txt", b"the school's logo"), ("only here.txt", b"only in this e-mail")):
        message.add_attachment(data, maintype="text", subtype="plain", filename=name)
    (share.evidence / "wrong.eml").write_bytes(message.as_bytes())
    (share.evidence / "logo.txt").write_bytes(b"the school's logo")
    share.run("scan", REFERENCE)
    said = share.run("withdraw", REFERENCE, "wrong.eml", *BY)
    layout = CaseLayout(share.case)
    logo, only = (sha256_bytes(data) for data in (b"the school's logo", b"only in this e-mail"))
    assert only[:8] in said
    assert logo[:8] not in said
    assert logo[:8] in share.said
    assert (share.evidence / "logo.txt").exists()
    assert originals.find(layout, logo) is not None
    assert originals.find(layout, only) is None


def test_a_file_inside_another_is_named_with_what_still_holds_it(share: Share) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@school.example", "A paper"
    message.set_content("See attached.")
    message.add_attachment(b"about another child", maintype="text", subtype="plain", filename="x.txt")
    (share.evidence / "mail.eml").write_bytes(message.as_bytes())
    share.run("scan", REFERENCE)
    share.run("withdraw", REFERENCE, sha256_bytes(b"about another child")[:8], *BY)
    assert f"{sha256_file(share.evidence / 'mail.eml')[:8]} still holds it" in share.said


def test_other_versions_are_said(share: Share) -> None:
    path = share.evidence / "note.txt"
    path.write_text("one")
    share.run("scan", REFERENCE)
    path.write_text("two, edited")
    share.run("scan", REFERENCE)
    share.run("withdraw", REFERENCE, sha256_bytes(b"one")[:8], *BY)
    assert f"Another version of the file, {sha256_bytes(b'two, edited')[:8]}" in share.said
    assert path.read_text() == "two, edited"
    share.run("withdraw", REFERENCE, sha256_bytes(b"two, edited")[:8], *BY)
    assert b"note.txt" not in everything(share.case / "_chain" / "names", share.state / "index")
    share.run("verify", REFERENCE)


def test_another_case_with_the_same_file_is_named_and_not_touched(share: Share) -> None:
    share.run("open", "prosecution-444-1a", "2026-0043", "--child", "Al Other", "--officer", "AB")
    other = share.root / "cases" / "2026-0043 OTHER" / "evidence" / "paper.pdf"
    path = wrong_paper(share)
    shutil.copy(path, other)
    share.run("scan")
    share.run("withdraw", REFERENCE, NAME, *BY)
    assert "Case 2026-0043 holds the same file" in share.said
    assert other.is_file()
    assert len(holding(sha256_file(other), share.root)) == 2


def test_an_edited_draft_is_named_to_be_looked_into(share: Share) -> None:
    wrong_paper(share)
    draft = Path(share.json("bundle", REFERENCE)["path"])
    (draft.parent / "marked up by hand.pdf").write_bytes(draft.read_bytes() + b"\n% a note")
    share.run("withdraw", REFERENCE, NAME, *BY)
    assert "Look into drafts/marked up by hand.pdf" in share.said


def test_a_withdrawn_paper_that_is_dropped_again_is_said_and_not_taken_in(share: Share) -> None:
    path = wrong_paper(share)
    data = path.read_bytes()
    share.run("scan", REFERENCE)
    share.run("withdraw", REFERENCE, NAME, *BY)
    path.write_bytes(data)
    share.run("scan", REFERENCE)
    assert "withdrawn from the case" in share.said
    assert originals.find(CaseLayout(share.case), sha256_bytes(data)) is None


def held_by(share: Share, words: bytes) -> list[Path]:
    """The files that show some words, those inside PDFs included."""
    found = []
    for path in sorted([*share.root.rglob("*"), *share.state.rglob("*")]):
        if path.is_file() and (words in path.read_bytes() or words in shown_in(path)):
            found.append(path)
    return found


def shown_in(path: Path) -> bytes:
    if path.suffix != ".pdf":
        return b""
    with contextlib.closing(pypdfium2.PdfDocument(path)) as document:
        return b" ".join(page.get_textpage().get_text_range().encode() for page in document)


@pytest.mark.parametrize("words", [(), ("--issue",)], ids=["draft", "issue"])
@pytest.mark.parametrize("before", ["pages_of", "_drawer", "fitted", "_proved", "placing"])
def test_a_paper_withdrawn_while_it_is_being_bound_is_in_no_bundle(
    share: Share, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, before: str, words: tuple[str, ...]
) -> None:
    digest = sha256_file(wrong_paper(share))
    share.run("bundle", REFERENCE)
    share.bundle_file.write_text(share.bundle_file.read_text().replace('"undecided"', '"serve"    '))
    where, name = (bundle_command, f"place_{words[0][2:] if words else 'draft'}")
    if before != "placing":
        where, name = bind, before
    real = getattr(where, name)

    def another_machine_withdraws(*given: object, **more: object) -> object:
        with monkeypatch.context() as patch:
            patch.setenv("CASEBINDER_STATE", str(tmp_path / "another"))
            assert run(["--workspace", str(share.root), "withdraw", REFERENCE, digest[:8], *BY]) == 0
        return real(*given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(where, name, another_machine_withdraws)
        share.run("bundle", REFERENCE, *words, expect=3)
    assert "was withdrawn from the case while the bundle was made" in share.said
    assert not list(share.case.glob("drafts/*.pdf")) and not list(share.case.glob("issued/*"))
    share.run("bundle", REFERENCE, *words)
    assert held_by(share, b"Kestrel 4711") == []
    share.run("verify", REFERENCE)


def test_a_paper_withdrawn_while_it_is_being_read_leaves_nothing_in_the_index(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = sha256_file(wrong_paper(share))
    real, began = Index.put_facts, []

    def somebody_withdraws(index: Index, batch: object) -> None:
        if not began:
            began.append(True)
            assert run(["--workspace", str(share.root), "withdraw", REFERENCE, digest[:8], *BY]) == 0
        real(index, batch)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Index, "put_facts", somebody_withdraws)
        share.run("scan", REFERENCE)
    assert began
    share.run("search", "Kestrel")
    assert "Nothing was found" in share.said
    assert b"Kestrel" not in everything(share.state)


def test_what_lies_outside_todays_evidence_folders_goes_or_is_named(share: Share) -> None:
    facts = share.case / "case.toml"
    once = facts.read_text()
    facts.write_text(once.replace('evidence = ["evidence"]', 'evidence = ["evidence", "old"]'))
    assert facts.read_text() != once
    (share.case / "old").mkdir()
    (share.case / "old" / "Numbat.txt").write_text("Numbat 4711")
    share.run("scan", REFERENCE)
    facts.write_text(once)
    (share.case / "beside.txt").write_text("Numbat 4711")
    shutil.copytree(share.case, share.root / "cases" / "a copy")
    share.run("withdraw", REFERENCE, "Numbat.txt", *BY)
    assert not (share.case / "old" / "Numbat.txt").exists()
    assert "beside.txt holds it too" in share.said
    assert "cases/a copy is a copy of this case, and still holds it" in share.said


@pytest.mark.parametrize("by", ["NAME", "…", " "])
def test_the_gap_of_an_example_is_nobody(share: Share, by: str) -> None:
    share.run("scan", REFERENCE)
    share.run("withdraw", REFERENCE, "call log", "--reason", "wrong-child", "--by", by, expect=2)
    assert "says nothing yet" in share.said
    share.run("placeholder", REFERENCE, "call log", "--reason", by, expect=2)
    assert "says nothing yet" in share.said
