"""`casebinder doctor`: what this share offers and what this machine lacks, with the line to type."""

from __future__ import annotations

import os
import shutil
import signal
import textwrap
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TypeVar

import click

from casefiles.caged import minimal_environment
from casefiles.chain.keyring import EMPTY_RING
from casefiles.errors import CasebinderError, FileInvalid, Unavailable, UsageError
from casefiles.layout import CaseLayout, LocalLayout, evidence_path
from casefiles.share.checkup import Area, Check, State, exit_code
from casefiles.share.cloud_only import look_for_cloud_only
from casefiles.share.mounts import read_mounts
from casefiles.share.probe import Outside, ShareFacts, answers, probe_share
from casefiles.share.verdict import judge_cloud_only, judge_share, unusable
from casefiles.shown import shown_path
from casefiles.uk_dates import london_text
from cli.doctor.facts import admitted, index_facts, key_facts, machine_facts, watcher_runs
from cli.doctor.verdict import judge_index, judge_key, judge_machine
from cli.local_state import local_layout
from cli.output import Coloured, print_json, say
from cli.wording import counted
from cli.workspace import Workspace, child_environment, find_workspace

ANSWER_SECONDS = 15.0
LONGEST_SINCE_SCAN = timedelta(hours=26)
NAMED = 3
WIDEST, NARROWEST = 100, 60
_COLOURS = {State.OK: "green", State.NOTE: None, State.LOOK: "yellow", State.MISSING: "red"}
_TITLES = {
    Area.SHARE: "The share",
    Area.WORKSPACE: "The workspace",
    Area.PROGRAMS: "Outside programs",
    Area.MACHINE: "This machine",
}
T = TypeVar("T")


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print facts for programs.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Say what the share offers and what this machine lacks, with the line to type.

    Nothing is changed: what is tried out is tried in a folder of its own, which is removed again. Without a workspace
    only the machine is looked at. Ends with 0 if all is well, 3 if there is something to look at, 5 if the share
    cannot be used, 6 if an outside program is missing.
    """
    root, checks = examine(context.obj, local_layout())
    code = exit_code(checks)
    if as_json:
        found = [finding.as_json() for check in checks if (finding := check.finding())]
        rows = [check.as_json() for check in checks]
        print_json(
            {
                "workspace": str(root) if root else None,
                "exit_code": int(code),
                "checks": rows,
                "findings": found,
            }
        )
    else:
        _show(root, checks)
    context.exit(code)


def examine(named: str | None, local: LocalLayout) -> tuple[Path | None, list[Check]]:
    """The workspace's root (None without one) and every check, the share's first."""
    environment = child_environment() | minimal_environment(Path("/"), child_environment()["PATH"])
    mountinfo = read_mounts()
    checks: list[Check] = []
    space: Workspace | None = None
    try:
        space = _in_time(lambda: _reached(named))
    except UsageError as error:
        none = Check("workspace-found", Area.WORKSPACE, "Workspace", State.NOTE, error.message, error.remedy)
        checks.append(none)
    except CasebinderError as error:
        checks.append(unusable(error.message, error.remedy))
    if space is not None:
        checks += _of_the_share(space, environment, mountinfo)
        checks += _of_the_workspace(space)
    root = space.layout.root if space else None
    checks += judge_machine(machine_facts(local, root, environment, mountinfo))
    if space is not None:
        checks += _of_both(space, local)
    return root, checks


def _reached(named: str | None) -> Workspace:
    space = find_workspace(named)
    answers(space.layout.root)
    return space


def _in_time(ask: Callable[[], T]) -> T:
    """What `ask` gives. A share that hangs hangs whoever looks at it: another thread does, which is left behind.

    Raises:
        Unavailable: no answer within `ANSWER_SECONDS`.
        CasebinderError: as `ask` raises.
    """
    answer: list[T] = []
    failed: list[Exception] = []

    def look() -> None:
        try:
            answer.append(ask())
        except Exception as error:  # raised again below, by whoever asked
            failed.append(error)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(ANSWER_SECONDS)
    if failed:
        raise failed[0]
    if not answer:
        raise Unavailable(
            f"The share does not answer within {ANSWER_SECONDS:.0f} seconds.",
            remedy="Check the network and the file server, then disconnect the share and connect it again.",
        )
    return answer[0]


def _of_the_share(space: Workspace, environment: dict[str, str], mountinfo: str) -> Iterator[Check]:
    layout = space.layout
    outside = Outside(
        token=space.recorder.random_bytes(6).hex(),
        now=space.recorder.now,
        environment=environment,
        mountinfo=mountinfo,
    )
    try:
        with _tidy_when_stopped():
            facts = probe_share(layout.cases if layout.cases.is_dir() else layout.root, outside)
    except CasebinderError as error:
        yield unusable(error.message, error.remedy)
        return
    yield from judge_share(facts)
    yield _cloud_only(space, facts)


@contextmanager
def _tidy_when_stopped() -> Iterator[None]:
    """While this holds, being told to end is like Ctrl-C: what was made on the share is removed first."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _cloud_only(space: Workspace, facts: ShareFacts) -> Check:
    folders = (folder for case in space.case_folders() for folder in _evidence_folders(case))
    look = look_for_cloud_only(
        folders,
        blocks_counted=facts.blocks_counted,
        attributes=facts.mount is None
        or facts.mount.network
        or facts.mount.kind.startswith(("ntfs", "fuse")),
    )
    return judge_cloud_only(look, os.fsencode(space.layout.root))


