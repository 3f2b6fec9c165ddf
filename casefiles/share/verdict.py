"""What the facts about a share mean for casebinder, in plain words. Pure: the facts come from `probe`."""

from __future__ import annotations

from collections.abc import Iterator

from casefiles.share.checkup import Area, Check, State
from casefiles.share.cloud_only import CloudLook
from casefiles.share.mounts import Mount
from casefiles.share.probe import LONGEST_NAME, LONGEST_PATH, ShareFacts
from casefiles.share.race import RaceResult
from casefiles.shown import display_name

GIB = 1 << 30
LEAST_FREE_BYTES = 2 * GIB
LEAST_FREE_FILES = 10_000
MOST_SKEW_SECONDS = 5.0
WRONG_SKEW_SECONDS = 3600.0
SLOW_FSYNC_SECONDS = 0.5
NEEDED_NAME = 200
NEEDED_PATH = 1024
_ASK = "Ask whoever runs the file server."


def judge_share(facts: ShareFacts) -> tuple[Check, ...]:
    """One check for each property of the share, the ones that everything rests on first."""
    return tuple(_judge(facts))


def unusable(reason: str, todo: str) -> Check:
    """The check that stands for all others where the share cannot be reached or written."""
    return _check("share-reachable", "Reachable", State.MISSING, reason, todo)


def judge_cloud_only(look: CloudLook, root: bytes) -> Check:
    """What a look through the evidence folders for files that are only in a cloud means."""
    name = "Cloud-only files"
    seen = f"{look.files:,} files looked at" + ("" if look.complete else ", and there are more")
    if not look.found:
        return _check("share-cloud-only", name, State.OK, f"None among {seen}.")
    certain = sum(found.certain for found in look.found)
    first = ", ".join(
        f"“{display_name(found.path.removeprefix(root).lstrip(b'/'))}”" for found in look.found[:3]
    )
    more = f" and {len(look.found) - 3:,} more" if len(look.found) > 3 else ""
    sure = "The share says so itself" if certain == len(look.found) else "This is a hint, not proof"
    return _check(
        "share-cloud-only",
        name,
        State.LOOK,
        f"{len(look.found):,} of {look.files:,} files seem to be in a cloud only: {first}{more}. {sure}. A scan would "
        "download each, or read nothing where the service is away.",
        "In the cloud program set the workspace’s folder to “always keep on this device”, wait until it has "
        "fetched everything, and run this again.",
    )


def _judge(facts: ShareFacts) -> Iterator[Check]:
    yield _reachable(facts.mount)
    yield _atomic(facts.race, facts)
    yield _flushing(facts)
    yield _clock(facts.skew)
    yield _room(facts)
    yield _hints(facts)
    yield _cases(facts)
    yield _forms(facts)
    yield _odd_names(facts)
    yield _lengths(facts)
    yield _times(facts)
    yield _rights(facts)
    yield _note("share-links", "Symbolic links", facts.symlinks, "Offered", "Not offered", "never followed")
    locks = facts.flock and facts.fcntl
    yield _note("share-locks", "Locks", locks, "Granted", "Not granted by this share", "not relied on")
    if facts.cleared:
        yield _check(
            "share-cleared",
            "Left over",
            State.NOTE,
            f"{facts.cleared} folder{'s' if facts.cleared > 1 else ''} of an earlier, killed run of doctor removed.",
        )


def _check(code: str, name: str, state: State, says: str, todo: str = "", line: str = "") -> Check:
    return Check(code, Area.SHARE, name, state, says, todo, line)


def _note(code: str, name: str, there: bool, yes: str, no: str, rest: str) -> Check:
    """A property that is reported and changes nothing."""
    return _check(code, name, State.OK if there else State.NOTE, f"{yes if there else no}; {rest}.")


