"""Runs commands of the command line in a process of their own under strace, and reads what strace saw."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CALLS = (
    "execve,openat,open,creat,mkdir,mkdirat,mknod,rename,renameat,renameat2,link,linkat,symlink,symlinkat,"
    "socket,connect,bind,sendto,sendmsg"
)
DRIVER = """
import json, os, sys
plan = json.load(sys.stdin)
import cli.decide
cli.decide._ask = lambda name: plan["password"]
from cli.main import run
codes = [run(["--workspace", plan["workspace"], *words]) for words in plan["commands"]]
print(json.dumps(codes), file=open(plan["codes"], "w"))
"""
_MAKES = re.compile(
    r"^(?:creat|mkdir|mkdirat|mknod|rename|renameat|renameat2|link|linkat|symlink|symlinkat)\("
)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Traced:
    """What a run did: exit codes, what it printed, and the calls of it and of all its descendants."""

    codes: list[int]
    out: str
    err: str
    calls: tuple[str, ...]

    @property
    def programs(self) -> tuple[str, ...]:
        """Each start of a program by a descendant, with arguments and environment; the first is the test's own."""
        return tuple(call for call in self.calls if call.startswith("execve("))[1:]

    @property
    def made(self) -> frozenset[str]:
        """Every name under which something was made or moved, as it was given to the system."""
        return frozenset(
            found[1]
            for call in self.calls
            if _MAKES.match(call) or (call.startswith(("open(", "openat(")) and "O_CREAT" in call)
            for found in _STRING.finditer(call)
        )

    @property
    def network(self) -> tuple[str, ...]:
        """Every call that has to do with another network than this machine's own sockets."""
        return tuple(
            call
            for call in self.calls
            if re.match(r"^(?:socket|connect|bind|sendto|sendmsg)\(", call)
            and re.search(r"AF_(?!UNIX|NETLINK)|sa_family=AF_(?!UNIX|NETLINK)", call)
        )


def traced(
    folder: Path, workspace: Path, commands: list[list[str]], password: str = "", walls: tuple[str, ...] = ()
) -> Traced:
    """Run the commands one after the other in one process, behind the command `walls`; skips the test where strace is
    missing or not allowed."""
    if (
        shutil.which("strace") is None
        or subprocess.run(["strace", "-o", "/dev/null", "true"], check=False).returncode
    ):
        pytest.skip("strace is not installed, or this user may not trace")
    folder.mkdir()
    plan = {
        "password": password,
        "workspace": str(workspace),
        "commands": commands,
        "codes": str(folder / "codes"),
    }
    done = subprocess.run(
        [*walls, "strace", "-f", "-qq", "-v", "-s", "20000", "-e", f"trace={CALLS}", "-e", "signal=none",
         "-o", folder / "calls", sys.executable, "-c", DRIVER],
        input=json.dumps(plan), capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = (folder / "calls").read_text(errors="backslashreplace").splitlines()
    calls = tuple(line.partition(" ")[2].lstrip() for line in lines)
    return Traced(json.loads((folder / "codes").read_text()), done.stdout, done.stderr, calls)
