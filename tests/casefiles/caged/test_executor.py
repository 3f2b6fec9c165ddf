"""The pool against tasks that misbehave. `exec` and `eval` are tasks every child can import."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from casefiles.caged import CagedExecutor, ChildFailed, Limits, minimal_environment
from casefiles.errors import UsageError

MIB = 1 << 20
ROOMY = Limits(seconds=60, memory_bytes=512 * MIB, output_bytes=16 * MIB, result_bytes=4 * MIB)
WAIT_SECONDS = 60


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[CagedExecutor]:
    with CagedExecutor(1, ROOMY, sys.executable, minimal_environment(tmp_path)) as executor:
        yield executor


def fails(pool: CagedExecutor, reason: str, source: str, limits: Limits = ROOMY) -> ChildFailed:
    with pytest.raises(ChildFailed) as caught:
        pool.submit_limited(limits, exec, source, {}).result(WAIT_SECONDS)
    assert caught.value.reason == reason
    assert pool.submit(eval, "6 * 7").result(WAIT_SECONDS) == 42, "the pool goes on with a new child"
    return caught.value


def is_gone(descriptor: int) -> bool:
    """True once the process behind a pidfd has ended (waits for it)."""
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(WAIT_SECONDS * 1000))


def test_a_result_comes_back(pool: CagedExecutor) -> None:
    assert pool.submit(sorted, [3, 1, 2], reverse=True).result(WAIT_SECONDS) == [3, 2, 1]


def test_one_child_serves_many_tasks_and_is_another_process(pool: CagedExecutor) -> None:
    pids = {pool.submit(os.getpid).result(WAIT_SECONDS) for _ in range(5)}
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_a_child_is_replaced_after_its_share_of_tasks(tmp_path: Path) -> None:
    with CagedExecutor(1, ROOMY, sys.executable, minimal_environment(tmp_path), tasks_a_child=3) as pool:
        pids = [pool.submit(os.getpid).result(WAIT_SECONDS) for _ in range(7)]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 1]


def test_an_exception_of_the_task_comes_back_as_itself(pool: CagedExecutor) -> None:
    source = "from casefiles.errors import UsageError\nraise UsageError('no such page', remedy='Look again')"
    with pytest.raises(UsageError, match="no such page") as caught:
        pool.submit(exec, source, {}).result(WAIT_SECONDS)
    assert caught.value.remedy == "Look again"
    assert "In the caged child" in caught.value.__notes__[0]


def test_an_exception_that_does_not_pickle_back_is_a_crash_with_its_repr(pool: CagedExecutor) -> None:
    source = (
        "class Odd(Exception):\n    def __init__(self, a, b): super().__init__(a)\nraise Odd('two', 'parts')"
    )
    assert "Odd('two')" in fails(pool, "crashed", source).detail


def test_a_result_that_does_not_pickle_is_a_crash(pool: CagedExecutor) -> None:
    with pytest.raises(ChildFailed) as caught:
        pool.submit(eval, "lambda: 0").result(WAIT_SECONDS)
    assert caught.value.reason == "crashed"


def test_a_spinning_child_is_stopped(pool: CagedExecutor) -> None:
    limits = Limits(0.5, 512 * MIB, MIB)
    assert "0.5 seconds" in fails(pool, "time", "while True: pass", limits).detail


def test_a_child_spinning_in_native_code_is_stopped(pool: CagedExecutor) -> None:
    fails(pool, "time", "pow(7, 10 ** 9)", Limits(0.5, 512 * MIB, MIB))


def test_cpu_time_is_limited_even_where_nobody_watches_the_clock(pool: CagedExecutor) -> None:
    source = (
        "import resource, time\n"
        "used = time.process_time()\n"
        "soft = resource.getrlimit(resource.RLIMIT_CPU)[0]\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1, soft))\n"
        "while True: pass"
    )
    assert "SIGXCPU" in fails(pool, "time", source).detail


def test_a_child_that_eats_memory(pool: CagedExecutor) -> None:
    fails(pool, "memory", "kept = []\nwhile True: kept.append(bytearray(1 << 20))")


def test_limits_can_be_given_for_one_task(pool: CagedExecutor) -> None:
    source = "len(bytearray(300 << 20))"
    small, large = Limits(60, 256 * MIB, MIB), Limits(60, 1024 * MIB, MIB)
    with pytest.raises(ChildFailed) as caught:
        pool.submit_limited(small, eval, source).result(WAIT_SECONDS)
    assert caught.value.reason == "memory"
    assert pool.submit_limited(large, eval, source).result(WAIT_SECONDS) == 300 << 20
    assert pool.submit(eval, "len(bytearray(1 << 20))").result(WAIT_SECONDS) == 1 << 20


@pytest.mark.parametrize(
    ("source", "reason", "detail"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed", "SIGKILL"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed", "SIGSEGV"),
        ("import os; os.abort()", "crashed", "SIGABRT"),
        ("import os; os._exit(7)", "crashed", "exit code 7"),
        ("import os; os.kill(os.getppid(), 9)\nwhile True: pass", "killed", "guard"),
    ],
)
def test_a_child_that_dies(pool: CagedExecutor, source: str, reason: str, detail: str) -> None:
    assert detail in fails(pool, reason, source).detail


def test_leaving_by_sys_exit_is_an_exception_not_the_end_of_the_child(pool: CagedExecutor) -> None:
    with pytest.raises(SystemExit):
        pool.submit(exec, "raise SystemExit(3)", {}).result(WAIT_SECONDS)
    assert pool.submit(eval, "1").result(WAIT_SECONDS) == 1


def test_what_libraries_print_does_not_corrupt_the_answers(pool: CagedExecutor) -> None:
    source = (
        "(__import__('os').write(1, b'\\x00garbage' * 100000),"
        " __import__('os').write(2, b'\\xff' * 100000), print('more'),"
        " __import__('sys').stdout.flush(), 'the answer')[-1]"
    )
    assert pool.submit(eval, source).result(WAIT_SECONDS) == "the answer"


def test_a_result_that_is_too_large(pool: CagedExecutor) -> None:
    with pytest.raises(ChildFailed) as caught:
        pool.submit(eval, "bytes(8 << 20)").result(WAIT_SECONDS)
    assert caught.value.reason == "output"


def test_a_child_that_lies_about_the_size_of_its_answer(pool: CagedExecutor) -> None:
    source = (
        "import os, struct\n"
        "for name in os.listdir('/proc/self/fd'):\n"
        "    if int(name) > 2:\n"
        "        try: os.write(int(name), struct.pack('>Q', 1 << 60))\n"
        "        except OSError: continue"
    )
    fails(pool, "output", source)


def test_an_answer_that_is_no_answer(pool: CagedExecutor) -> None:
    source = (
        "import os, struct\n"
        "for name in os.listdir('/proc/self/fd'):\n"
        "    if int(name) > 2:\n"
        "        try: os.write(int(name), struct.pack('>Q', 3) + b'abc')\n"
        "        except OSError: continue"
    )
    fails(pool, "crashed", source)


def test_a_file_without_end(pool: CagedExecutor, tmp_path: Path) -> None:
    target = tmp_path / "endless"
    fails(
        pool, "output", f"with open({str(target)!r}, 'wb') as out:\n    while True: out.write(bytes(1 << 20))"
    )
    assert target.stat().st_size <= ROOMY.output_bytes


FORKED = """
import os, time
left, right = os.pipe()
child = os.fork()
if child == 0:
    {leave}
    os.write(right, str(os.getpid()).encode())
    time.sleep(3600)
