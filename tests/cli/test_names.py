"""Names that people, phones, other systems and attackers give to files: taken in, shown escaped, kept raw.

Every name goes through the real commands. What comes out on a terminal is searched for raw control and direction
characters; JSON and pages must be valid UTF-8; the chain's names must hold the very bytes.
"""

import email.message
import html
import json
import os
import re
import subprocess
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from casefiles.chain.bodies import EventType
from casefiles.chain.journal import Journal
from casefiles.hashing import sha256_bytes
from casefiles.layout import CaseLayout
from casefiles.shown import display_name
from cli.main import run
from cli.workspace import recorder
from tests.cli.share import REFERENCE, Share

NAMES: dict[str, bytes] = {
    "newline": b"two\nlines.txt",
    "carriage return": b"over\rwritten.txt",
    "tab and bell": b"tab\tbell\x07.txt",
    "escape sequences": b"\x1b[2J\x1b]0;owned\x07red\x1b[31m.txt",
    "delete": b"gone\x7f.txt",
    "eight-bit control": "csi\u009b31m.txt".encode(),
    "right-to-left override": "invoice\u202etxt.exe.txt".encode(),
    "isolates": "a\u2066b\u2069.txt".encode(),
    "zero width": "ze\u200bro\u200d\ufeff.txt".encode(),
    "line separator": "one\u2028two\u2029.txt".encode(),
    "emoji": "family 👩‍👧‍👦 🏴󠁧󠁢󠁷󠁬󠁳󠁿.txt".encode(),
    "arabic": "رسالة من المدرسة.txt".encode(),
    "no utf-8": b"caf\xe9 \xff\xfe.txt",
    "surrogate in utf-8": b"half \xed\xa0\x80.txt",
    "nfc": unicodedata.normalize("NFC", "Zoë.txt").encode(),
    "nfd": unicodedata.normalize("NFD", "Zoë.txt").encode(),
    "255 bytes": b"x" * 251 + b".txt",
    "255 bytes of emoji": "😀".encode() * 62 + b"abc.txt",
    "capital": b"A.TXT",
    "small": b"a.txt",
    "space at the ends": b"  spaces  ",
    "dots at the end": b"dots...",
    "dot file": b".hidden.txt",
    "option": b"-rf",
    "long option": b"--help",
    "double dash": b"--",
    "quotes": b'it\'s "so" `id` $(touch owned) ; rm -rf ~ & |.txt',
    "format": b"%s%n%d {0} {x}.txt",
    "template": b"{{7*7}} {% raw %} ${7*7}.txt",
    "markup": b"<script>alert(1)<!-- &amp; <b>.txt",
    "backslash": b"C:\\temp\\x0a.txt",
    "what an escape looks like": b"\\x0a\\u202e.txt",
    "our own event": b"0000000005.json",
    "case file": b"case.toml",
    "windows device": b"CON",
    "windows device with suffix": b"nul.txt",
    "windows refuses": b"a:b*c?d|e>f.txt",
    "no-break space": "a\u00a0b\u3000c.txt".encode(),
    "toml": b'", file = "x" } ] #.txt',
    "spreadsheet": b"=cmd|' !A0.txt",
}
RAW_CONTROL = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


@pytest.fixture
def named(new_share: Any) -> Share:
    """A share whose case holds a text file under each name, each with bytes of its own."""
    made: Share = new_share()
    for number, name in enumerate(NAMES.values()):
        put(made.evidence, name, f"Note {number}")
    return made


def put(folder: Path, name: bytes, text: str) -> None:
    Path(folder, os.fsdecode(name)).write_bytes(text.encode())


def spoken(share: Share, *words: str, expect: int = 0) -> str:
    """What a command prints, searched for what could steer a terminal or break an encoding."""
    out = share.run(*words, expect=expect)
    for text in (out, share.said):
        assert RAW_CONTROL.search(text) is None, ascii(text)
    return out


