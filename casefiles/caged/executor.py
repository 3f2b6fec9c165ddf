"""A `concurrent.futures.Executor` whose tasks run in warm, caged child processes."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import queue
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from casefiles.caged.frames import READY, FrameLost, FrameSocket, FrameTooLarge, Reply, Request
from casefiles.caged.limits import ChildFailed, Limits, Reason

T = TypeVar("T")

START_SECONDS = 60.0
END_SECONDS = 5.0
TASKS_A_CHILD = 100
RESULT_ENVELOPE_BYTES = 64 * 1024
_SIGNAL_REASONS: Mapping[int, Reason] = {
    signal.SIGXCPU: "time",
    signal.SIGXFSZ: "output",
    signal.SIGKILL: "killed",
    signal.SIGTERM: "killed",
}


@dataclass
class _Task:
    future: Future[Any]
    request: Request


@dataclass(eq=False)
class _Child:
    """One running guard with its worker, and our ends of the lines to them."""

    process: subprocess.Popen[bytes]
    frames: FrameSocket
    tasks_done: int = 0

    def await_own_end(self) -> None:
        """The worker has hung up: leave the guard a moment to see why, before `end` hurries it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)

    def end(self) -> dict[str, int]:
        """Kill whatever is left, wait, and return how the worker ended (empty if the guard could not say)."""
        self.frames.raw.close()
        assert self.process.stdin is not None and self.process.stdout is not None  # noqa: S101
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()  # the guard sees the end of its input and kills all below it
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        said = self.process.stdout.read()
        self.process.stdout.close()
        status: dict[str, int] = json.loads(said) if said else {}
        return status


@dataclass
class _Shared:
    """What the submitting threads and the keeper threads share, under `lock` where it changes."""

    waiting: queue.SimpleQueue[_Task | None] = field(default_factory=queue.SimpleQueue)
    lock: threading.Lock = field(default_factory=threading.Lock)
    keepers: list[threading.Thread] = field(default_factory=list)
    children: set[_Child] = field(default_factory=set)
    idle: int = 0
    closed: bool = False
    stopped: bool = False


