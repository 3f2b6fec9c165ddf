"""What can be known of one file without trusting it: is it readable, its pages, its text, what it contains.

`read_facts` opens the file with parsers of every sort, so it belongs into a caged child: `facts_in_cage`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from casefiles.caged import CagedExecutor, ChildFailed
from casefiles.errors import CasebinderError
from casefiles.files.scratch import make_scratch_folder, remove_scratch
from casefiles.findings import Finding, Severity
from casefiles.intake.kinds import Kind, KindOf, detect, is_misnamed
from casefiles.intake.limits import FactsLimits, size_in_words
from casefiles.search.page_text import PageText, cut, joined

State = Literal["readable", "held", "sheet"]

READERS: Mapping[Kind, str] = {
    Kind.PDF: "pdf",
    Kind.JPEG: "picture",
    Kind.PNG: "picture",
    **dict.fromkeys((Kind.TIFF, Kind.GIF, Kind.BMP, Kind.WEBP, Kind.HEIC, Kind.AVIF), "frames"),
    Kind.DOCX: "docx",
    **dict.fromkeys((Kind.DOC, Kind.ODT, Kind.RTF, Kind.PPTX, Kind.PPT, Kind.ODP), "office"),
    **dict.fromkeys((Kind.MAIL, Kind.OUTLOOK), "mail"),
    Kind.CALENDAR: "calendar",
    Kind.ZIP: "archive",
    **dict.fromkeys((Kind.AUDIO, Kind.VIDEO), "recording"),
    Kind.TEXT: "text",
    Kind.HTML: "web_page",
    Kind.CHAT: "chat",
    Kind.TABLE: "table",
    Kind.XLSX: "workbook",
    **dict.fromkeys((Kind.XLS, Kind.ODS), "old_workbook"),
}
"""The module of `casefiles.intake.readers` that reads each kind; what is not here gets a sheet."""
_UNTOLD = KindOf(Kind.OTHER, "application/octet-stream", "data")

ASK_AGAIN = "Ask for a fresh copy, or record a placeholder with `casebinder placeholder CASE FILE --reason …`"


@dataclass(frozen=True)
class ChildFile:
    """A file found inside another: its raw name (for display only, never a path) and where its bytes lie now."""

    name: bytes
    path: Path


@dataclass(frozen=True)
class FileFacts:
    """What is known of one file.

    `state`: "readable" (will be drawn), "held" (should be drawable; a finding says why it is not), "sheet"
    (no kind that is drawn; a sheet names it). `pages` counts PDF pages and None elsewhere. `texts` are for
    search: one entry a page that has any, cut at a limit. `children` are attachments, their bytes in the scratch folder that was given.
    """

    kind: Kind
    media_type: str
    state: State
    pages: int | None
    texts: tuple[PageText, ...]
    findings: tuple[Finding, ...]
    children: tuple[ChildFile, ...]

    @property
    def text(self) -> str:
        """All the text as one."""
        return joined(self.texts)


@dataclass(frozen=True)
class Reading:
    """One file to read: where it is, what people call it, where children may be written, and the limits.

    `depth` is how many containers it was found in: 0 for a file that was dropped.
    """

    path: Path
    kind: KindOf
    subject: str
    scratch: Path
    limits: FactsLimits
    depth: int

    def finding(
        self, code: str, severity: Severity, message: str, remedy: str = "", source: str = ""
    ) -> Finding:
        """A finding about this file."""
        return Finding(code, severity, self.subject, message, remedy, source)

    def readable(
        self,
        *,
        pages: int | None = None,
        texts: Iterable[PageText] = (),
        findings: Iterable[Finding] = (),
        children: Iterable[ChildFile] = (),
    ) -> FileFacts:
        """Facts of a file that will be drawn."""
        kept = cut(texts, self.limits.text_characters)
        return FileFacts(
            self.kind.kind, self.kind.media_type, "readable", pages, kept, tuple(findings), tuple(children)
        )

    def held(
        self,
        code: str,
        message: str,
        remedy: str = ASK_AGAIN,
        *,
        others: Iterable[Finding] = (),
        children: Iterable[ChildFile] = (),
        source: str = "",
    ) -> FileFacts:
        """Facts of a file that is held because of `code`."""
        found = (self.finding(code, Severity.ERROR, f"Held: {message}", remedy, source), *others)
        return FileFacts(self.kind.kind, self.kind.media_type, "held", None, (), found, tuple(children))


def read_facts(
    path: Path,
    kind: KindOf,
    scratch: Path,
    limits: FactsLimits | None = None,
    *,
    subject: str = "",
    depth: int = 0,
) -> FileFacts:
    """Read what can be known of one file; runs in a caged child.

    `scratch` is an empty folder; children are written there as `child-0001` and so on. `subject` names the
    file in findings (default: its file name).

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
        Exception: whatever a parser raises; `facts_in_cage` turns it into a held file.
    """
    reading = Reading(path, kind, subject or path.name, scratch, limits or FactsLimits(), depth)
    return _reader(kind.kind)(reading)


def _reader(kind: Kind) -> Callable[[Reading], FileFacts]:
    """By name, because a child pays only for the parsers that it needs."""
    module = READERS.get(kind)
    if module is None:
        return sheet
    read: Callable[[Reading], FileFacts] = importlib.import_module(f"casefiles.intake.readers.{module}").read
    return read


def sheet(reading: Reading) -> FileFacts:
    """Facts of a file that is not drawn: a sheet in the bundle names it."""
    what = reading.kind.detail
    message = f"This is of a kind that casebinder cannot draw ({what}); a sheet stands in its place"
    remedy = "Agree with the court how it is supplied; if it can be printed, drop a PDF of it as well"
    code = "file-empty" if reading.kind.media_type == "application/x-empty" else "file-not-drawn"
    if reading.kind.kind is Kind.WINMAIL:
        code = "winmail-not-opened"
        message = "Outlook wrapped what was attached to a message in this file (winmail.dat); the files inside cannot be taken out"
        remedy = "Ask the sender to send the message again as HTML or plain text, or each file by itself"
    if code == "file-empty":
        message, remedy = (
            "The file is empty (0 bytes)",
            "Ask for the file again: it may not have been copied fully",
        )
    finding = reading.finding(code, Severity.WARNING, message, remedy)
    return FileFacts(reading.kind.kind, reading.kind.media_type, "sheet", None, (), (finding,), ())


def kind_in_cage(executor: CagedExecutor, limits: FactsLimits, path: Path, suffix: str) -> KindOf:
    """As `detect`, in a caged child; a file that breaks the child is "data".

    Raises:
        OSError: the file cannot be read.
    """
    try:
        return executor.submit_limited(limits.cage, detect, path, suffix).result()
    except ChildFailed:
        return _UNTOLD


def facts_in_cage(
    executor: CagedExecutor,
    limits: FactsLimits,
    path: Path,
    kind: KindOf,
    scratch: Path,
    *,
    subject: str = "",
    depth: int = 0,
) -> FileFacts:
    """As `read_facts`, in a caged child; waits. A file that the cage had to stop is held, the limit named.

    Raises:
        OSError: the file cannot be read or the scratch folder not be written.
    """
    return begin_facts(executor, limits, path, kind, scratch, subject=subject, depth=depth)()


def begin_facts(
    executor: CagedExecutor,
    limits: FactsLimits,
    path: Path,
    kind: KindOf,
    scratch: Path,
    *,
    subject: str = "",
    depth: int = 0,
) -> Callable[[], FileFacts]:
    """As `facts_in_cage`, without waiting: call what it returns to wait for the facts."""
    future = executor.submit_limited(
        limits.cage, read_facts, path, kind, scratch, limits, subject=subject, depth=depth
    )
    reading = Reading(path, kind, subject or path.name, scratch, limits, depth)

    def finish() -> FileFacts:
        try:
            return future.result()
        except ChildFailed as failure:
            return _held_by_the_cage(reading, failure)
        except (OSError, CasebinderError):
            raise
        except Exception as error:  # a parser's own; its message may quote the file
            return reading.held("reading-failed", _failed(type(error).__name__))

    return finish


@dataclass(frozen=True)
class ToRead:
    """One file for the cage: where it is, its suffix (with the dot), where files inside it may go, its name in findings.

    `scratch` need not exist. `depth` is how many containers the file was found in.
    """

    path: Path
    suffix: str
    scratch: Path
    subject: str
    depth: int


@dataclass(frozen=True)
class _KindAndFacts:
    """What a child brings back of one file: its kind, and its facts or the name of the parser's own exception."""

    kind: KindOf
    facts: FileFacts | None
    failed: str = ""