with open({report!r}, 'w') as out: out.write(os.read(left, 20).decode())
{then}
"""


@pytest.mark.parametrize("leave", ["pass", "os.setsid()", "os.fork() and os._exit(0); os.setsid()"])
@pytest.mark.parametrize("then", ["pass", "while True: pass", "os.kill(os.getpid(), 9)"])
def test_a_process_left_behind_is_killed(pool: CagedExecutor, tmp_path: Path, leave: str, then: str) -> None:
    report = tmp_path / "pid"
    source = FORKED.format(leave=leave, report=str(report), then=then)
    with contextlib.suppress(ChildFailed):
        pool.submit_limited(Limits(1.5, 512 * MIB, MIB), exec, source, {}).result(WAIT_SECONDS)
    with pytest.raises(ProcessLookupError):
        os.kill(int(report.read_text()), 0)
    assert pool.submit(eval, "1").result(WAIT_SECONDS) == 1


def test_a_thread_left_behind_costs_the_child_its_place(pool: CagedExecutor) -> None:
    source = "import threading, time; threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()"
    before = pool.submit(os.getpid).result(WAIT_SECONDS)
    pool.submit(exec, source, {}).result(WAIT_SECONDS)
    assert pool.submit(os.getpid).result(WAIT_SECONDS) != before


def test_a_hundred_quick_tasks_with_two_workers(tmp_path: Path) -> None:
    with CagedExecutor(2, ROOMY, sys.executable, minimal_environment(tmp_path)) as pool:
        futures = [pool.submit(eval, f"(__import__('os').getpid(), {number} ** 2)") for number in range(100)]
        answers = [future.result(WAIT_SECONDS) for future in futures]
    assert [square for _, square in answers] == [number**2 for number in range(100)]
    assert len({pid for pid, _ in answers}) <= 2


def test_a_failure_in_one_child_does_not_touch_the_other(tmp_path: Path) -> None:
    with CagedExecutor(2, ROOMY, sys.executable, minimal_environment(tmp_path)) as pool:
        bad = [pool.submit(os.abort) for _ in range(3)]
        good = [pool.submit(eval, str(number)) for number in range(20)]
        assert [future.result(WAIT_SECONDS) for future in good] == list(range(20))
        assert all(isinstance(future.exception(WAIT_SECONDS), ChildFailed) for future in bad)


def test_the_environment_is_the_given_one_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "x")
    given = minimal_environment(tmp_path)
    with CagedExecutor(1, ROOMY, sys.executable, given) as pool:
        seen = pool.submit(eval, "dict(__import__('os').environ)").result(WAIT_SECONDS)
        folder = pool.submit(os.getcwd).result(WAIT_SECONDS)
    assert {key: value for key, value in seen.items() if key != "LC_CTYPE"} == given
    assert folder == str(tmp_path)


def test_a_module_lying_in_the_working_folder_is_never_imported(tmp_path: Path) -> None:
    (tmp_path / "pikepdf.py").write_text("HOSTILE = True")
    (tmp_path / "json.py").write_text("raise SystemExit('hostile')")
    with CagedExecutor(1, ROOMY, sys.executable, minimal_environment(tmp_path)) as pool:
        found = pool.submit(eval, "__import__('pikepdf').__file__").result(WAIT_SECONDS)
    assert not found.startswith(str(tmp_path))


def test_no_core_file_and_a_session_of_its_own(pool: CagedExecutor) -> None:
    source = (
        "(__import__('resource').getrlimit(__import__('resource').RLIMIT_CORE), __import__('os').getsid(0))"
    )
    core, session = pool.submit(eval, source).result(WAIT_SECONDS)
    assert core == (0, 0)
    assert session != os.getsid(0)


def test_an_interpreter_that_is_not_there(tmp_path: Path) -> None:
    with CagedExecutor(1, ROOMY, tmp_path / "no-python", minimal_environment(tmp_path)) as pool:
        failure = pool.submit(eval, "1").exception(WAIT_SECONDS)
    assert isinstance(failure, ChildFailed)
    assert "could not be started" in failure.detail


def test_after_shutdown_nothing_is_taken(tmp_path: Path) -> None:
    pool = CagedExecutor(1, ROOMY, sys.executable, minimal_environment(tmp_path))
    pid = pool.submit(os.getpid).result(WAIT_SECONDS)
    pool.shutdown()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(RuntimeError):
        pool.submit(eval, "1")


def test_leaving_because_of_an_exception_does_not_wait_for_running_tasks(tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    source = f"open({str(started)!r}, 'w').close()\nwhile True: pass"
    with (
        pytest.raises(KeyboardInterrupt),
        CagedExecutor(1, ROOMY, sys.executable, minimal_environment(tmp_path)) as pool,
    ):
        running = pool.submit_limited(Limits(3600, 512 * MIB, MIB), exec, source, {})
        waiting = pool.submit(eval, "1")
        started.read_text()
        raise KeyboardInterrupt
    failure = running.exception(0)
    assert isinstance(failure, ChildFailed)
    assert failure.reason == "killed"
    with pytest.raises(CancelledError):
        waiting.result(0)


ORPHANS = """
import os, sys
from pathlib import Path
from casefiles.caged import CagedExecutor, Limits, minimal_environment
pool = CagedExecutor(1, Limits(3600, 1 << 30, 1 << 20), sys.executable, minimal_environment(Path({home!r})))
pool.submit(exec, {source!r}, {{}})
sys.stdin.read()
"""
REPORT = """
import os, subprocess
left = subprocess.Popen(["sleep", "3600"], start_new_session=True)
with open({fifo!r}, 'w') as out: out.write(f"{{os.getpid()}} {{os.getppid()}} {{left.pid}}")
while True: pass
"""


def test_no_orphan_is_left_when_the_parent_is_killed(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = ORPHANS.format(home=str(tmp_path), source=REPORT.format(fifo=str(fifo)))
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as parent:
        pids = [int(word) for word in fifo.read_text().split()]
        descriptors = [os.pidfd_open(pid) for pid in pids]
        parent.send_signal(signal.SIGKILL)
        parent.wait(WAIT_SECONDS)
    assert len(descriptors) == 3
    for descriptor in descriptors:
        assert is_gone(descriptor)
        os.close(descriptor)