class CagedExecutor(Executor):
    """A small pool of warm child processes with limits; one task at a time in each.

    Children start when first needed, and are replaced after a failure and after `tasks_a_child` tasks. A
    function is handed over by name, so it must be importable in the child. `environment` is the child's whole
    environment; its HOME is its working folder. `python` is the interpreter. Use it as a context manager:
    leaving it because of an exception (an interrupt, too) kills running tasks instead of waiting for them.
    """

    def __init__(
        self,
        workers: int,
        limits: Limits,
        python: str | Path,
        environment: Mapping[str, str],
        *,
        tasks_a_child: int = TASKS_A_CHILD,
    ) -> None:
        if workers < 1 or tasks_a_child < 1:
            raise ValueError("a pool has at least one worker, and a child does at least one task")
        self.limits = limits
        self.workers = workers
        self._command = [str(python), "-P", "-s", "-m", "casefiles.caged.child"]
        self._environment = dict(environment)
        self._tasks_a_child = tasks_a_child
        self._shared = _Shared()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called: nothing more is run."""
        return self._shared.stopped

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run `fn(*args, **kwargs)` in a child, under the pool's limits.

        The future raises `ChildFailed`, or the very exception that `fn` raised.

        Raises:
            RuntimeError: the pool has been shut down.
            pickle.PicklingError, AttributeError, TypeError: the function or an argument cannot be sent.
        """
        return self.submit_limited(self.limits, fn, *args, **kwargs)

    def submit_limited(self, limits: Limits, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """As `submit`, with limits for this one task."""
        request = Request(limits, pickle.dumps((fn, args, kwargs)))
        future: Future[T] = Future()
        with self._shared.lock:
            if self._shared.closed:
                raise RuntimeError("The pool of child processes has been shut down")
            self._shared.waiting.put(_Task(future, request))
            unclaimed = self._shared.waiting.qsize() > self._shared.idle
            if unclaimed and len(self._shared.keepers) < self.workers:
                # The thread that starts a child must outlive it: PR_SET_PDEATHSIG follows the thread.
                keeper = threading.Thread(target=self._keep, name="caged-keeper", daemon=True)
                self._shared.keepers.append(keeper)
                keeper.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks; finish what was submitted, or cancel what has not begun."""
        with self._shared.lock:
            self._shared.closed = True
            keepers = list(self._shared.keepers)
            if cancel_futures:
                self._cancel_waiting()
            for _ in keepers:
                self._shared.waiting.put(None)
        if wait:
            for keeper in keepers:
                keeper.join()

    def stop(self) -> None:
        """Kill running tasks (their futures raise `ChildFailed("killed", …)`) and cancel the others."""
        with self._shared.lock:
            self._shared.stopped = True
            for child in self._shared.children:
                with contextlib.suppress(ProcessLookupError):
                    child.process.send_signal(signal.SIGTERM)
        self.shutdown(wait=True, cancel_futures=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.shutdown(wait=True)
        else:
            self.stop()

    def _cancel_waiting(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                task = self._shared.waiting.get_nowait()
                if task is not None and task.future.cancel():
                    task.future.set_running_or_notify_cancel()

    def _keep(self) -> None:
        """A keeper thread: takes tasks and gives each to its own child, until told to go."""
        child: _Child | None = None
        try:
            while (task := self._next_task()) is not None:
                if task.future.set_running_or_notify_cancel():
                    child = self._run(child, task)
        finally:
            self._end(child)

    def _next_task(self) -> _Task | None:
        with self._shared.lock:
            self._shared.idle += 1
        try:
            return self._shared.waiting.get()
        finally:
            with self._shared.lock:
                self._shared.idle -= 1

    def _run(self, child: _Child | None, task: _Task) -> _Child | None:
        """Run one task; returns the child for the next one, or None if it must be replaced."""
        try:
            child = child or self._start()
            reply = self._converse(child, task.request)
        except ChildFailed as failure:
            self._end(child)
            task.future.set_exception(failure)
            return None
        except BaseException as error:
            self._end(child)
            task.future.set_exception(error)
            raise
        child.tasks_done += 1
        spent = (
            reply.tainted or isinstance(reply.error, ChildFailed) or child.tasks_done >= self._tasks_a_child
        )
        if spent:
            self._end(child)  # before the answer: nothing of the task outlives it
        if reply.error is not None:
            task.future.set_exception(reply.error)
        else:
            task.future.set_result(reply.value)
        return None if spent else child

    def _converse(self, child: _Child, request: Request) -> Reply:
        limits = request.limits
        deadline = time.monotonic() + limits.seconds
        largest = limits.result_bytes + RESULT_ENVELOPE_BYTES
        try:
            child.frames.send(pickle.dumps(request), deadline=deadline)
            reply: Reply = pickle.loads(child.frames.receive(max_bytes=largest, deadline=deadline))  # noqa: S301
        except TimeoutError:
            raise ChildFailed("time", f"it took more than {limits.seconds:g} seconds") from None
        except FrameTooLarge as error:
            raise ChildFailed("output", f"the result is too large: {error}") from None
        except FrameLost:
            child.await_own_end()
            raise self._explain(self._end(child), limits) from None
        except Exception as error:
            raise ChildFailed("crashed", f"its result cannot be read: {error!r}") from error
        return reply

    def _explain(self, status: Mapping[str, int], limits: Limits) -> ChildFailed:
        if self._shared.stopped:
            return ChildFailed("killed", "casebinder was told to stop")
        code = status.get("code")
        if code is None:
            return ChildFailed("killed", "its guard was killed")
        if code >= 0:
            return ChildFailed("crashed", f"it ended by itself with exit code {code}")
        name = signal.Signals(-code).name
        if -code in _SIGNAL_REASONS:
            return ChildFailed(_SIGNAL_REASONS[-code], f"ended by {name}")
        if status.get("rss_bytes", 0) > 0.8 * limits.memory_bytes:
            return ChildFailed("memory", f"ended by {name} close to its memory limit")
        return ChildFailed("crashed", f"ended by {name}")

    def _start(self) -> _Child:
        if self._shared.stopped:
            raise ChildFailed("killed", "casebinder was told to stop")
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = subprocess.Popen(
                    [*self._command, str(theirs.fileno()), str(os.getpid())],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    cwd=self._environment.get("HOME", "/"),
                    env=self._environment,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
            except OSError as error:
                ours.close()
                raise ChildFailed("crashed", f"it could not be started: {error}") from error
        child = _Child(process, FrameSocket(ours))
        with self._shared.lock:
            self._shared.children.add(child)
        try:
            child.frames.receive(max_bytes=len(READY), deadline=time.monotonic() + START_SECONDS)
        except (TimeoutError, FrameLost, FrameTooLarge) as error:
            status = self._end(child)
            if self._shared.stopped:
                raise self._explain(status, self.limits) from None
            raise ChildFailed("crashed", f"it did not become ready: {error}") from error
        return child

    def _end(self, child: _Child | None) -> dict[str, int]:
        """End a child once; a second call does nothing and says nothing."""
        with self._shared.lock:
            if child is None or child not in self._shared.children:
                return {}
        status = child.end()
        with self._shared.lock:
            self._shared.children.discard(child)
        return status