def detect_and_read(
    files: Sequence[ToRead], limits: FactsLimits
) -> list[_KindAndFacts | OSError | CasebinderError]:
    """`detect` and `read_facts` of each file in one task of a child; where one cannot be read, the error in its place."""
    return [_one_of_several(file, limits) for file in files]


def _one_of_several(file: ToRead, limits: FactsLimits) -> _KindAndFacts | OSError | CasebinderError:
    try:
        make_scratch_folder(file.scratch)
        kind = detect(file.path, file.suffix)
        facts = read_facts(file.path, kind, file.scratch, limits, subject=file.subject, depth=file.depth)
        if not facts.children:
            remove_scratch(file.scratch)
        if is_misnamed(kind.kind, file.suffix):
            facts = replace(facts, findings=(*facts.findings, _misnamed(file, kind)))
        return _KindAndFacts(kind, facts)
    except (OSError, CasebinderError) as error:
        return error
    except MemoryError:
        raise
    except Exception as error:  # a parser's own; its message may quote the file
        return _KindAndFacts(kind, None, type(error).__name__)


def _misnamed(file: ToRead, kind: KindOf) -> Finding:
    return Finding(
        "name-misleads",
        Severity.NOTE,
        file.subject or file.path.name,
        f"Its name ends in {file.suffix}, but it is of another sort ({kind.detail}); it is read as what it is",
        "Nothing needs doing here; whoever opens the original may need another program",
    )


