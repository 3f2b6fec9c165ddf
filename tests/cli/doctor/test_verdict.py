"""What facts about a machine mean: each with a good and a bad fixture."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from casefiles.errors import ExitCode
from casefiles.share.checkup import Check, State, exit_code
from casefiles.share.mounts import Mount
from cli.doctor.facts import IndexFacts, KeyFacts, MachineFacts, ProgramFacts, StateFacts
from cli.doctor.verdict import FONTS, judge_index, judge_key, judge_machine

OFFICE = ProgramFacts("soffice", "7.4.7.2", "sudo apt-get install libreoffice-writer-nogui")
STATE = StateFacts(Path("/home/ab/.local/state/casebinder"), 0o700, True, False, None, 100 << 30)
GOOD = MachineFacts(
    python="3.11.7",
    programs=(OFFICE,),
    drawing_problem="",
    fonts=frozenset(FONTS),
    draws_chinese=True,
    office_without_network=True,
    zones=True,
    encoding="utf-8",
    memory_bytes=8 << 30,
    open_files=1024,
    largest_file=None,
    state=STATE,
)
INDEX = IndexFacts(Path("/s/index/x.db"), True, "", 3 << 20, 1_770_000_000.0, ())
KEY = KeyFacts(True, False, "ab" * 32, "", "")


def by_code(**changes: Any) -> dict[str, Check]:
    return {check.code: check for check in judge_machine(replace(GOOD, **changes))}


def test_a_good_machine_is_well_in_everything() -> None:
    checks = judge_machine(GOOD)
    assert {check.state for check in checks} == {State.OK}
    assert not any(check.todo or check.line for check in checks)
    assert exit_code(checks) is ExitCode.DONE


@pytest.mark.parametrize(
    ("code", "changes", "state", "words", "line"),
    [
        (
            "machine-program",
            {"programs": (replace(OFFICE, version=""),)},
            State.MISSING,
            "not installed",
            "libreoffice",
        ),
        (
            "machine-drawing",
            {"drawing_problem": "no libpango"},
            State.MISSING,
            "(no libpango)",
            "libpango-1.0-0",
        ),
        (
            "machine-fonts",
            {"fonts": frozenset(FONTS) - {"Carlito"}},
            State.LOOK,
            "Carlito",
            "fonts-crosextra-carlito",
        ),
        ("machine-fonts", {"fonts": None}, State.LOOK, "cannot list", "fontconfig"),
        ("machine-chinese", {"draws_chinese": False}, State.NOTE, "No font", "fonts-noto-cjk"),
        ("machine-chinese", {"draws_chinese": None}, State.OK, "Not known", ""),
        ("machine-cage", {"office_without_network": False}, State.NOTE, "does not let us", ""),
        ("machine-state", {"state": replace(STATE, mode=None)}, State.OK, "not there yet", ""),
        (
            "machine-state",
            {"state": replace(STATE, mode=0o755)},
            State.LOOK,
            "open to other people",
            "chmod 700 /home/ab",
        ),
        ("machine-state", {"state": replace(STATE, ours=False)}, State.LOOK, "another person", ""),
        ("machine-state", {"state": replace(STATE, in_workspace=True)}, State.LOOK, "on the share", ""),
        (
            "machine-state",
            {"state": replace(STATE, mount=Mount("/home", "nfs4", "fs:/home", read_only=False))},
            State.LOOK,
            "network share (nfs4)",
            "",
        ),
        ("machine-room", {"state": replace(STATE, free_bytes=1 << 20)}, State.LOOK, "0.0 GB free", ""),
        ("machine-zones", {"zones": False}, State.LOOK, "a day out", "tzdata"),
        ("machine-locale", {"encoding": "ascii"}, State.LOOK, "in ascii", "LANG=C.UTF-8"),
        ("machine-locale", {"encoding": "UTF8"}, State.OK, "UTF-8", ""),
        ("machine-memory", {"memory_bytes": 1 << 30}, State.LOOK, "1.0 GB free", ""),
        ("machine-memory", {"memory_bytes": 0}, State.NOTE, "Not known", ""),
        ("machine-limits", {"open_files": 64}, State.LOOK, "64 files", "ulimit -a"),
        ("machine-limits", {"largest_file": 1 << 30}, State.LOOK, "1,024 MB", "ulimit -a"),
        ("machine-limits", {"largest_file": 8 << 30}, State.OK, "8,192 MB", ""),
    ],
)
def test_each_property(code: str, changes: dict[str, Any], state: State, words: str, line: str) -> None:
    check = by_code(**changes)[code]
    assert check.state is state
    assert words in check.says
    assert line in check.line
    assert bool(check.todo) >= (state in (State.LOOK, State.MISSING))


def test_a_missing_program_ends_with_its_own_code() -> None:
    lacking = judge_machine(replace(GOOD, programs=(replace(OFFICE, version=""),)))
    assert exit_code(lacking) is ExitCode.PROGRAM_MISSING


def test_a_folder_with_an_odd_name_gives_a_line_that_can_be_pasted() -> None:
    odd = replace(STATE, folder=Path("/home/o'brien/a\x1bb"), mode=0o755)
    check = by_code(state=odd)["machine-state"]
    assert check.line == "chmod 700 $'/home/o\\'brien/a\\x1bb'"
    assert "\x1b" not in check.says


def test_the_index() -> None:
    (sound,) = judge_index(INDEX)
    assert (sound.state, sound.says) == (State.OK, "Sound, 3.0 MB, written 2 February 2026, 2.40am.")
    (absent,) = judge_index(replace(INDEX, there=False))
    assert absent.state is State.OK
    (broken,) = judge_index(replace(INDEX, problem="malformed"))
    assert (broken.state, broken.line) == (State.LOOK, "casebinder scan")
    _, aside = judge_index(replace(INDEX, set_aside=(Path("/s/index/x.db.damaged"),)))
    assert (aside.state, aside.line) == (State.LOOK, "rm /s/index/x.db.damaged")
    assert "1 file set aside" in aside.says


def test_the_signing_key() -> None:
    assert judge_key(KEY, True).state is State.OK
    refused = judge_key(KEY, False)
    assert (refused.state, refused.line) == (State.LOOK, "casebinder key add")
    none = judge_key(KeyFacts(False, False, "", "", ""), False)
    assert (none.state, none.line) == (State.NOTE, "casebinder key add")
    locked = KeyFacts(True, True, "", "", "")
    assert judge_key(locked, True).state is State.OK
    assert judge_key(locked, None).state is State.NOTE
    assert judge_key(KeyFacts(True, False, "", "Others can read it.", "chmod"), None).state is State.LOOK
    assert judge_key(KEY, True, "another root").state is State.LOOK
