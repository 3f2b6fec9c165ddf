"""`casebinder watch`: the service that takes in what is dropped as it comes."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from casefiles.errors import ExitCode, UsageError
from cli.output import say
from cli.watch.rounds import Listeners, Rounds
from cli.watch.scans import ScanReader
from cli.watch.signals import Doorbell, StopSignals, Supervisor
from cli.watch.talk import Talk, talk_for
from cli.workspace import Workspace, find_workspace, private_folder
from watcher.hints import HintBox
from watcher.observer import Observer
from watcher.service import End, Outside, Said, Service


@click.command("watch")
@click.option("--poll", is_flag=True, help="Look at intervals only; do not ask the system for hints.")
@click.option("--log", is_flag=True, help="Write log lines instead of the live line, on a terminal too.")
@click.pass_context
def command(context: click.Context, poll: bool, log: bool) -> None:
    """Take in what is dropped into any case, until stopped.

    Looks every [watch] every_seconds, and at once where the system tells of a change. Without a terminal it writes a
    log, one JSON object a line, to standard error. To look once, from a timetable: casebinder scan
    """
    space = find_workspace(context.obj)
    with _only_one(space):
        live = sys.stderr.isatty() and not log
        context.exit(_watch(space, poll=poll, live=live))


def _watch(space: Workspace, *, poll: bool, live: bool) -> int:
    warnings.simplefilter("ignore")  # libraries' own, on standard error, would name files
    supervisor = Supervisor(os.environ.get("NOTIFY_SOCKET"))
    doorbell = Doorbell()
    signals = StopSignals(doorbell)
    with closing(doorbell), signals.listening(), closing(talk_for(space, live=live)) as talk:
        with _threads_heard(talk):
            end = _run(space, talk, supervisor, doorbell, signals, poll=poll)
        supervisor.tell("STOPPING=1")
    if end is End.GAVE_UP:
        return int(ExitCode.UNEXPECTED)
    if live:
        say("Stopped. Nothing half-done is left behind.", err=True)
    return int(ExitCode.INTERRUPTED) if signals.asked == signal.SIGINT else int(ExitCode.DONE)


def _run(
    space: Workspace,
    talk: Talk,
    supervisor: Supervisor,
    doorbell: Doorbell,
    signals: StopSignals,
    *,
    poll: bool,
) -> End:
    def progress(stage: str, done: int, total: int) -> None:
        supervisor.tell("WATCHDOG=1")
        talk.progress(stage, done, total)

    def idle() -> None:
        supervisor.tell("WATCHDOG=1")
        rounds.cool()

    def say_it(said: Said) -> None:
        talk.say(said)
        if said.report is not None:
            scans.wake(said.report.news)
            supervisor.tell(f"STATUS={said.report.cases} cases, {said.report.waiting} files not finished")

    box = HintBox(time.monotonic, doorbell.ring)
    scans = ScanReader(space, talk.thread_failed)
    with closing(scans), closing(Rounds(space, signals, Listeners(talk.case, progress))) as rounds:
        outside = Outside(
            look=rounds.look,
            idle=idle,
            root=rounds.root,
            clock=time.monotonic,
            wait=doorbell.wait,
            stopping=lambda: signals.asked is not None,
            say=say_it,
            box=box,
            observer=None if poll else Observer(space.layout.cases, box),
        )
        service = Service(outside, lambda: rounds.pace, rounds.root())
        supervisor.tell("READY=1")
        return service.run()


@contextmanager
def _only_one(space: Workspace) -> Iterator[None]:
    """Hold this machine's lock on watching the workspace; the system gives it back however the process ends.

    Raises:
        UsageError: a watcher is at work.
    """
    folder = private_folder(private_folder(space.local.root / "watch") / space.settings.id)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                "This machine is watching this workspace already.",
                remedy="Stop the other watcher first, or leave it to do the work.",
            ) from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _threads_heard(talk: Talk) -> Iterator[None]:
    """A dying thread would print its error's words, which may name files."""
    before = threading.excepthook
    threading.excepthook = lambda failed: talk.thread_failed(failed.exc_value)
    try:
        yield
    finally:
        threading.excepthook = before
