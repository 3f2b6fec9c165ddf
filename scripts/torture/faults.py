"""`python -m scripts.torture.faults [--command C]… [--every N]`: every call that writes fails once, and from then on.

For each command and each of its calls: the call fails; then the error is looked at, the workspace, and whether the same
command now succeeds with the outcome of one that never failed. Ends with 1 where anything is amiss.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.torture.ground import OPEN, REFERENCE, Ground, Ran, account, prepare, problems
from scripts.torture.shim import KINDS, Fault, failing_disk

USAGE = 2
TELL_EVERY = 100


@dataclass(frozen=True)
class Case:
    """A command, the stage that it starts from, and how many times a person runs it until nothing is left to do.

    `begun` are the codes of what `verify` may say between a failure and the next run: work that is half done, named.
    """

    name: str
    words: tuple[str, ...]
    stage: str
    runs: int = 1
    begun: tuple[str, ...] = ()


CASES = (
    Case("init", ("init", "{share}", "--authority", "Anytown Council"), "nothing"),
    Case("open", OPEN, "empty"),
    Case("scan", ("scan", REFERENCE), "dropped", runs=2),
    Case("bundle --issue", ("bundle", REFERENCE, "--issue"), "decided", begun=("issued-unrecorded",)),
    Case(
        "withdraw",
        ("withdraw", REFERENCE, "mail.eml", "--reason", "wrong-child", "--by", "C. Officer"),
        "issued",
        begun=("original-not-withdrawn", "evidence-not-withdrawn", "bundle-shows-withdrawn"),
    ),
    Case("verify", ("verify", REFERENCE), "issued"),
)


@dataclass
class Outcome:
    """What came of one command's faults: how many calls it makes, runs by kind, and every complaint."""

    calls: int
    runs: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Clean:
    """A run without a fault: its calls, and what the workspace held and had wrong with it before and after."""

    calls: tuple[tuple[str, str], ...]
    wrong_before: frozenset[str]
    wrong_after: frozenset[str]
    account: dict[str, object]


def run_clean(ground: Ground, case: Case) -> Clean:
    """Count the calls of a command that nothing goes wrong with, and keep its outcome.

    Raises:
        RuntimeError: it fails.
    """
    ground.put(case.stage)
    before = frozenset(problems(ground))
    with failing_disk() as watched:
        ran = ground.run(*case.words)
    if ran.code:
        raise RuntimeError(f"{case.name} fails without any fault: {ran.err}")
    for _ in range(case.runs - 1):
        ground.run(*case.words)
    return Clean(tuple(watched.calls), before, frozenset(problems(ground)), account(ground))


