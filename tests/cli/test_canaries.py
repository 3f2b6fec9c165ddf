"""A canary in every confidential place, and where each may be seen: everywhere else it must not be found.

The commands run for real, with all their children, under strace: it shows every program started, with its arguments
and environment, every name made on a disk, and every connection tried.
"""

import email.message
import io
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import docx
import pikepdf
import pytest
from PIL import Image

from casefiles.chain.journal import Journal
from casefiles.layout import CaseLayout
from cli.main import run
from cli.workspace import recorder
from tests.cli.share import REFERENCE, Share, write_pdf
from tests.cli.tracing import Traced, traced
from tests.cli.watching import Watcher

OTHER = "2026-0043"
BROKEN = b"%PDF-1.7\n1 0 obj <</CanaryStructure (x) /Kids [CanaryStructure\ntrailer <</CanaryStructure"

FIRST = [
    ["scan"],
    ["status", REFERENCE],
    ["decide", REFERENCE, "--unlock", "CanaryFileName locked.pdf"],
    ["placeholder", REFERENCE, "CanaryFileName broken.pdf", "--reason", "CanaryReason"],
    ["withdraw", REFERENCE, "CanaryFileName wrong.txt", "--reason", "wrong-child", "--by", "CanaryAuthority"],
    ["bundle", REFERENCE],
    ["bundle", OTHER],
]
THEN = [
    ["bundle", REFERENCE, "--issue"],
    ["status"],
    ["verify", REFERENCE],
    ["search", "CanaryWriting"],
    ["key", "list"],
    ["scan"],
]
ON_PAPER = {"CanaryFileName", "CanaryFolder", "CanaryAttachment"}
FACTS = {"CanaryAddress", "CanaryTelephone", "CanaryMailbox", "CanaryPupilNumber"}
CANARIES = ON_PAPER | FACTS | {
    "CanaryPerson",  # a name in case.toml
    "CANARYSURNAME",  # in the name of the case's folder
    "CanaryWriting",  # stands in files of every kind, and in what they say about their authors
    "CanaryWithdrawn",  # stands in a file that was withdrawn
    "CanaryStructure",  # stands in a PDF's broken structure, which parsers quote
    "CanaryPassword",  # given at the prompt
    "CanaryAuthority",  # who decided the withdrawal
    "CanaryReason",  # of a placeholder
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Two cases after every command ran on the first; what strace saw; what the watcher logged."""

    share: Share
    traces: tuple[Traced, ...]
    log: str

    @property
    def other(self) -> Path:
        return self.share.root / "cases" / OTHER

    @property
    def bundles(self) -> list[Path]:
        return [*self.share.case.glob("drafts/*.pdf"), *self.share.case.glob("issued/*/*.pdf")]


def everything_in(*tops: Path) -> str:
    """All names and bytes below some folders, or of some files."""
    found = []
    for top in tops:
        for path in (top, *top.rglob("*")):
            if path.is_file():
                found.append(path.read_bytes().decode("latin-1"))
            if path != top:
                found.append(str(path.relative_to(top)))
    return "\n".join(found)


def names_in(*tops: Path) -> str:
    return "\n".join(str(path.relative_to(top)) for top in tops for path in top.rglob("*"))


def index_rows(world: World, of: Path | None) -> str:
    """The index as text: whole, or the rows that name a case."""
    connection = sqlite3.connect(next((world.share.state / "index").glob("*.db")))
    case = Journal(CaseLayout(of), recorder()).read().case_uuid if of else None
    rows = []
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        try:
            found = connection.execute(f'SELECT * FROM "{table}"').fetchall()
        except sqlite3.OperationalError:  # the inner tables of a search index
            continue
        rows += [repr(row) for row in found if case is None or case in repr(row) or OTHER in repr(row)]
    connection.close()
    return "\n".join(rows)


def metadata(world: World) -> str:
    """Whatever a bundle says about itself: /Info, XMP, private data, and the file names of what is attached."""
    found = []
    for path in world.bundles:
        with pikepdf.open(path) as pdf:
            found += [repr(dict(pdf.docinfo)), repr(sorted(pdf.attachments))]
            for thing in (pdf.Root, *pdf.pages):
                held = thing.obj if isinstance(thing, pikepdf.Page) else thing
                found += [
                    bytes(held[key].read_bytes()).decode("latin-1") if key == "/Metadata" else repr(held[key])
                    for key in ("/Metadata", "/PieceInfo")
                    if key in held
                ]
    return "\n".join(found)


def text_of(pdf: Path) -> str:
    return subprocess.run(["pdftotext", pdf, "-"], capture_output=True, check=True, text=True).stdout


def made(world: World) -> str:
    """Every name that we or a child made on a disk; without the path to the case, which people named."""
    return "\n".join(name for trace in world.traces for name in trace.made).replace(
        str(world.share.case), "CASE"
    )


# What is looked through, and what may be seen there.
PLACES: dict[str, tuple[Callable[[World], str], set[str]]] = {
    "events of the chain": (lambda w: everything_in(w.share.case / "_chain" / "events"), set()),
    "checkpoints": (lambda w: everything_in(w.share.case / "_chain" / "checkpoints"), set()),
    "public keys": (lambda w: everything_in(w.share.root / "keys"), set()),
    "names beside the chain": (
        lambda w: everything_in(w.share.case / "_chain" / "names"),
        ON_PAPER | {"CanaryAuthority", "CanaryReason"},
    ),
    "file names in the chain": (lambda w: names_in(w.share.case / "_chain"), set()),
    "file names of bundles": (lambda w: names_in(w.share.case / "issued", w.share.case / "drafts"), set()),
    "what bundles say about themselves": (metadata, set()),
    "pages of bundles": (
        lambda w: "".join(map(text_of, w.bundles)),
        ON_PAPER | {"CanaryWriting", "CanaryReason", "CanaryPerson"},
    ),
    "bundle files": (lambda w: everything_in(w.share.case / "bundles"), ON_PAPER | {"CanaryReason"}),
    "the case's page": (
        lambda w: everything_in(w.share.case / "Case status.html"),
        ON_PAPER | {"CanaryPerson", "CANARYSURNAME", "CanaryAuthority", "CanaryReason"},
    ),
    "the root page": (lambda w: everything_in(w.share.root / "Cases status.html"), {"CANARYSURNAME", "CanaryPerson"}),
    "the other case": (lambda w: everything_in(w.other), set()),
    "index rows of the other case": (lambda w: index_rows(w, w.other), set()),
    "the index": (
        lambda w: index_rows(w, None),
        ON_PAPER | {"CanaryWriting", "CanaryPerson", "CANARYSURNAME"},
    ),
    "the index's file": (
        lambda w: everything_in(w.share.state / "index"),
        ON_PAPER | {"CanaryWriting", "CanaryPerson", "CANARYSURNAME"},
    ),
    "last-seen heads, keys and the watcher's state": (
        lambda w: everything_in(*(w.share.state / name for name in ("seen", "keys", "watch"))),
        set(),
    ),
    "names of this machine's own files": (lambda w: names_in(w.share.state), set()),
    "work in progress": (lambda w: everything_in(w.share.state / "work"), set()),
    "the last failure": (lambda w: everything_in(w.share.state / "last-failure.txt"), set()),
    "what was printed": (
        lambda w: "".join(trace.out + trace.err for trace in w.traces),
        ON_PAPER | {"CanaryWriting", "CANARYSURNAME", "CanaryPerson"},
    ),
    "talk on standard error": (
        lambda w: "".join(trace.err for trace in w.traces),
        ON_PAPER | {"CANARYSURNAME", "CanaryPerson"},
    ),
    "the watcher's log": (lambda w: w.log, set()),
    "arguments and environments of programs": (
        lambda w: "\n".join(call for trace in w.traces for call in trace.programs),
        set(),
    ),
    "names made while working": (made, set()),
    "the system's folder for temporary files": (lambda w: everything_in(w.share.root.parent / "temporary"), set()),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_only_what_belongs_there_is_seen(world: World, place: str) -> None:
    look, allowed = PLACES[place]
    text = look(world)
    assert {canary for canary in CANARIES if canary.lower() in text.lower()} <= allowed


def test_the_canaries_would_have_been_seen(world: World) -> None:
    """Each is where it was put; and where names and writing belong, they are found."""
    assert [trace.codes for trace in world.traces] == [[0] * len(plan) for plan in (FIRST, THEN)], (
        world.traces
    )
    assert seen(world, "the case's page") >= ON_PAPER
    assert "CanaryWriting" in seen(world, "the index") & seen(world, "pages of bundles")
    assert {"CanaryReason", "CanaryAuthority"} <= seen(world, "names beside the chain")
    assert {"soffice", "casefiles.caged.child"} <= {
        word
        for trace in world.traces
        for call in trace.programs
        for word in ("soffice", "casefiles.caged.child")
        if word in call
    }
    planted = everything_in(world.share.case / "evidence", world.share.case / "case.toml")
    assert FACTS | {"CanaryPerson", "CanaryStructure"} <= {canary for canary in CANARIES if canary in planted}
    assert '"level"' in world.log
    assert "Traceback" not in world.log + "".join(trace.err for trace in world.traces)


def test_no_connection_was_tried(world: World) -> None:
    assert [call for trace in world.traces for call in trace.network] == []


def seen(world: World, place: str) -> set[str]:
    text = PLACES[place][0](world)
    return {canary for canary in CANARIES if canary in text}


def plant(share: Share) -> None:
    people = """
[[people]]
id = "kit"
role = "parent"
name = "CanaryPerson"
address = { value = "CanaryAddress", confidential = true, keep_from = ["pat"] }
telephone = { value = "CanaryTelephone", confidential = true }
email = { value = "CanaryMailbox", confidential = true }
upn = { value = "CanaryPupilNumber", confidential = true }
"""
    case_file = share.case / "case.toml"
    case_file.write_text(case_file.read_text() + people)
    share.case.rename(share.case.with_name(f"{REFERENCE} CANARYSURNAME"))
    evidence = share.root / "cases" / f"{REFERENCE} CANARYSURNAME" / "evidence"
    place = evidence / "CanaryFolder"
    place.mkdir()
    (place / "CanaryFileName.txt").write_text("CanaryWriting")
    write_pdf(evidence / "CanaryFileName statement.pdf", ["CanaryWriting"])
    with pikepdf.open(evidence / "CanaryFileName statement.pdf", allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Author"] = "CanaryWriting"
        with pdf.open_metadata() as meta:
            meta["dc:creator"] = ["CanaryWriting"]
        pdf.save()
    write_pdf(place / "plain.pdf", ["CanaryWriting"])
    with pikepdf.open(place / "plain.pdf") as pdf:
        pdf.save(
            evidence / "CanaryFileName locked.pdf",
            encryption=pikepdf.Encryption(user="CanaryPassword", owner="o"),
        )
    word = docx.Document()
    word.add_paragraph("CanaryWriting")
    word.core_properties.author = "CanaryWriting"
    word.save(str(evidence / "CanaryFileName letter.docx"))
    (evidence / "CanaryFileName broken.pdf").write_bytes(BROKEN)
    (evidence / "CanaryFileName wrong.txt").write_text("CanaryWithdrawn")
    picture = io.BytesIO()
    Image.new("RGB", (60, 60)).save(picture, "PNG")
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "CanaryWriting <a@example.org>",
        "b@example.org",
        "CanaryWriting",
    )
    message.set_content("CanaryWriting")
    message.add_attachment(picture.getvalue(), "image", "png", filename="CanaryAttachment.png")
    (evidence / "CanaryFileName mail.eml").write_bytes(message.as_bytes())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    top = tmp_path_factory.mktemp("world")
    patch = pytest.MonkeyPatch()
    state = top / "machine"
    patch.setenv("CASEBINDER_STATE", str(state))
    share = Planted(top / "share", state, None)
    assert run(["init", str(share.root), "--authority", "Anytown Council"]) == 0
    settings = share.root / "casebinder.toml"
    settings.write_text(settings.read_text() + "\n[intake]\nsettle_seconds = 0\n")
    workspace = ["--workspace", str(share.root)]
    for reference in (REFERENCE, OTHER):
        assert (
            run([*workspace, "open", "prosecution-444-1a", reference, "--parent", "Pat", "--officer", "AB"])
            == 0
        )
    (share.root / "cases" / REFERENCE).rename(share.case.with_name(f"{REFERENCE} EXAMPLE"))
    plant(share)
    (share.root / "cases" / OTHER / "evidence" / "note.txt").write_text("Another case's note")
    (top / "temporary").mkdir()
    patch.setenv("TMPDIR", str(top / "temporary"))
    first = traced(top / "first", share.root, FIRST, "CanaryPassword")
    share.decide_all()
    then = traced(top / "then", share.root, THEN)
    log = watched(share)
    patch.undo()
    return World(share, (first, then), log)


class Planted(Share):
    """The case after its folder was given a child's name."""

    @property
    def case(self) -> Path:
        named = self.root / "cases" / f"{REFERENCE} CANARYSURNAME"
        return named if named.is_dir() else self.root / "cases" / f"{REFERENCE} EXAMPLE"


def watched(share: Share) -> str:
    """The watcher's log of a round in which it meets the broken file and a case file with a mistake."""
    evidence = share.case / "evidence"
    (evidence / "CanaryFileName second broken.pdf").write_bytes(BROKEN + b" again")
    with Watcher(share.root, share.state) as watcher:
        watcher.says("round", thorough=True)
        assert watcher.stop() == 0
    case_file = share.case / "case.toml"
    text = case_file.read_text()
    case_file.write_text(text + '\nCanaryAddress = "CanaryTelephone\n')
    with Watcher(share.root, share.state) as again:
        again.says("round", thorough=True)
        assert again.stop() == 0
    case_file.write_text(text)
    return watcher.log_file.read_text() + again.log_file.read_text()