class Page(HTMLParser):
    """The text of a page; counts elements that only a file name could have brought in."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.scripts += tag == "script"

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(path: Path) -> Page:
    text = path.read_bytes().decode("utf-8")
    assert RAW_CONTROL.search(text) is None
    page = Page()
    page.feed(text)
    page.close()
    return page


def raw_paths(share: Share) -> set[bytes]:
    state = Journal(CaseLayout(share.case), recorder()).state()
    return {path.removeprefix(b"evidence/") for path in state.paths}


def test_every_name_is_taken_in_kept_raw_and_shown_escaped(named: Share) -> None:
    spoken(named, "scan", REFERENCE, "-v")
    spoken(named, "scan")
    assert raw_paths(named) == set(NAMES.values())
    assert not spoken(named, "scan", REFERENCE).count("received")
    spoken(named, "status", REFERENCE)
    status = json.loads(spoken(named, "status", REFERENCE, "--json"))["cases"][0]
    shown = {display_name(name) for name in NAMES.values()}
    assert len(shown) == len(NAMES)
    assert {item["name"] for item in status["items"]} == shown
    page = page_of(named.case / "Case status.html")
    assert page.scripts == 0
    assert page_of(named.root / "Cases status.html").scripts == 0
    for name in shown:
        assert " ".join(name.split()) in " ".join(page.text.split()), name
    events = b"".join(path.read_bytes() for path in (named.case / "_chain" / "events").iterdir())
    assert not any(name in events for name in NAMES.values() if len(name) > 6 and not name.endswith(b".json"))
    spoken(named, "verify", REFERENCE)
    json.loads(spoken(named, "verify", REFERENCE, "--json"))
    spoken(named, "search", "Note")
    found = json.loads(spoken(named, "search", "Note", "--limit", "100", "--json"))
    assert len(found["hits"]) == len(NAMES) - 1  # the JSON file's text is not read
    spoken(named, "search", "lines", "owned")
    spoken(named, "status")
    spoken(named, "scan")


def test_a_bundle_of_all_names_is_proved_and_issued(named: Share) -> None:
    spoken(named, "bundle", REFERENCE)
    named.decide_all()
    issued = json.loads(spoken(named, "bundle", REFERENCE, "--issue", "--json"))
    assert len(issued["items"]) == len(NAMES)
    assert {item["path"] for item in issued["items"]} == {
        f"evidence/{display_name(name)}" for name in NAMES.values()
    }
    spoken(named, "verify", issued["path"])
    with pikepdf.open(issued["path"]) as pdf, pdf.open_outline() as outline:
        titles = list(titles_of(outline.root))
        manifest = json.loads(bytes(next(iter(pdf.attachments.values())).get_file().read_bytes()))
    assert not [title for title in titles if RAW_CONTROL.search(title)]
    assert RAW_CONTROL.search(json.dumps(manifest, ensure_ascii=False)) is None
    text = subprocess.run(
        ["pdftotext", "-layout", issued["path"], "-"], capture_output=True, check=True
    ).stdout
    assert b"<script>alert(1)" in text
    assert b"{{7*7}}" in text
    assert not list(named.root.rglob("owned"))


def titles_of(items: Any) -> Any:
    for item in items:
        yield item.title
        yield from titles_of(item.children)


def test_each_file_can_be_meant_by_its_shown_name_and_by_its_raw_one(named: Share) -> None:
    spoken(named, "scan", REFERENCE)
    for number, raw in enumerate(NAMES.values()):
        meant = display_name(raw) if number % 2 else os.fsdecode(raw)
        digest = sha256_bytes(f"Note {number}".encode())
        spoken(named, "placeholder", "--reason", "illegible", "--", REFERENCE, meant)
        assert placeholders(named)[-1] == digest
    spoken(named, "placeholder", REFERENCE, digest[:8], "--reason", "as recorded")
    for number, raw in list(enumerate(NAMES.values()))[::4]:
        spoken(
            named, "withdraw", "--reason", "wrong-child", "--by", "A. Head", "--", REFERENCE, os.fsdecode(raw)
        )
        assert not (named.evidence / os.fsdecode(raw)).exists()
        digest = sha256_bytes(f"Note {number}".encode())
        assert not list((named.case / "_chain" / "originals").rglob(f"{digest}*"))
    assert sum(path.is_file() for path in named.evidence.iterdir()) == len(NAMES) - len(list(NAMES)[::4])
    spoken(named, "verify", REFERENCE)


def placeholders(share: Share) -> list[str]:
    chain = Journal(CaseLayout(share.case), recorder()).read()
    return [str(event.body["sha256"]) for event in chain.events if event.type is EventType.DECISION_RECORDED]


def test_folders_below_evidence_of_such_names(new_share: Any) -> None:
    share = new_share()
    for raw in NAMES.values():
        inside = share.evidence / os.fsdecode(raw)
        inside.mkdir()
        (inside / "note.txt").write_text(f"A note in {display_name(raw)}")
    spoken(share, "scan", REFERENCE)
    assert raw_paths(share) == {raw + b"/note.txt" for raw in NAMES.values()}
    status = json.loads(spoken(share, "status", REFERENCE, "--json"))["cases"][0]
    assert {item["folder"] for item in status["items"]} == {
        f"evidence/{display_name(raw)}" for raw in NAMES.values()
    }
    assert page_of(share.case / "Case status.html").scripts == 0
    drafted = json.loads(spoken(share, "bundle", REFERENCE, "--json"))
    assert len(drafted["items"]) == len(NAMES)
    spoken(share, "verify", REFERENCE)


def test_case_folders_of_such_names(share: Share) -> None:
    """A case may lie in any folder; every command finds it by its reference."""
    spoken(share, "bundle", REFERENCE)
    folder = share.case
    for number, raw in enumerate(NAMES.values()):
        folder = folder.rename(share.root / "cases" / os.fsdecode(raw))
        spoken(share, "scan")
        spoken(share, "scan", "--", str(folder))
        spoken(share, "status")
        status = json.loads(spoken(share, "status", REFERENCE, "--json"))["cases"][0]
        assert (status["reference"], len(status["items"])) == (REFERENCE, 3)
        page_of(folder / "Case status.html")
        if number % 8 == 0:
            drafted = json.loads(spoken(share, "bundle", REFERENCE, "--json"))
            assert Path(drafted["path"]).is_relative_to(folder)
            assert Path(drafted["path"]).is_file()
            spoken(share, "bundle", "--", str(folder))
            spoken(share, "verify", "--", str(folder))


def test_paths_deeper_than_the_system_takes_in_one_piece(new_share: Any) -> None:
    share = new_share()
    depths = {"1,000 bytes": 5, "beyond PATH_MAX": 22}
    for number, folders in enumerate(depths.values()):
        handle = os.open(share.evidence, os.O_RDONLY)
        for _ in range(folders):
            name = f"{number}" * 200
            os.mkdir(name, dir_fd=handle)
            below = os.open(name, os.O_RDONLY, dir_fd=handle)
            os.close(handle)
            handle = below
        deep = os.open("note.txt", os.O_WRONLY | os.O_CREAT, dir_fd=handle)
        os.write(deep, f"Deep {folders}".encode())
        os.close(deep)
        os.close(handle)
    spoken(share, "scan", REFERENCE)
    assert sorted(len(path) for path in raw_paths(share)) == [5 * 201 + 8, 22 * 201 + 8]
    drafted = json.loads(spoken(share, "bundle", REFERENCE, "--json"))
    assert len(drafted["items"]) == 2
    spoken(share, "verify", REFERENCE)
    for folders in depths.values():
        digest = sha256_bytes(f"Deep {folders}".encode())
        spoken(share, "withdraw", REFERENCE, digest[:8], "--reason", "wrong-child", "--by", "A. Head")
    spoken(share, "verify", REFERENCE)
    left = subprocess.run(["find", share.evidence, "-type", "f"], capture_output=True, check=True).stdout
    assert left == b""


def test_names_of_attachments(new_share: Any) -> None:
    """In an e-mail and in a PDF: the children's names come from whoever sent them."""
    share = new_share()
    texts = [name.decode("utf-8", "replace") for name in NAMES.values()]
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Many"
    message.set_content("See attached.")
    for number, name in enumerate(texts[:40]):
        message.add_attachment(
            f"Mail {number}".encode(), "text", "plain", filename=re.sub(r"[\r\n]", "\x1b", name)
        )
    (share.evidence / "mail.eml").write_bytes(message.as_bytes())
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        for number, name in enumerate(texts):
            pdf.attachments[name] = attachment(pdf, f"Pdf {number}".encode(), name)
        pdf.save(share.evidence / "with files.pdf")
    scanned = json.loads(spoken(share, "scan", REFERENCE, "--json"))["cases"][0]
    assert scanned["inside"] >= 50, scanned["findings"]
    spoken(share, "status", REFERENCE)
    status = json.loads(spoken(share, "status", REFERENCE, "--json"))["cases"][0]
    assert len(status["items"]) == scanned["items"]
    assert page_of(share.case / "Case status.html").scripts == 0
    drafted = json.loads(spoken(share, "bundle", REFERENCE, "--json"))
    assert len(drafted["items"]) >= 50
    spoken(share, "verify", REFERENCE)


