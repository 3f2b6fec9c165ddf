"""The ground for faults: one small workspace in four stages, made by the real commands and copied afresh for each run.

Every copy stands at the same place, so that what this machine remembers of places and keys holds.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from PIL import Image
from reportlab.pdfgen import canvas

from casefiles.chain.admission import trusted_ring
from casefiles.chain.bodies import EventType
from casefiles.chain.journal import Journal
from casefiles.chain.verify import Against, verify_case
from casefiles.findings import Severity
from casefiles.hashing import sha256_file
from casefiles.layout import CaseLayout, LocalLayout, WorkspaceLayout
from cli import case_work
from cli.main import run
from cli.workspace import recorder
from scripts.torture.shim import copy_afresh
from watcher.filters import ignored_because

T = TypeVar("T")
REFERENCE = "2026-0042"
STAGES = ("nothing", "empty", "dropped", "decided", "issued")
UNPUBLISHED = (".casebinder-", "._chain-")


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said on both streams."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Ground:
    """Where the prepared stages lie, and where the copy stands that is worked on."""

    folder: Path

    @property
    def share(self) -> Path:
        """The workspace."""
        return self.folder / "here" / "share"

    @property
    def state(self) -> Path:
        """This machine's own state."""
        return self.folder / "here" / "machine"

    @property
    def case(self) -> CaseLayout:
        """The case folder; it may not be there."""
        return CaseLayout(self.share / "cases" / f"{REFERENCE} EXAMPLE")

    def put(self, stage: str) -> None:
        """Put a stage in place, whatever stood there before."""
        copy_afresh(self.folder / stage, self.folder / "here")

    def keep(self, stage: str) -> None:
        """Keep what stands there as a stage."""
        copy_afresh(self.folder / "here", self.folder / stage)

    def run(self, *words: str) -> Ran:
        """Run one command in this process."""
        return run_command(
            self.share, self.state, *(word.replace("{share}", str(self.share)) for word in words)
        )


class InThisProcess(Executor):
    """Stands for the pool of caged children: what they write is then counted and fails with the rest."""

    def __init__(self, workers: int, *_limits: object, **_more: object) -> None:
        self.workers = workers

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run it now."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # it belongs to whoever asks for the result
            future.set_exception(error)
        return future

    def submit_limited(
        self, _limits: object, fn: Callable[..., T], /, *args: Any, **kwargs: Any
    ) -> Future[T]:
        """As `submit`; there are no limits here."""
        return self.submit(fn, *args, **kwargs)