def _reachable(mount: Mount | None) -> Check:
    name = "Reachable"
    if mount is None:
        return _check("share-reachable", name, State.OK, "Yes.")
    if mount.cloud:
        return _check(
            "share-reachable",
            name,
            State.LOOK,
            f"Yes, through a cloud service ({mount.kind}). Such mounts may answer with old or empty files, and changes "
            "reach other machines late.",
            "Keep the workspace on a file server, or on one machine’s disk with a backup.",
        )
    if mount.by_a_program:
        return _check(
            "share-reachable",
            name,
            State.NOTE,
            f"Yes, through a program ({mount.kind}). What it does when the network fails is for it to say.",
        )
    if mount.kind in {"tmpfs", "ramfs"}:
        return _check(
            "share-reachable",
            name,
            State.LOOK,
            f"Yes, but it is in this machine’s memory ({mount.kind}): everything is gone when it is switched off.",
            "Move the workspace to a disk or a file server.",
        )
    where = "a network share" if mount.network else "a disk of this machine"
    return _check("share-reachable", name, State.OK, f"Yes: {where} ({mount.kind}).")


def _atomic(raced: RaceResult, facts: ShareFacts) -> Check:
    name = "Numbering events"
    if raced.sound:
        how = "hard links" if facts.hard_links else "a rename that does not replace"
        one, two = raced.wins
        return _check(
            "share-atomic",
            name,
            State.OK,
            f"By {how}. Two programs wanted the same number {raced.rounds} times: exactly one got it each time "
            f"({one} to {two}), {raced.seconds / raced.rounds * 1000:.1f} ms each.",
        )
    if raced.problem:
        return _check("share-atomic", name, State.MISSING, f"{raced.problem.rstrip('.')}.", _NO_PRIMITIVE)
    wrong = [
        (raced.both, "two programs both got it"),
        (raced.nobody, "nobody got it"),
        (raced.foreign, "the bytes there were not the winner’s"),
        (raced.left_over, "a temporary name stayed"),
    ]
    said = "; ".join(f"{count} times {what}" for count, what in wrong if count)
    return _check(
        "share-atomic",
        name,
        State.MISSING,
        f"Two programs wanted the same number {raced.rounds} times: {said}. Events could be lost here.",
        _NO_PRIMITIVE,
    )


_NO_PRIMITIVE = (
    "Do not keep a workspace here. Ask for a share with hard links (NFS; SMB served with Unix extensions), or use a "
    "disk of the machine that runs casebinder."
)


def _flushing(facts: ShareFacts) -> Check:
    name = "Writing for good"
    if facts.fsync_problem:
        return _check(
            "share-fsync",
            name,
            State.MISSING,
            f"The share refuses to say when bytes are on its disk ({facts.fsync_problem}).",
            f"{_ASK} Without it a power cut can lose what was acknowledged.",
        )
    slow = facts.fsync_seconds > SLOW_FSYNC_SECONDS
    return _check(
        "share-fsync",
        name,
        State.LOOK if slow else State.OK,
        f"A small file is on the disk after {facts.fsync_seconds * 1000:.1f} ms."
        + (" That is slow: each file taken in needs several of these." if slow else ""),
        _ASK if slow else "",
    )


def _clock(skew: float) -> Check:
    name = "Clock"
    if abs(skew) <= MOST_SKEW_SECONDS:
        return _check(
            "share-clock",
            name,
            State.OK,
            f"The share and this machine agree (within {max(abs(skew), 0.1):.1f} s).",
        )
    way = "ahead of" if skew > 0 else "behind"
    amount = f"{abs(skew):,.0f} seconds" if abs(skew) < 600 else f"{abs(skew) / 60:,.0f} minutes"
    wrong = abs(skew) >= WRONG_SKEW_SECONDS
    return _check(
        "share-clock",
        name,
        State.LOOK,
        f"The share is {amount} {way} this machine. Every event records the difference"
        + (", but dates of receipt will be wrong." if wrong else "."),
        "Have both set by the council’s time server. How this machine’s clock is set:",
        "timedatectl status",
    )


def _room(facts: ShareFacts) -> Check:
    name = "Room"
    free = f"{facts.free_bytes / GIB:,.1f} GB free"
    few = facts.free_files is not None and facts.free_files < LEAST_FREE_FILES
    little = facts.free_bytes < LEAST_FREE_BYTES
    if few:
        free += f", but only {facts.free_files:,} more files"
    return _check(
        "share-room",
        name,
        State.LOOK if few or little else State.OK,
        f"{free}. Each piece of evidence is kept twice: where it lies, and as received.",
        "Make room, or have the quota raised." if few or little else "",
    )