def faults_of(calls: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """Every call with every kind that it can fail by, once and for good."""
    for number, (call, _about) in enumerate(calls, 1):
        for kind in KINDS:
            if call in kind.calls:
                yield Fault(number, kind, for_good=False)
                if kind.code and not kind.after:
                    yield Fault(number, kind, for_good=True)


def complaints_about(ground: Ground, case: Case, clean: Clean, fault: Fault) -> list[str]:
    """Run a command with one fault and again without; everything that is not as promised."""
    ground.put(case.stage)
    with failing_disk(fault) as watched:
        ran = ground.run(*case.words)
    if not watched.met:
        return ["the fault was not met: the command made other calls than before"]
    begun = (
        frozenset(each for each in problems(ground) if each.startswith(case.begun))
        if ran.code
        else frozenset()
    )
    found = [*_said(ran), *_intact(ground, clean, "after the fault", begun)]
    if ran.code == 0 and case.runs == 1:
        return [*found, *_equal(ground, clean, "it said that it had succeeded")]
    for _ in range(case.runs):
        again = ground.run(*case.words)
        if again.code == USAGE and (
            by_id := re.search(r"its id ([0-9a-f]{8}) in place of the name", ran.err)
        ):
            again = ground.run(*(by_id[1] if word == "mail.eml" else word for word in case.words))
        if again.code:
            found.append(f"the same command then ends with {again.code}: {again.err.strip()[:300]}")
            return found
    return [*found, *_intact(ground, clean, "at the end"), *_equal(ground, clean, "at the end")]


def _said(ran: Ran) -> list[str]:
    said = ran.err.strip()
    found = []
    if "Traceback" in said or "unexpected" in said:
        found.append(f"not answered in words: {said[:300]}")
    if ran.code not in (0, 5):
        found.append(f"ends with {ran.code}: {said[:300]}")
    if ran.code == 5 and ("What to do:" not in said or not re.search(r"“?/\S", said)):
        found.append(f"names nothing, or no remedy: {said[:300]}")
    return found


def _intact(ground: Ground, clean: Clean, when: str, begun: frozenset[str] = frozenset()) -> list[str]:
    allowed = clean.wrong_before | clean.wrong_after | begun
    return [f"{when}: {each}" for each in problems(ground) if each not in allowed]


def _equal(ground: Ground, clean: Clean, when: str) -> list[str]:
    now = account(ground)
    return [
        f"{when}: {key} differ: {_difference(clean.account[key], now.get(key))}"
        for key in clean.account
        if now.get(key) != clean.account[key]
    ]


def _difference(wanted: object, got: object) -> str:
    if isinstance(wanted, list) and isinstance(got, list):
        missing = Counter(map(str, wanted)) - Counter(map(str, got))
        more = Counter(map(str, got)) - Counter(map(str, wanted))
        return f"missing {sorted(missing.elements())}, more {sorted(more.elements())}"
    return f"wanted {wanted}, got {got}"[:400]


def torture(
    ground: Ground,
    cases: Sequence[Case] = CASES,
    *,
    every: int = 1,
    part: tuple[int, int] = (0, 1),
    tell: Callable[[str], None] = lambda _line: None,
) -> dict[str, Outcome]:
    """Run every `every`-th fault of each command; by command. `part` (k, n) takes the k-th (from 0) of n parts, for n
    processes side by side. `tell` is called with each complaint, and now and then."""
    outcomes = {}
    for case in cases:
        clean = run_clean(ground, case)
        outcome = outcomes[case.name] = Outcome(len(clean.calls))
        for fault in list(faults_of(clean.calls))[every // 2 :: every][part[0] :: part[1]]:
            outcome.runs[fault.kind.name] += 1
            call, about = clean.calls[fault.number - 1]
            place = about.replace(str(ground.folder), "")
            mode = "for good" if fault.for_good else "once"
            found = [
                f"{case.name}, call {fault.number} {call}({place}), {fault.kind.name}, {mode}: {each}"
                for each in complaints_about(ground, case, clean, fault)
            ]
            outcome.complaints += found
            for each in found:
                tell(each)
            if outcome.runs.total() % TELL_EVERY == 0:
                tell(f"{case.name}: {outcome.runs.total()} runs, {len(outcome.complaints)} complaints so far")
    return outcomes


def main() -> None:
    """Run, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", action="append", choices=[case.name for case in CASES])
    parser.add_argument("--every", type=int, default=1, help="every N-th fault only")
    parser.add_argument(
        "--part", type=int, nargs=2, default=(0, 1), metavar=("K", "N"), help="part K of N, from 0"
    )
    asked = parser.parse_args()
    cases = [case for case in CASES if not asked.command or case.name in asked.command]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="casebinder-faults-") as scratch:
        ground = Ground(Path(scratch))
        prepare(ground)
        outcomes = torture(
            ground,
            cases,
            every=asked.every,
            part=tuple(asked.part),
            tell=lambda line: print(line, flush=True),
        )
    for name, outcome in outcomes.items():
        print(
            f"{name}: {outcome.calls} calls, {outcome.runs.total()} runs, {len(outcome.complaints)} complaints"
        )
        for kind, count in sorted(outcome.runs.items()):
            print(f"{count:>8,}  {kind}")
    print(f"{time.monotonic() - began:,.0f} seconds")
    sys.exit(any(outcome.complaints for outcome in outcomes.values()))


if __name__ == "__main__":
    main()