def begin_reading(
    executor: CagedExecutor, limits: FactsLimits, files: Sequence[ToRead]
) -> list[Callable[[], tuple[KindOf, FileFacts]]]:
    """Tell kind and facts of some files in one task of a caged child; call what it returns, one a file, to wait.

    What is returned raises `OSError` where the file cannot be read. Where the cage had to stop the task, each file is
    read alone: the one that was too much is held, the limit named; one whose kind cannot be told either is "data".
    """
    future = executor.submit_limited(limits.cage, detect_and_read, files, limits)

    def finish(number: int) -> tuple[KindOf, FileFacts]:
        file = files[number]
        try:
            found = future.result()[number]
        except ChildFailed as failure:
            if failure.reason == "killed" and (executor.stopped or len(files) == 1):
                return _UNTOLD, _held_by_the_cage(_plainly(file, _UNTOLD, limits), failure)
            remove_scratch(file.scratch)
            return _alone(executor, limits, file, failure) if len(files) == 1 else _again(file)
        if isinstance(found, Exception):
            raise found
        if found.facts is not None:
            return found.kind, found.facts
        return found.kind, _plainly(file, found.kind, limits).held("reading-failed", _failed(found.failed))

    def _again(file: ToRead) -> tuple[KindOf, FileFacts]:
        return begin_reading(executor, limits, [file])[0]()

    return [partial(finish, number) for number in range(len(files))]


def _alone(
    executor: CagedExecutor, limits: FactsLimits, file: ToRead, failure: ChildFailed
) -> tuple[KindOf, FileFacts]:
    """A file that broke its child, once more and step by step: which of the two was it?"""
    kind = kind_in_cage(executor, limits, file.path, file.suffix)
    if kind.kind is not Kind.OTHER:
        return kind, _held_by_the_cage(_plainly(file, kind, limits), failure)
    make_scratch_folder(file.scratch)
    facts = facts_in_cage(
        executor, limits, file.path, kind, file.scratch, subject=file.subject, depth=file.depth
    )
    return kind, facts


def _plainly(file: ToRead, kind: KindOf, limits: FactsLimits) -> Reading:
    return Reading(file.path, kind, file.subject or file.path.name, file.scratch, limits, file.depth)


def _failed(exception: str) -> str:
    return f"the program that reads it failed ({exception})"


def _held_by_the_cage(reading: Reading, failure: ChildFailed) -> FileFacts:
    cage = reading.limits.cage
    messages = {
        "time": f"reading it took more than {cage.seconds:g} seconds",
        "memory": f"reading it needed more than {size_in_words(cage.memory_bytes)} of memory",
        "output": f"it unpacks to more than {size_in_words(cage.output_bytes)}",
        "killed": "the program that reads it was stopped from outside",
        "crashed": "the program that reads it crashed",
    }
    remedy = ASK_AGAIN
    if failure.reason == "killed":
        remedy = "Run `casebinder scan` again; if it stays, the machine may be short of memory"
    return reading.held(f"reading-{failure.reason}", messages[failure.reason], remedy)


def renamed(facts: FileFacts, subject: str) -> FileFacts:
    """The same facts with their findings about `subject`: facts are kept by hash, names change."""
    return replace(facts, findings=tuple(replace(one, subject=subject) for one in facts.findings))