def _hints(facts: ShareFacts) -> Check:
    name = "Told of new files"
    shared = facts.mount is not None and (facts.mount.network or facts.mount.by_a_program)
    if facts.hint is None:
        says = "Not by this share: watch looks for itself every so often."
    elif shared:
        says = "Only of what this machine writes itself; for other machines, watch looks for itself every so often."
    else:
        return _check(
            "share-hints",
            name,
            State.OK,
            f"Yes, after {facts.hint * 1000:.1f} ms; watch also looks for itself.",
        )
    return _check("share-hints", name, State.NOTE, says)


def _cases(facts: ShareFacts) -> Check:
    return _note(
        "share-cases",
        "Capital letters",
        facts.cases_apart,
        "“Letter” and “letter” are two files",
        "“Letter” and “letter” are one file here",
        "both ways work",
    )


def _forms(facts: ShareFacts) -> Check:
    name = "Accents in names"
    if facts.names_kept and facts.normal_forms_apart:
        return _check("share-accents", name, State.OK, "Kept byte for byte.")
    if facts.names_kept:
        return _check(
            "share-accents", name, State.NOTE, "Kept; the two ways of writing “é” are one name here."
        )
    return _check(
        "share-accents",
        name,
        State.LOOK,
        "The share writes names with accents in another way than they were given.",
        "Use the same share from every machine: seen through another, the same file looks renamed.",
    )


def _odd_names(facts: ShareFacts) -> Check:
    name = "Odd names"
    parts = []
    if facts.names_refused:
        parts.append(f"refused: {', '.join(facts.names_refused)}")
    if facts.names_changed:
        parts.append(f"changed: {', '.join(facts.names_changed)}")
    if not parts:
        return _check("share-odd-names", name, State.OK, "Every odd name that was tried is kept.")
    return _check(
        "share-odd-names", name, State.NOTE, f"{'; '.join(parts)}. casebinder itself uses none of these."
    )


def _lengths(facts: ShareFacts) -> Check:
    name = "Long names"
    whole = facts.longest_name >= LONGEST_NAME and facts.longest_path >= LONGEST_PATH
    enough = facts.longest_name >= NEEDED_NAME and facts.longest_path >= NEEDED_PATH
    pairs = facts.longest_name_in_pairs // 2
    says = (
        f"Names up to {facts.longest_name} letters ({pairs} of “é”), paths up to "
        f"{'3,000 or more' if facts.longest_path >= LONGEST_PATH else f'{facts.longest_path:,}'} bytes."
    )
    if enough:
        return _check("share-lengths", name, State.OK if whole else State.NOTE, says)
    return _check(
        "share-lengths",
        name,
        State.LOOK,
        f"{says} A deep folder of evidence may not fit.",
        "Keep the workspace near the top of the share, with a short name.",
    )


def _times(facts: ShareFacts) -> Check:
    name = "Times of files"
    if not facts.stamp_ns:
        return _check(
            "share-times",
            name,
            State.NOTE,
            "Cannot be set here. Only what the share claims is recorded anyway.",
        )
    step = (
        f"{facts.stamp_ns / 1e9:g} s"
        if facts.stamp_ns >= 1_000_000
        else f"{facts.stamp_ns / 1000:g} millionths of a second"
    )
    if facts.stamp_ns == 1:
        return _check("share-times", name, State.OK, "Kept to the nanosecond.")
    coarse = facts.stamp_ns >= 1_000_000_000
    rest = (
        " A file that is changed twice in that time without changing its size is told apart by a thorough scan only."
        if coarse
        else ""
    )
    return _check("share-times", name, State.NOTE if coarse else State.OK, f"In steps of {step}.{rest}")


def _rights(facts: ShareFacts) -> Check:
    name = "Permissions"
    if facts.modes_kept:
        return _check("share-modes", name, State.OK, "Kept as set.")
    return _check(
        "share-modes",
        name,
        State.NOTE,
        "The share keeps its own; originals cannot be made read-only from here. Take the right to delete in _chain and "
        "issued away on the server.",
    )