def attachment(pdf: pikepdf.Pdf, data: bytes, name: str) -> pikepdf.AttachedFileSpec:
    return pikepdf.AttachedFileSpec(
        pdf, data, filename=name, mime_type="", creation_date="", mod_date="", description=""
    )


def test_what_was_typed_is_said_back_escaped(share: Share, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[31m\u202eevil\udce9"
    spoken(share, "scan", evil, expect=2)
    spoken(share, evil, expect=2)
    spoken(share, "scan", f"--{evil}", expect=2)
    spoken(share, "bundle", REFERENCE, evil, expect=2)
    spoken(share, "placeholder", REFERENCE, evil, "--reason", "x", expect=2)
    spoken(share, "withdraw", REFERENCE, evil, "--reason", evil, "--by", "x", expect=2)
    spoken(share, "open", evil, "2026-0050", expect=2)
    spoken(share, "open", "prosecution-444-1a", evil, "--officer", "AB", expect=2)
    spoken(share, "scan", "x" * 5000, expect=2)
    capsys.readouterr()
    assert run(["--workspace", evil, "scan"]) == 5
    out, said = capsys.readouterr()
    assert RAW_CONTROL.search(out + said) is None


def test_names_that_look_alike_are_said(named: Share) -> None:
    scanned = json.loads(spoken(named, "scan", REFERENCE, "--json"))["cases"][0]
    alike = [found for found in scanned["findings"] if found["code"] == "names-alike"]
    assert len(alike) == 2  # Zoë in two encodings, A.TXT and a.txt


def test_html_escapes_are_the_pages_own(named: Share) -> None:
    spoken(named, "scan", REFERENCE)
    text = (named.case / "Case status.html").read_text("utf-8")
    assert html.escape("<script>alert(1)<!-- &amp; <b>.txt", quote=False) in text