def _evidence_folders(case: Path) -> list[bytes]:
    """The evidence folders as `case.toml` names them, or the usual one where it cannot be read."""
    from casefiles.case_schema import read_case

    try:
        named = [evidence_path(name) for name in read_case(CaseLayout(case).case_file).evidence]
    except (CasebinderError, ValueError):
        named = [b"evidence"]
    return [os.path.join(os.fsencode(case), name) for name in named]  # noqa: PTH118 - raw bytes


def _of_the_workspace(space: Workspace) -> Iterator[Check]:
    name = "casebinder.toml"
    try:
        _ = space.settings
        yield Check("workspace-settings", Area.WORKSPACE, name, State.OK, "Follows its schema.")
    except CasebinderError as error:
        yield Check("workspace-settings", Area.WORKSPACE, name, State.LOOK, error.message, error.remedy)
    yield _cases(space)
    yield _last_scan(space, watched=_watched(space))


def _watched(space: Workspace) -> bool:
    try:
        return watcher_runs(space.local, space.id)
    except CasebinderError:  # said above: the settings cannot be read
        return False


def _cases(space: Workspace) -> Check:
    from casefiles.case_schema import read_case

    broken = []
    try:
        folders = space.case_folders()
    except CasebinderError as error:
        return unusable(error.message, error.remedy)
    for folder in folders:
        try:
            read_case(CaseLayout(folder).case_file)
            CaseLayout(folder).events.stat()
        except (FileInvalid, Unavailable, OSError):
            broken.append(folder)
    if not broken:
        return Check(
            "workspace-cases",
            Area.WORKSPACE,
            "Cases",
            State.OK,
            f"{counted(len(folders), 'case')}, all readable.",
        )
    first = ", ".join(f"“{shown_path(Path(folder.name))}”" for folder in broken[:NAMED])
    more = f" and {len(broken) - NAMED:,} more" if len(broken) > NAMED else ""
    return Check(
        "workspace-cases",
        Area.WORKSPACE,
        "Cases",
        State.LOOK,
        f"{len(broken):,} of {counted(len(folders), 'case')} cannot be read: {first}{more}.",
        "This says what is wrong with each:",
        "casebinder scan",
    )


def _last_scan(space: Workspace, *, watched: bool) -> Check:
    """When all cases were scanned last, by the root page, which every scan keeps to the quarter of an hour."""
    name = "Last scan"
    todo, line = "Start the watcher, or scan:", "casebinder scan"
    if not space.case_folders():
        return Check("workspace-scan", Area.WORKSPACE, name, State.OK, "There is no case to scan yet.")
    try:
        at = datetime.fromtimestamp(space.layout.status_page.stat().st_mtime, UTC)
    except OSError:
        return Check("workspace-scan", Area.WORKSPACE, name, State.LOOK, "None yet.", todo, line)
    said = f"About {london_text(at)}."
    if watched:
        said += " This machine’s watcher is at work."
    if space.recorder.now() - at > LONGEST_SINCE_SCAN:
        return Check(
            "workspace-scan",
            Area.WORKSPACE,
            name,
            State.LOOK,
            f"{said} Nothing has been taken in since.",
            todo,
            line,
        )
    return Check("workspace-scan", Area.WORKSPACE, name, State.OK, said)


def _of_both(space: Workspace, local: LocalLayout) -> Iterator[Check]:
    """What this machine keeps about the workspace: its index, and whether its key counts there."""
    from casefiles.chain.keyring import read_ring
    from casefiles.chain.pins import pinned_roots

    try:
        yield from judge_index(index_facts(local, space.id))
    except CasebinderError as error:  # the workspace has no readable id
        yield Check("machine-index", Area.MACHINE, "Index", State.NOTE, f"Not looked for: {error.message}")
    key, ring, trouble = key_facts(local), EMPTY_RING, ""
    try:
        ring = read_ring(space.layout, pinned_roots(local, space.layout.root))
        trouble = next((finding.message for finding in ring.findings), "")
    except CasebinderError as error:
        trouble = error.message
    yield judge_key(key, admitted(ring, key, space.recorder.host), trouble)


def _show(root: Path | None, checks: Sequence[Check]) -> None:
    width = max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))
    column = max(len(check.name) for check in checks) + 1
    for area in Area:
        listed = [check for check in checks if check.area is area]
        if not listed:
            continue
        where = f": {shown_path(root)}" if root and area is Area.SHARE else ""
        say(f"{_TITLES[area]}{where}", bold=True)
        for check in listed:
            _line(check, width, column)
    _what_to_do(checks, width)


def _line(check: Check, width: int, column: int) -> None:
    before = 10 + column
    first, *rest = textwrap.wrap(check.says, width - before, break_on_hyphens=False) or [""]
    say(
        "  ",
        Coloured(f"{check.state.value:8}", _COLOURS[check.state]),
        f"{check.name:{column}}{first}",
    )
    for line in rest:
        say(" " * before + line)


def _what_to_do(checks: Iterable[Check], width: int) -> None:
    worth = (State.MISSING, State.LOOK, State.NOTE)
    todo = sorted((check for check in checks if check.todo), key=lambda check: worth.index(check.state))
    pressing = [check for check in todo if check.state is not State.NOTE]
    say("")
    if not pressing:
        say("Nothing needs doing.", fg="green")
    for title, listed in (
        ("What to do", pressing),
        ("If you want to", [check for check in todo if check.state is State.NOTE]),
    ):
        if listed:
            say(title, bold=True)
        for check in listed:
            for line in textwrap.wrap(
                f"{check.name}: {check.todo}", width - 4, initial_indent="  ", subsequent_indent="    ",
                break_on_hyphens=False, break_long_words=False,
            ):  # fmt: skip
                say(line)
            if check.line:
                say(f"      {check.line}")
