"""No command opens a network connection: each does the same where there is no network at all, and tries none.

Under strace, in a network namespace of its own in which not even the loopback interface is up.
"""

import subprocess
import sys
from pathlib import Path

import docx
import pikepdf
import pytest

from cli.main import COMMANDS, run
from tests.cli.share import REFERENCE, Share, write_pdf
from tests.cli.tracing import traced
from tests.cli.watching import COMMAND, Watcher

# One line a command of the command line, in an order in which each has something to do; `watch` has a test of its own.
PLANS: dict[str, list[str]] = {
    "scan": ["scan"],
    "status": ["status", REFERENCE],
    "search": ["search", "statement"],
    "decide": ["decide", REFERENCE, "--unlock", "locked.pdf"],
    "placeholder": ["placeholder", REFERENCE, "broken.pdf", "--reason", "damaged"],
    "withdraw": ["withdraw", REFERENCE, "wrong.txt", "--reason", "wrong-child", "--by", "A. Head"],
    "bundle": ["bundle", REFERENCE],
    "verify": ["verify", REFERENCE],
    "open": ["open", "prosecution-444-1a", "2026-0050", "--officer", "AB"],
    "adopt": ["adopt", "LOOSE", "prosecution-444-1a", "2026-0051", "--officer", "AB"],
    "key": ["key", "list"],
    "init": ["init", "NEW", "--authority", "Anytown Council"],
    "demo": ["demo", "DEMO"],
}
ON_THEIR_OWN = {"watch", "doctor"}


def no_network() -> tuple[str, ...]:
    """The command that starts another in a network namespace of its own; skips the test where none may be made."""
    for walls in (("unshare", "-r", "-n"), ("unshare", "-n")):
        try:
            if subprocess.run([*walls, "true"], check=False, capture_output=True).returncode == 0:
                return walls
        except FileNotFoundError:
            break
    pytest.skip("this user may not make a network namespace")


def fill(share: Share) -> None:
    """A file for each thing that reads or converts, and one that asks for things from a network."""
    evidence = share.evidence
    (evidence / "wrong.txt").write_text("About another child")
    (evidence / "broken.pdf").write_bytes(b"%PDF-1.7\n1 0 obj << /Kids")
    write_pdf(evidence / "open.pdf", ["A page"])
    with pikepdf.open(evidence / "open.pdf") as pdf:
        pdf.save(evidence / "locked.pdf", encryption=pikepdf.Encryption(user="secret", owner="o"))
    word = docx.Document()
    word.add_paragraph("A letter")
    rels = word.part.rels
    rels.get_or_add_ext_rel(
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate",
        "http://127.0.0.1:9/template.dotx",
    )
    word.save(str(evidence / "letter.docx"))
    (evidence / "mail.eml").write_text(
        "From: a@example.org\nTo: b@example.org\nSubject: Hello\nContent-Type: text/html\n\n"
        '<p>Text<img src="http://127.0.0.1:9/x.png"><link rel=stylesheet href="http://127.0.0.1:9/x.css"></p>'
    )


def test_every_command_is_tried() -> None:
    assert set(PLANS) | ON_THEIR_OWN == set(COMMANDS)


def test_every_command_works_without_a_network_and_tries_none(share: Share, tmp_path: Path) -> None:
    fill(share)
    loose = share.root / "cases" / "loose"
    loose.mkdir()
    (loose / "letter.txt").write_text("A letter")
    places = {"LOOSE": str(loose), "NEW": str(tmp_path / "new"), "DEMO": str(tmp_path / "demo")}
    plans = [[places.get(word, word) for word in plan] for plan in PLANS.values()]
    seen = traced(tmp_path / "trace", share.root, plans, "secret", walls=no_network())
    assert dict(zip(PLANS, seen.codes, strict=True)) == dict.fromkeys(PLANS, 0), seen.err
    assert any("soffice" in call for call in seen.programs)
    assert seen.network == ()


def test_doctor_says_the_same(share: Share, tmp_path: Path) -> None:
    share.run("scan")
    seen = traced(tmp_path / "trace", share.root, [["doctor", "--json"]], walls=no_network())
    share.capture.readouterr()
    assert seen.codes == [run(["--workspace", str(share.root), "doctor", "--json"])]
    assert seen.network == ()


def test_the_watcher_works_without_a_network(share: Share) -> None:
    with Watcher(share.root, share.state, command=[*no_network(), *COMMAND]) as watcher:
        watcher.says("round", thorough=True)
        assert "call log" in (share.case / "Case status.html").read_text()


def test_a_connection_would_have_been_seen(tmp_path: Path) -> None:
    """The same trace, of a process that does try one."""
    script = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    seen = traced(tmp_path / "trace", tmp_path, [], walls=())
    assert seen.network == ()
    done = subprocess.run(
        [
            "strace",
            "-f",
            "-o",
            tmp_path / "calls",
            "-e",
            "trace=socket,connect",
            sys.executable,
            "-c",
            script,
        ],
        check=True,
    )
    assert done.returncode == 0
    lines = (tmp_path / "calls").read_text().splitlines()
    calls = tuple(line.partition(" ")[2].lstrip() for line in lines)
    assert len(type(seen)([], "", "", calls).network) == 2
