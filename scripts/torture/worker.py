"""One process of the torture: it does what people and machines do to a workspace, at random, until it is killed.

It edits, renames and deletes only files that it dropped itself, so that its ledger says what became of each.
The machine's own state is in CASEBINDER_STATE.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import random
import socket
from collections.abc import Callable
from pathlib import Path

from casefiles.hashing import sha256_bytes
from cli.main import COMMANDS, run
from scripts.torture.ledger import Ledger
from scripts.torture.papers import KINDS, paper

FINE = frozenset({0, 3})
"""Done; refused for a reason that is told. Anything else is written down as a failure."""
for _module, _help in COMMANDS.values():  # so that a forked process need not
    importlib.import_module(_module)
importlib.import_module("templates.render")
MOST_SERVED = 5
FOLDERS = ("", "statements", "letters/2026", "unused")


class Worker:
    """The acts; each returns when it is done or when there is nothing to do it to."""

    def __init__(self, name: str, dice: random.Random, root: Path, ledger: Ledger) -> None:
        self.name, self.dice, self.root, self.ledger = name, dice, root, ledger
        self.count = sum(1 for entry in ledger.entries())
        self.acts: dict[Callable[[], None], int] = {
            self.drop: 30, self.edit: 8, self.rename: 8, self.delete: 4,
            self.scan: 20, self.scan_all: 6, self.draft: 4, self.issue: 4, self.withdraw: 2,
        }  # fmt: skip

    def act(self) -> None:
        """One act, at random."""
        self.dice.choices(list(self.acts), list(self.acts.values()))[0]()

    def case(self) -> Path:
        """One of the case folders."""
        return self.dice.choice(sorted((self.root / "cases").iterdir()))

    def mine(self) -> list[Path]:
        """The files that this worker dropped, wherever they are now."""
        return sorted((self.root / "cases").glob(f"*/evidence/**/{self.name}-*"))

    def fresh(self, kind: str) -> bytes:
        """Bytes that nobody has seen before."""
        self.count += 1
        return paper(kind, f"{self.name} {self.count} {self.dice.getrandbits(32):08x}")

    def drop(self) -> None:
        """Copy a new file in, as a person does: not atomically."""
        kind = self.dice.choice(KINDS)
        data = self.fresh(kind)
        folder = self.case() / "evidence" / self.dice.choice(FOLDERS)
        folder.mkdir(parents=True, exist_ok=True)
        path = (
            folder
            / f"{self.name}-{self.count} {self.dice.choice(['letter', 'Brief Ängström', 'scan'])}.{kind}"
        )
        self._store("drop", path, data, "xb")

    def edit(self) -> None:
        """Save other bytes over a file."""
        if files := self.mine():
            path = self.dice.choice(files)
            data = self.fresh(path.suffix[1:])
            with contextlib.suppress(FileNotFoundError):
                self._store("edit", path, data, "wb")

    def _store(self, act: str, path: Path, data: bytes, mode: str) -> None:
        self.ledger.means(act, path=str(path), sha256=sha256_bytes(data))
        with path.open(mode) as stream:
            half = len(data) // 2
            stream.write(data[:half])
            stream.flush()
            stream.write(data[half:])
        self.ledger.did(act, path=str(path), sha256=sha256_bytes(data))

    def rename(self) -> None:
        """Give a file another name, in this case or in another one."""
        if files := self.mine():
            path = self.dice.choice(files)
            folder = self.case() / "evidence" / self.dice.choice(FOLDERS)
            folder.mkdir(parents=True, exist_ok=True)
            self.count += 1
            target = folder / f"{self.name}-{self.count} renamed{path.suffix}"
            self.ledger.means("rename", path=str(path), target=str(target))
            with contextlib.suppress(FileNotFoundError):
                path.rename(target)
            self.ledger.did("rename", path=str(path), target=str(target))

    def delete(self) -> None:
        """Delete a file."""
        if files := self.mine():
            path = self.dice.choice(files)
            self.ledger.means("delete", path=str(path))
            path.unlink(missing_ok=True)
            self.ledger.did("delete", path=str(path))

    def scan(self) -> None:
        """Scan one case."""
        self._command("scan", str(self.case()), "--json")

    def scan_all(self) -> None:
        """Scan all cases."""
        self._command("scan", "--json")

    def draft(self) -> None:
        """Draft a bundle."""
        self._command("bundle", str(self.case()), f"draft-{self.name}", "--json")

    def issue(self) -> None:
        """Issue a bundle of a few papers: what is refused as undecided is decided, and issued again."""
        case = self.case()
        self.count += 1
        name = f"trial-{self.name}-{self.count}"
        file = case / "bundles" / f"{name}.toml"
        for _ in range(4):  # others drop meanwhile, and their papers are undecided
            self._command("bundle", str(case), name, "--issue", "--json")
            if not file.exists():
                return
            text = file.read_text()
            if '"undecided"' not in text:
                return
            served = max(0, MOST_SERVED - text.count('"serve"'))
            file.write_text(text.replace('"undecided"', '"serve"', served).replace('"undecided"', '"unused"'))

    def withdraw(self) -> None:
        """Withdraw one of the own files."""
        if files := self.mine():
            path = self.dice.choice(files)
            case = self.root / "cases" / path.relative_to(self.root / "cases").parts[0]
            file = path.relative_to(case / "evidence")
            self.ledger.means("withdraw", path=str(path))
            self._command(
                "withdraw", str(case), file.as_posix(), "--reason", "wrong-case", "--by", "T. Torturer",
                fine=FINE | {2},  # it was moved or deleted meanwhile, or the name fits two items
            )  # fmt: skip

    def _command(self, *words: str, fine: frozenset[int] = FINE) -> None:
        out, said = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        self.ledger.means("command", words=words)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
            code = run(["--workspace", str(self.root), *words])
        text, error = _written(out), _written(said)
        result = json.loads(text) if code == 0 and "--json" in words else None
        problem = "" if code in fine and "Traceback" not in error else error[-2000:]
        self.ledger.did("command", words=words, code=code, result=_short(result), problem=problem)


def _written(stream: io.TextIOWrapper) -> str:
    """What was written to a stream, by whichever way."""
    stream.flush()
    stream.seek(0)
    return stream.read()


def _short(result: object) -> object:
    """Of what a command printed, the acknowledgements."""
    if not isinstance(result, dict):
        return None
    if "cases" in result:
        keep = ("folder", "events", "received", "changed", "missing", "moved", "restored")
        return {"cases": [{key: case.get(key) for key in keep} for case in result["cases"]]}
    return {key: result.get(key) for key in ("path", "sha256", "issued", "pages")}


def live(name: str, seed: int, root: Path, ledger: Path) -> None:
    """Act until killed, as the worker of that name on a machine of that name."""
    socket.gethostname = lambda: f"machine-{name}"
    dice = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    worker = Worker(name, dice, root, Ledger(ledger))
    while True:
        worker.act()
