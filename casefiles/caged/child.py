"""The process that runs caged tasks: a guard that does nothing but watch, and the worker that it forks.

The guard leads its own session and adopts every orphan below it. When its parent goes away (end of input,
or SIGTERM by PR_SET_PDEATHSIG) or the worker ends, it kills all that is left and says how the worker ended.
A guard of its own is needed because a worker deep in native code cannot run any handler.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import math
import os
import pickle
import resource
import select
import signal
import socket
import sys
import threading
import traceback
from types import FrameType
from typing import NoReturn

from casefiles.caged.frames import READY, FrameLost, FrameSocket, Reply, Request
from casefiles.caged.limits import ChildFailed, Limits

MAX_REQUEST_BYTES = 1 << 30
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main(arguments: list[str]) -> int:
    """Guard and worker. Arguments: the frame socket's descriptor and the parent's process id."""
    descriptor, parent = int(arguments[0]), int(arguments[1])
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    if os.getppid() != parent:
        return 1  # it died before we asked to be told
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    guard = os.getpid()
    worker = os.fork()
    if worker == 0:
        _become_worker(socket.socket(fileno=descriptor), guard)
    os.close(descriptor)
    return _guard(worker)


def _guard(worker: int) -> int:
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, _noted)
    signal.signal(signal.SIGTERM, _noted)
    status: dict[str, int] | None = None
    while status is None:
        # A worker that ended before the handlers stood sends no signal: look first, then wait.
        status = _reap(worker)
        if status is not None:
            break
        ready, _, _ = select.select([0, wake_read], [], [])
        if 0 in ready or (wake_read in ready and signal.SIGTERM in os.read(wake_read, 64)):
            break
    _kill_descendants()
    with contextlib.suppress(BrokenPipeError):  # nobody left to tell
        os.write(1, json.dumps(status or {}).encode())
    return 0


def _reap(worker: int) -> dict[str, int] | None:
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return {"code": 0, "rss_bytes": 0}
        if pid == worker:
            return {"code": os.waitstatus_to_exitcode(status), "rss_bytes": usage.ru_maxrss * 1024}
        if pid == 0:
            return None


def _kill_descendants() -> None:
    """Kill children until there are none: those of a killed child become ours (we are the subreaper)."""
    while True:
        children = _children(os.getpid())
        if children is None:  # no list on this system: the group is the next best
            os.killpg(0, signal.SIGKILL)
        for pid in children or ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def _children(pid: int) -> list[int] | None:
    """The process ids of the direct children of `pid`, zombies included; None where the system has no list."""
    found: list[int] = []
    tasks = f"/proc/{pid}/task"
    try:
        for task in os.listdir(tasks):  # noqa: PTH208 - asked twice after every task: plain and quick
            with open(f"{tasks}/{task}/children", "rb", buffering=0) as stream:  # noqa: PTH123
                found += [int(word) for word in stream.readall().split()]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return found


def _noted(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing: the wake-up descriptor tells the loop."""


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        library = ctypes.CDLL(None, use_errno=True)
        if library.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl({option}) was refused")


def _become_worker(raw: socket.socket, guard: int) -> NoReturn:
    code = 1
    try:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # Python ignores it, and a native library may not look at what write() says: let the kernel end us.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        raw.set_inheritable(False)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        if os.getppid() == guard:
            _serve(FrameSocket(raw), guard)
            code = 0
    except FrameLost:
        code = 0  # the parent has no more work
    finally:
        os._exit(code)


def _serve(frames: FrameSocket, guard: int) -> None:
    frames.send(READY, deadline=None)
    while True:
        request: Request = pickle.loads(frames.receive(max_bytes=MAX_REQUEST_BYTES, deadline=None))  # noqa: S301
        _apply(request.limits)
        reply = _perform(request.call)
        tainted = _left_behind(guard)
        frames.send(_encode(Reply(reply.value, reply.error, tainted), request.limits), deadline=None)


def _apply(limits: Limits) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used_seconds = usage.ru_utime + usage.ru_stime
    for kind, value in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.output_bytes),
        (resource.RLIMIT_CPU, math.ceil(used_seconds + 2 * limits.seconds) + 1),
    ):
        hard = resource.getrlimit(kind)[1]
        soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (soft, hard))


def _perform(call: bytes) -> Reply:
    try:
        function, arguments, keywords = pickle.loads(call)  # noqa: S301
        return Reply(function(*arguments, **keywords), None, False)
    except MemoryError:
        return Reply(None, ChildFailed("memory", "an allocation was refused"), False)
    except BaseException as error:
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return Reply(None, ChildFailed("memory", "the system refused memory"), False)
        error.add_note("In the caged child:\n" + "".join(traceback.format_tb(error.__traceback__)))
        return Reply(None, error, False)


def _left_behind(guard: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    own, adopted = _children(os.getpid()), _children(guard)
    unguarded = os.getppid() != guard
    return (
        unguarded or bool(own) or bool(adopted and adopted != [os.getpid()]) or threading.active_count() > 1
    )


def _encode(reply: Reply, limits: Limits) -> bytes:
    try:
        encoded = pickle.dumps(reply)
        if reply.error is not None:
            pickle.loads(encoded)  # noqa: S301 - an exception may pickle and yet not come back
    except MemoryError:
        return pickle.dumps(Reply(None, ChildFailed("memory", "the result did not fit"), True))
    except Exception as error:  # whatever a foreign class's reduction raises
        what = repr(reply.error) if reply.error is not None else f"the result cannot be sent: {error!r}"
        return pickle.dumps(Reply(None, ChildFailed("crashed", what[:2000]), reply.tainted))
    if len(encoded) > limits.result_bytes:
        failure = ChildFailed(
            "output", f"a result of {len(encoded)} bytes, allowed are {limits.result_bytes}"
        )
        return pickle.dumps(Reply(None, failure, True))
    return encoded


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
