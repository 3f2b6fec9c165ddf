"""The main job through the command line, on real files: drop, scan, draft, decide, issue, verify."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from casefiles.hashing import sha256_file
from tests.cli.share import REFERENCE, Share, pages_of, write_pdf


def issued_pdf(share: Share) -> Path:
    return next((share.case / "issued").glob("*/*.pdf"))


def test_from_drop_to_issued_and_verified(share: Share) -> None:
    scanned = share.json("scan", REFERENCE)["cases"][0]
    assert (scanned["items"], len(scanned["received"]), scanned["findings"]) == (3, 3, [])
    draft = share.json("bundle", REFERENCE)
    assert (draft["issued"], draft["pages"], draft["converted"]) == (False, 6, 3)
    with pypdfium2.PdfDocument(draft["path"]) as pdf:
        assert all("DRAFT" in page.get_textpage().get_text_range() for page in pdf)
    assert [(item["tab"], item["first_page"], item["last_page"]) for item in draft["items"]] == [
        ("C1", 3, 4), ("D1", 5, 5), ("D2", 6, 6),
    ]  # fmt: skip
    share.decide_all()
    issued = share.json("bundle", REFERENCE, "--issue")
    assert (issued["issued"], issued["converted"], issued["cached"]) == (True, 0, 3)
    assert [item["exhibit"] for item in issued["items"]] == ["", "AB/1", "AB/2"]
    pages = pages_of(Path(issued["path"]))
    assert [page.split()[-1] for page in pages] == ["1", "2", "3", "4", "5", "6"]
    assert not any("DRAFT" in page for page in pages)
    assert "The statement 4711" in pages[2]
    assert issued["sha256"] == sha256_file(Path(issued["path"]))
    assert stat.S_IMODE(Path(issued["path"]).stat().st_mode) & 0o222 == 0
    told = share.run("verify", REFERENCE)
    assert "failed" not in told
    assert share.json("verify", issued["path"])["passed"]
    assert "Case status.html" in {path.name for path in share.case.iterdir()}


def test_the_officers_words_stay_and_new_lines_come_at_the_end(share: Share) -> None:
    share.run("bundle", REFERENCE)
    text = share.bundle_file.read_text().replace(
        'title = "AB s9 signed"', 'title = "Statement of A. B. Officer"'
    )
    text = text.replace("items = [", "items = [  # moved by me")
    share.bundle_file.write_text(text)
    write_pdf(share.evidence / "letter 20 January 2026.pdf", ["Dear parent"])
    again = share.json("bundle", REFERENCE)
    assert (again["converted"], again["cached"]) == (1, 3)
    longer = share.bundle_file.read_text()
    assert longer.startswith(text.removesuffix("]\n"))
    assert longer.count("letter 20 January 2026.pdf") == 1
    assert {"Statement of A. B. Officer", "Letter"} <= {item["title"] for item in again["items"]}
    share.run("bundle", REFERENCE)
    assert share.bundle_file.read_text() == longer


def test_an_issue_is_refused_with_reasons_until_people_have_decided(share: Share) -> None:
    whole = share.evidence / "whole.pdf"
    write_pdf(whole, [f"page {number} " * 200 for number in range(20)])
    data = whole.read_bytes()
    whole.unlink()
    (share.evidence / "scan0007.pdf").write_bytes(data[: len(data) // 2])
    share.run("bundle", REFERENCE)
    share.run("bundle", REFERENCE, "--issue", expect=3)
    assert share.said.count("Nobody has decided") == 4
    share.decide_all()
    share.run("bundle", REFERENCE, "--issue", expect=3)
    assert "scan0007.pdf" in share.said
    assert "readable" in share.said
    assert not any((share.case / "issued").iterdir())
    share.run("placeholder", REFERENCE, "scan0007.pdf", "--reason", "The school is asked for a readable copy")
    issued = share.json("bundle", REFERENCE, "--issue")
    placeholder = next(item for item in issued["items"] if item["kind"] == "placeholder")
    page = pages_of(Path(issued["path"]))[placeholder["first_page"] - 1]
    assert "The school is asked for a readable copy" in page
    assert "casebinder placeholder" not in page
    events = (share.case / "_chain" / "events").iterdir()
    assert not any(b"school is asked" in event.read_bytes() for event in events)


def test_an_issued_bundle_is_never_issued_again(share: Share) -> None:
    share.run("bundle", REFERENCE)
    share.decide_all()
    share.run("bundle", REFERENCE, "--issue")
    before = sha256_file(issued_pdf(share))
    share.run("bundle", REFERENCE, "--issue", expect=3)
    assert "frozen" in share.said
    assert sha256_file(issued_pdf(share)) == before
    share.run("bundle", REFERENCE, "second")
    text = (share.case / "bundles" / "second.toml").read_text().replace('"undecided"', '"serve"')
    (share.case / "bundles" / "second.toml").write_text(text)
    second = share.json("bundle", REFERENCE, "second", "--issue")
    assert {item["exhibit"] for item in second["items"]} == {"", "AB/1", "AB/2"}


def test_without_a_key_there_are_drafts_and_no_issue(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    other = share.state.with_name("other machine")
    monkeypatch.setenv("CASEBINDER_STATE", str(other))
    draft = share.json("bundle", REFERENCE)
    assert "not signed" in draft["checkpoint"]
    assert stat.S_IMODE(other.stat().st_mode) == 0o700
    share.decide_all()
    share.run("bundle", REFERENCE, "--issue", expect=3)
    assert "signing key" in share.said


def test_the_same_bundle_has_the_same_bytes_on_another_machine(share: Share, tmp_path: Path) -> None:
    first = share.json("bundle", REFERENCE)
    state = tmp_path / "elsewhere"
    shutil.copytree(share.state / "keys", state / "keys")
    state.chmod(0o700)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "TZ": "Asia/Tokyo", "LANG": "pl_PL.UTF-8",
        "CASEBINDER_STATE": str(state), "PYTHONHASHSEED": "7",
    }  # fmt: skip
    command = [sys.executable, "-c", "import sys; from cli.main import run; sys.exit(run(sys.argv[1:]))"]
    arguments = ["--workspace", str(share.root), "bundle", REFERENCE, "--output", str(tmp_path / "again.pdf")]
    subprocess.run([*command, *arguments], env=environment, check=True, cwd="/", capture_output=True)
    assert sha256_file(tmp_path / "again.pdf") == first["sha256"]


def test_a_changed_page_is_named(share: Share, tmp_path: Path) -> None:
    share.run("bundle", REFERENCE)
    share.decide_all()
    share.run("bundle", REFERENCE, "--issue")
    forged = tmp_path / "forged.pdf"
    with pikepdf.open(issued_pdf(share)) as pdf:
        form = pdf.pages[2].Resources.XObject.P
        data = form.read_bytes()
        assert b"4711" in data
        form.write(data.replace(b"4711", b"4712"))
        pdf.save(forged)
    told = share.run("verify", str(forged), "--case", REFERENCE, expect=4)
    assert "failed" in told
    assert "page 3: " in share.said
    assert "Page 4" not in share.said
    share.run("verify", str(forged), expect=2)


def test_a_changed_event_or_original_is_named(share: Share) -> None:
    share.run("scan", REFERENCE)
    event = share.case / "_chain" / "events" / "0000000003.json"
    event.chmod(0o644)
    good = event.read_bytes()
    event.write_bytes(good.replace(b'"size":', b'"size":1'))
    told = share.run("verify", REFERENCE, expect=4)
    assert "failed" in told
    assert "vent 3" in share.said
    event.write_bytes(good)
    original = next((share.case / "_chain" / "originals").glob("*/*.jpg"))
    original.chmod(0o644)
    original.write_bytes(original.read_bytes() + b"x")
    share.run("verify", REFERENCE, expect=4)
    assert original.name[:8] in share.said


def test_withdrawal_leaves_nothing_but_the_record(share: Share) -> None:
    bound = share.json("bundle", REFERENCE)
    share.decide_all()
    share.run("bundle", REFERENCE, "--issue")
    photo = next(item for item in bound["items"] if item["path"].endswith(".jpg"))["sha256"]
    share.run(
        "withdraw", REFERENCE, "IMG_20260206_081533.jpg", "--reason", "wrong", "--by", "R. M.", expect=2
    )
    share.run(
        "withdraw", REFERENCE, "IMG_20260206_081533.jpg", "--reason", "wrong-child", "--by", "R. Manager"
    )
    assert "recall" in share.said
    assert not (share.evidence / "IMG_20260206_081533.jpg").exists()
    assert not list((share.case / "_chain" / "originals").glob(f"*/{photo}*"))
    assert not (share.state / "cache" / photo).exists()
    assert "IMG_2026" not in (share.case / "Case status.html").read_text()
    told = share.run("verify", REFERENCE)
    assert "failed" not in told
    assert "withdrawn" in (told + share.said)


def test_a_protected_file_is_opened_once_and_the_copy_bound(
    share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pdf(share.evidence / "open.pdf", ["Seen by the doctor"])
    with pikepdf.open(share.evidence / "open.pdf") as pdf:
        pdf.save(share.evidence / "locked.pdf", encryption=pikepdf.Encryption(user="s3cret", owner="s3cret"))
    (share.evidence / "open.pdf").unlink()
    share.run("bundle", REFERENCE)
    monkeypatch.setattr("cli.decide._ask", lambda _name: "wrong")
    share.run("decide", REFERENCE, "--unlock", "locked.pdf", expect=2)
    monkeypatch.setattr("cli.decide._ask", lambda _name: "s3cret")
    share.run("decide", REFERENCE, "--unlock", "locked.pdf")
    share.decide_all()
    issued = share.json("bundle", REFERENCE, "--issue")
    assert any("Seen by the doctor" in page for page in pages_of(Path(issued["path"])))
    assert share.json("verify", issued["path"])["passed"]
    for file in [*share.root.rglob("*"), *share.state.rglob("*")]:
        assert not file.is_file() or b"s3cret" not in file.read_bytes()


def test_an_edited_file_waits_for_a_person(share: Share) -> None:
    share.run("bundle", REFERENCE)
    note = share.evidence / "call log 19.01.2026.txt"
    note.write_text("Called at 9.15. She answered.")
    draft = share.json("bundle", REFERENCE)
    assert any(finding["code"] == "newer-version-waits" for finding in draft["findings"])
    assert any("No answer" in page for page in pages_of(Path(draft["path"])))
    new = sha256_file(note)[:8]
    assert new in (share.case / "Case status.html").read_text()
    share.run("decide", REFERENCE, "--accept", new)
    later = share.json("bundle", REFERENCE)
    assert any("She answered" in page for page in pages_of(Path(later["path"])))


def test_deleting_the_index_changes_nothing(share: Share) -> None:
    before = share.json("status", REFERENCE)
    share.run("scan", REFERENCE)
    before = share.json("status", REFERENCE)
    shutil.rmtree(share.state / "index")
    share.run("scan", REFERENCE)
    assert share.json("status", REFERENCE) == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["scan", "2099-1"], 2, "There is no case"),
        (["bundle", REFERENCE, "No Name"], 2, "cannot be the name"),
        (["bundle", REFERENCE, "--profile", "nowhere"], 2, "profile"),
        (["placeholder", REFERENCE, "nothing.pdf", "--reason", "x"], 2, "no file"),
        (["decide", REFERENCE], 2, "one thing at a time"),
        (["open", "prosecution-445", "2026-1"], 2, "kind of case"),
        (["open", "prosecution-443", "2026-1", "--officer", "AB", "--person", "judge=X"], 2, "not a role"),
        (["key", "retire", "0000"], 2, "no key"),
        (["nonsense"], 2, "no command"),
    ],
)
def test_mistakes_are_answered_in_words(share: Share, words: list[str], code: int, said: str) -> None:
    share.run(*words, expect=code)
    assert said in share.said


def test_a_mistake_in_a_file_names_its_line(share: Share) -> None:
    (share.case / "case.toml").write_text(
        (share.case / "case.toml").read_text().replace("officer =", "oficer =")
    )
    share.run("scan", REFERENCE, expect=2)
    assert "case.toml, line" in share.said
    assert "Did you mean “officer”" in share.said


def test_a_vanished_share_is_unavailable_and_nothing_is_made(share: Share) -> None:
    share.run("scan", REFERENCE)
    share.root.rename(share.root.with_name("gone"))
    share.run("scan", REFERENCE, expect=5)
    assert not share.root.exists()
    share.root.with_name("gone").rename(share.root)
    (share.case / "_chain").rename(share.case / "_chain gone")
    share.run("scan", REFERENCE, expect=5)
    assert not (share.case / "_chain").exists()


def test_a_rewritten_chain_is_not_written_to_until_somebody_answers(share: Share, tmp_path: Path) -> None:
    shutil.copytree(share.case, tmp_path / "backup")
    share.run("scan", REFERENCE)
    shutil.rmtree(share.case)
    shutil.copytree(tmp_path / "backup", share.case)
    events = len(list((share.case / "_chain" / "events").iterdir()))
    share.run("scan", REFERENCE, expect=4)
    assert len(list((share.case / "_chain" / "events").iterdir())) == events
    share.run("decide", REFERENCE, "--recovered", "restored-from-backup")
    share.run("scan", REFERENCE)


def test_another_machine_is_admitted_by_a_known_one(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    first = share.state
    second = first.with_name("second")
    monkeypatch.setenv("CASEBINDER_STATE", str(second))
    asked = share.run("key", "add")
    fingerprint = "".join(asked.split(":")[1].split())
    share.run("key", "add", fingerprint, expect=3)
    monkeypatch.setenv("CASEBINDER_STATE", str(first))
    share.run("key", "add", fingerprint)
    monkeypatch.setenv("CASEBINDER_STATE", str(second))
    share.run("bundle", REFERENCE)
    share.decide_all()
    issued = share.json("bundle", REFERENCE, "--issue")
    monkeypatch.setenv("CASEBINDER_STATE", str(first))
    assert share.json("verify", issued["path"])["passed"]
    share.run("key", "retire", fingerprint, "--reason", "lost")
    keys = share.json("key", "list")["keys"]
    assert [bool(key["retired_at"]) for key in keys] == [False, True]
    assert share.json("verify", issued["path"])["passed"]