def run_command(share: Path, state: Path, *words: str) -> Ran:
    """Run one command in this process, what its children would do as well, with what it says kept."""
    out, err = io.StringIO(), io.StringIO()
    with (
        _environment({"CASEBINDER_STATE": str(state)}),
        mock.patch.object(case_work, "CagedExecutor", InThisProcess),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run(["--workspace", str(share), *words])
    return Ran(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


OPEN = ("open", "prosecution-444-1a", REFERENCE, "--child", "Zoë Example", "--parent", "Pat Example",
        "--officer", "AB")  # fmt: skip


def prepare(ground: Ground) -> None:
    """Make all stages."""
    (ground.folder / "here").mkdir(parents=True)
    ground.keep("nothing")
    _expect(ground.run("init", str(ground.share), "--authority", "Anytown Council"))
    settings = ground.share / "casebinder.toml"
    settings.write_text(f"{settings.read_text()}\n[intake]\nsettle_seconds = 0\n")
    ground.keep("empty")
    _expect(ground.run(*OPEN))
    evidence = ground.case.folder / "evidence"
    _pdf(evidence / "statement.pdf", ["The statement 4711", "Its second page"])
    _pdf(evidence / "old.pdf", ["A paper that goes"])
    Image.new("RGB", (40, 30), (40, 90, 160)).save(evidence / "photo.jpg")
    (evidence / "mail.eml").write_bytes(_mail("First"))
    _expect(ground.run("bundle", REFERENCE))
    bundle_file = ground.case.bundles / "bundle.toml"
    bundle_file.write_text(bundle_file.read_text().replace('"undecided"', '"serve"'))
    _expect(ground.run("scan", REFERENCE))
    ground.keep("decided")
    _expect(ground.run("bundle", REFERENCE, "--issue"))
    ground.keep("issued")
    ground.put("decided")
    (evidence / "old.pdf").unlink()
    _pdf(evidence / "statement.pdf", ["The statement 4711, edited"])
    _pdf(evidence / "letters" / "new.pdf", ["A new letter"])
    (evidence / "second mail.eml").write_bytes(_mail("Second"))
    ground.keep("dropped")


def account(ground: Ground) -> dict[str, object]:
    """What the workspace holds, without what differs from run to run: times, identifiers, signatures."""
    told: dict[str, object] = {
        "visible": sorted(_visible(ground.share)),
        "evidence": _bytes_below(ground.case.folder / "evidence"),
    }
    if not ground.case.events.is_dir():
        return told
    state = Journal(ground.case, recorder()).state()
    told |= {
        "events": sorted(
            str(event.type) for event in state.events if event.type is not EventType.BUNDLE_ASSEMBLED
        ),
        "paths": {path.path: (path.sha256, str(path.status)) for path in state.paths.values()},
        "items": sorted((each.sha256, each.disposed is not None) for each in state.items.values()),
        "exhibits": dict(state.exhibits),
        "issued": [(each.name, each.body["version"], each.body["pages"]) for each in state.issued],
    }
    return told


def problems(ground: Ground) -> list[str]:
    """What is not as it must be, whatever failed: broken chains, half-written files, issues without their event."""
    case = ground.case
    if not case.folder.exists():
        return []
    local, workspace = LocalLayout(ground.state), WorkspaceLayout(ground.share)
    against = Against(
        ring=trusted_ring(workspace, local, recorder().now()),
        local=local,
        ignored=lambda name: ignored_because(name) is not None,
    )
    found = [
        f"{each.code} {each.subject}"
        for each in verify_case(case, against).findings
        if each.severity is Severity.ERROR
    ]
    state = Journal(case, recorder()).state()
    recorded = [
        {str(volume["sha256"]) for volume in each.body.get("volumes", (each.body,))} for each in state.issued
    ]
    folders = (
        [path for path in case.issued.iterdir() if not path.name.startswith(UNPUBLISHED)]
        if case.issued.is_dir()
        else []
    )
    for folder in folders:
        pdfs = {sha256_file(path) for path in folder.glob("*.pdf")}
        if not any(pdfs & volumes for volumes in recorded):
            found.append(f"issued-unrecorded {folder.name}")
        elif pdfs not in recorded:
            found.append(f"half-issued {folder.name}")
    return found


def _expect(ran: Ran) -> None:
    if ran.code:
        raise RuntimeError(f"the ground could not be prepared: {ran.err}")


def _visible(root: Path) -> Iterator[str]:
    """Every name that is final, events, names and checkpoints (whose names or number differ) left out."""
    for path in root.rglob("*"):
        place = path.relative_to(root)
        if any(part.startswith(UNPUBLISHED) for part in place.parts):
            continue
        if {"events", "names", "checkpoints", "tmp", "keys"} & set(
            place.parts[:-1]
        ) or "derived" in place.parts[:-1]:
            continue
        yield place.as_posix()


def _bytes_below(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _pdf(path: Path, pages: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing = canvas.Canvas(str(path), invariant=True)
    for text in pages:
        drawing.drawString(72, 700, text)
        drawing.showPage()
    drawing.save()


def _mail(subject: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "school@example.org", "ews@example.org", subject
    message["Date"] = "Mon, 19 Jan 2026 09:15:00 +0000"
    message.set_content(f"{subject}: see the paper attached.")
    message.add_attachment(
        f"The paper of {subject}".encode(), maintype="text", subtype="plain", filename="paper.txt"
    )
    return message.as_bytes()
