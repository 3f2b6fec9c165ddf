"""What the facts about this machine mean, in plain words. Pure: the facts come from `facts`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from casefiles.share.checkup import Area, Check, State
from casefiles.shown import shown_path
from casefiles.uk_dates import london_text
from cli.doctor.facts import IndexFacts, KeyFacts, MachineFacts, ProgramFacts, StateFacts
from cli.menu.shell_words import command_line
from cli.wording import counted

GIB = 1 << 30
MIB = 1 << 20
LEAST_FREE_BYTES = 2 * GIB
LEAST_MEMORY_BYTES = 2 * GIB
LEAST_OPEN_FILES = 256
LEAST_FILE_BYTES = 4 * GIB
APT = "sudo apt-get install --no-install-recommends"
FONTS = {
    "Carlito": "fonts-crosextra-carlito",
    "Caladea": "fonts-crosextra-caladea",
    "Liberation Sans": "fonts-liberation",
    "DejaVu Sans": "fonts-dejavu-core",
    "Noto Sans Bengali": "fonts-noto-core",
    "Noto Color Emoji": "fonts-noto-color-emoji",
}
"""Families that pages need to come out as their writers saw them, and the Debian packages that have them."""


_WITHOUT = dict.fromkeys(("ffmpeg", "ffprobe"), "the sheets of recordings have no length and no picture")


def judge_machine(facts: MachineFacts) -> tuple[Check, ...]:
    """The outside programs, then the machine itself."""
    return tuple(_judge(facts))


def _judge(facts: MachineFacts) -> Iterator[Check]:
    yield from (_program(program) for program in facts.programs)
    yield _drawing(facts)
    yield _fonts(facts)
    yield _chinese(facts)
    yield _cage(facts)
    yield _check("machine-python", "Python", State.OK, f"{facts.python}.")
    yield from _state(facts.state)
    yield _zones(facts)
    yield _encoding(facts)
    yield _memory(facts)
    yield _limits(facts)


def _check(
    code: str, name: str, state: State, says: str, todo: str = "", line: str = "", area: Area = Area.MACHINE
) -> Check:
    return Check(code, area, name, state, says, todo, line)


def _program(program: ProgramFacts) -> Check:
    name, missing = {
        "soffice": ("LibreOffice", "Word documents cannot be bound"),
        "tesseract": ("Tesseract", "scanned pages are not read, so their words cannot be searched or copied"),
    }.get(program.name, (program.name, "some files cannot be bound"))
    if program.version:
        return _check("machine-program", name, State.OK, f"Version {program.version}.", area=Area.PROGRAMS)
    return _check(
        "machine-program",
        name,
        State.LOOK if program.name in _WITHOUT else State.MISSING,
        f"The program “{program.name}” is not installed: {_WITHOUT.get(program.name, missing)}.",
        "Install it:",
        program.line,
        Area.PROGRAMS,
    )


def _drawing(facts: MachineFacts) -> Check:
    name = "Page drawing"
    if not facts.drawing_problem:
        return _check("machine-drawing", name, State.OK, "Loads.", area=Area.PROGRAMS)
    return _check(
        "machine-drawing",
        name,
        State.MISSING,
        f"Does not load ({facts.drawing_problem}): no index page can be drawn.",
        "Install it:",
        f"{APT} libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        Area.PROGRAMS,
    )


def _fonts(facts: MachineFacts) -> Check:
    name = "Fonts"
    if facts.fonts is None:
        return _check(
            "machine-fonts",
            name,
            State.LOOK,
            "The system cannot list its fonts.",
            "Install fontconfig:",
            f"{APT} fontconfig {' '.join(FONTS.values())}",
            Area.PROGRAMS,
        )
    lacking = [family for family in FONTS if family not in facts.fonts]
    if not lacking:
        return _check("machine-fonts", name, State.OK, f"{', '.join(FONTS)}.", area=Area.PROGRAMS)
    return _check(
        "machine-fonts",
        name,
        State.LOOK,
        f"Not installed: {', '.join(lacking)}. Word documents break their lines elsewhere without them.",
        "Install them:",
        f"{APT} {' '.join(FONTS[family] for family in lacking)}",
        Area.PROGRAMS,
    )


def _chinese(facts: MachineFacts) -> Check:
    name = "Chinese characters"
    if facts.draws_chinese is not False:
        says = "A font has them." if facts.draws_chinese else "Not known."
        return _check("machine-chinese", name, State.OK, says, area=Area.PROGRAMS)
    return _check(
        "machine-chinese",
        name,
        State.NOTE,
        "No font has them. A bundle says so where a name or a message needs one.",
        "If your families’ names need them:",
        f"{APT} fonts-noto-cjk",
        Area.PROGRAMS,
    )


def _cage(facts: MachineFacts) -> Check:
    name = "Office network"
    if facts.office_without_network:
        return _check("machine-cage", name, State.OK, "Taken away while it works.", area=Area.PROGRAMS)
    return _check(
        "machine-cage",
        name,
        State.NOTE,
        "This system does not let us take it away. Its settings still forbid it to fetch anything.",
        area=Area.PROGRAMS,
    )


def _state(state: StateFacts) -> Iterator[Check]:
    name = "Own folder"
    where = shown_path(state.folder)
    elsewhere = "Set CASEBINDER_STATE to a folder on this machine’s own disk, outside the workspace."
    if state.in_workspace:
        yield _check(
            "machine-state",
            name,
            State.LOOK,
            f"{where} is in the workspace: keys and text of evidence lie on the share.",
            elsewhere,
        )
    elif state.mount is not None and state.mount.network:
        yield _check(
            "machine-state",
            name,
            State.LOOK,
            f"{where} is on a network share ({state.mount.kind}).",
            elsewhere,
        )
    elif state.mode is None:
        yield _check("machine-state", name, State.OK, f"{where}: not there yet, made when it is needed.")
    elif not state.ours:
        yield _check(
            "machine-state",
            name,
            State.LOOK,
            f"{where} belongs to another person of this machine.",
            "Use casebinder from that account, or set CASEBINDER_STATE to a folder of your own.",
        )
    elif state.mode & 0o077:
        yield _check(
            "machine-state",
            name,
            State.LOOK,
            f"{where} is open to other people of this machine.",
            "Close it:",
            command_line(["chmod", "700", str(state.folder)]),
        )
    else:
        yield _check("machine-state", name, State.OK, f"{where}, for you only.")
    little = state.free_bytes < LEAST_FREE_BYTES
    yield _check(
        "machine-room",
        "Room here",
        State.LOOK if little else State.OK,
        f"{state.free_bytes / GIB:,.1f} GB free for index, cache and work in progress.",
        "Make room. The folder cache in it may be deleted: it is made again." if little else "",
    )


def _zones(facts: MachineFacts) -> Check:
    name = "Time zones"
    if facts.zones:
        return _check("machine-zones", name, State.OK, "Europe/London is known, with its summer time.")
    return _check(
        "machine-zones",
        name,
        State.LOOK,
        "Europe/London is not known, so dates may be a day out.",
        "Install the table:",
        f"{APT} tzdata",
    )


def _encoding(facts: MachineFacts) -> Check:
    name = "Letters"
    if facts.encoding.replace("-", "").casefold() == "utf8":
        return _check("machine-locale", name, State.OK, "UTF-8.")
    return _check(
        "machine-locale",
        name,
        State.LOOK,
        f"This machine writes names in {facts.encoding}: accents may be lost.",
        "Set the language to one with UTF-8 before casebinder starts:",
        "export LANG=C.UTF-8",
    )


def _memory(facts: MachineFacts) -> Check:
    name = "Memory"
    if not facts.memory_bytes:
        return _check("machine-memory", name, State.NOTE, "Not known.")
    little = facts.memory_bytes < LEAST_MEMORY_BYTES
    return _check(
        "machine-memory",
        name,
        State.LOOK if little else State.OK,
        f"{facts.memory_bytes / GIB:,.1f} GB free."
        + (" Large files will be held for want of memory." if little else ""),
        "Close other programs, or give the machine 4 GB or more." if little else "",
    )


def _limits(facts: MachineFacts) -> Check:
    name = "Limits"
    largest = facts.largest_file
    small = largest is not None and largest < LEAST_FILE_BYTES
    few = facts.open_files < LEAST_OPEN_FILES
    says = f"{facts.open_files:,} files open at once"
    if largest is not None:
        says += f"; no file over {largest / MIB:,.0f} MB may be written"
    return _check(
        "machine-limits",
        name,
        State.LOOK if few or small else State.OK,
        f"{says}.",
        "Ask for the limits of your account to be raised:" if few or small else "",
        "ulimit -a" if few or small else "",
    )


def judge_index(facts: IndexFacts) -> Iterator[Check]:
    """The index of the workspace on this machine, and damaged ones that were set aside."""
    name = "Index"
    if not facts.there:
        yield _check("machine-index", name, State.OK, "Not made yet: the first scan makes it.")
    elif facts.problem:
        yield _check(
            "machine-index",
            name,
            State.LOOK,
            f"Cannot be read ({facts.problem}). Nothing is lost by that.",
            "Make it again:",
            "casebinder scan",
        )
    else:
        when = london_text(datetime.fromtimestamp(facts.written_at, UTC))
        yield _check(
            "machine-index",
            name,
            State.OK,
            f"Sound, {facts.size_bytes / MIB:,.1f} MB, written {when}.",
        )
    if facts.set_aside:
        yield _check(
            "machine-set-aside",
            "Damaged indexes",
            State.LOOK,
            f"{counted(len(facts.set_aside), 'file')} set aside. They hold text of evidence, of withdrawn papers too.",
            "Nobody needs them any more. Delete them:",
            command_line(["rm", *map(str, facts.set_aside)]),
        )


def judge_key(key: KeyFacts, is_admitted: bool | None, trouble: str = "") -> Check:
    """This machine's signing key; `is_admitted` as `machine_facts.admitted` says, `trouble` with the keys on the share."""
    name = "Signing key"
    if trouble:
        return _check(
            "machine-key",
            name,
            State.LOOK,
            f"The workspace’s keys are not as this machine knows them: {trouble}",
            "See:",
            "casebinder key list",
        )
    if not key.there:
        return _check(
            "machine-key",
            name,
            State.NOTE,
            "None. Scanning, watching and drafting need none; nothing can be issued from here.",
            "To issue from this machine:",
            "casebinder key add",
        )
    if key.problem:
        return _check("machine-key", name, State.LOOK, key.problem, key.remedy)
    if key.locked:
        says = (
            "Locked by its passphrase, as it should be. A key with this machine’s name is admitted."
            if is_admitted
            else "Locked by its passphrase. No admitted key carries this machine’s name; it shows when you issue."
        )
        return _check("machine-key", name, State.OK if is_admitted else State.NOTE, says)
    if is_admitted:
        return _check("machine-key", name, State.OK, f"{key.fingerprint[:16]}, admitted.")
    return _check(
        "machine-key",
        name,
        State.LOOK,
        f"{key.fingerprint[:16]} is not admitted in this workspace, or was retired: nothing can be issued from here.",
        "Ask for it to be admitted:",
        "casebinder key add",
    )
