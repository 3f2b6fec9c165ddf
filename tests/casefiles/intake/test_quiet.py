"""A look at a case folder notices whatever a scan would notice, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casefiles.intake.quiet import (
    QuietLook,
    came_of,
    digest_of,
    look_at_case,
    may_keep,
    quiet_digest,
    signature_of,
)

BASIS = "version 1"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "2026-0042 DOE"
    for name in ("evidence/letters", "_chain/events", "_chain/tmp", "bundles", "drafts", "issued"):
        (folder / name).mkdir(parents=True)
    for name in (
        "case.toml", "Case status.html", "evidence/a.txt", "evidence/letters/b.txt",
        "_chain/events/0000000001.json", "_chain/events/0000000002.json",
    ):  # fmt: skip
        (folder / name).write_bytes(b"as it was")
    return folder


def signature(folder: Path, basis: str = BASIS) -> str:
    digest = quiet_digest(folder, (folder.parent / "seen.jsonl",))
    return signature_of(digest, basis) if digest else ""


def edit_in_place(path: Path) -> None:
    """Other bytes, with the size and the time of modification that were there."""
    times = path.stat()
    with path.open("r+b") as stream:
        stream.write(b"AS IT WAS")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def replace_file(path: Path) -> None:
    """Another file of the same size and times under the name."""
    times = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"AS IT WAS")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.rename(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited in place, size and time kept": lambda case: edit_in_place(case / "evidence/letters/b.txt"),
    "replaced, size and time kept": lambda case: replace_file(case / "evidence/a.txt"),
    "new file": lambda case: (case / "evidence/letters/c.txt").touch(),
    "new file in a new folder": lambda case: (case / "evidence/letters/new/deeper").mkdir(parents=True),
    "deleted": lambda case: (case / "evidence/letters/b.txt").unlink(),
    "renamed": lambda case: (case / "evidence/a.txt").rename(case / "evidence/z.txt"),
    "moved": lambda case: (case / "evidence/a.txt").rename(case / "evidence/letters/a.txt"),
    "folder renamed": lambda case: (case / "evidence/letters").rename(case / "evidence/calls"),
    "link": lambda case: (case / "evidence/link").symlink_to("a.txt"),
    "pipe": lambda case: os.mkfifo(case / "evidence/pipe"),
    "second name": lambda case: os.link(case / "evidence/a.txt", case.parent / "other name"),
    "closed to others": lambda case: (case / "evidence/a.txt").chmod(0o600),
    "touched": lambda case: os.utime(case / "evidence/a.txt", ns=(1, 1)),
    "facts edited": lambda case: edit_in_place(case / "case.toml"),
    "facts deleted": lambda case: (case / "case.toml").unlink(),
    "beside evidence": lambda case: (case / "letter.pdf").touch(),
    "in a folder beside evidence": lambda case: (case / "scans").mkdir(),
    "event edited": lambda case: edit_in_place(case / "_chain/events/0000000001.json"),
    "event added": lambda case: (case / "_chain/events/0000000003.json").touch(),
    "event gone": lambda case: (case / "_chain/events/0000000002.json").unlink(),
    "stray event": lambda case: (case / "_chain/events/0000000002 (conflict).json").touch(),
    "page edited": lambda case: edit_in_place(case / "Case status.html"),
    "page deleted": lambda case: (case / "Case status.html").unlink(),
    "head seen": lambda case: (case.parent / "seen.jsonl").touch(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_noticed(case: Path, change: Callable[[Path], object]) -> None:
    before = signature(case)
    assert before
    assert signature(case) == before
    change(case)
    after = signature(case)
    assert after != before
    assert signature(case) == after


OTHERS: dict[str, Callable[[Path], object]] = {
    "a bundle": lambda case: (case / "bundles/bundle.toml").touch(),
    "a draft": lambda case: (case / "drafts/bundle.pdf").touch(),
    "read": lambda case: (case / "evidence/a.txt").read_bytes(),
    "another case": lambda case: (case.parent / "2026-0043").mkdir(),
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_what_a_scan_does_not_look_at_changes_nothing(case: Path, change: Callable[[Path], object]) -> None:
    before = signature(case)
    change(case)
    assert signature(case) == before


LITTER = ("_chain/tmp/.casebinder-x.part", "drafts/.casebinder-x.part", ".casebinder-x.part")


@pytest.mark.parametrize("name", LITTER)
def test_a_case_with_litter_is_never_quiet(case: Path, name: str) -> None:
    (case / name).touch()
    assert signature(case) == ""


def test_a_case_that_cannot_be_looked_at_is_never_quiet(case: Path) -> None:
    (case / "_chain/events").rename(case / "_chain/away")
    assert signature(case) == ""
    assert signature(case.parent / "nowhere") == ""


def test_another_version_is_another_signature(case: Path) -> None:
    assert signature(case, "version 2") != signature(case)


def test_a_folder_in_the_place_of_another_is_noticed(case: Path) -> None:
    before = signature(case)
    away = case.rename(case.with_name("away"))
    assert signature(case) == ""
    away.rename(case)
    assert signature(case) == before


names = st.binary(min_size=1, max_size=12).filter(
    lambda name: not {0, 47} & set(name) and name not in (b".", b"..")
)


@given(
    trees=st.lists(
        st.dictionaries(names, st.sampled_from([b"", b"1", b"22"]), max_size=5), min_size=2, max_size=2
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_equal_names_and_files_only_give_equal_signatures(
    case: Path, trees: list[dict[bytes, bytes]]
) -> None:
    evidence = os.fsencode(case / "evidence" / "letters")
    found = []
    for tree in trees:
        for name in os.listdir(evidence):  # noqa: PTH208 - raw names
            os.unlink(os.path.join(evidence, name))  # noqa: PTH108, PTH118 - raw names
        for name, data in tree.items():
            with open(os.path.join(evidence, name), "wb") as stream:  # noqa: PTH118, PTH123 - raw names
                stream.write(data)
        found.append(signature(case))
        assert signature(case) == found[-1]
    if {name: len(data) for name, data in trees[0].items()} != {
        name: len(data) for name, data in trees[1].items()
    }:
        assert found[0] != found[1]


def look(**changed: object) -> QuietLook:
    plain = QuietLook(b"held", frozenset({b"1", b"2"}), b"own", 1_000, litter=False)
    return replace(plain, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("after", "ours"),
    [
        (look(), True),
        (look(own=b"page written"), True),
        (look(events=frozenset({b"1", b"2", b"3"})), True),
        (look(events=frozenset({b"1", b"2 edited"})), False),
        (look(held=b"a new file"), False),
    ],
)
def test_what_came_of_a_scan_is_told_from_what_others_did(after: QuietLook, ours: bool) -> None:
    assert came_of(look(), after) is ours


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        (look(), True),
        (look(own=b"page edited"), False),
        (look(events=frozenset({b"1", b"2", b"3"})), False),
        (look(held=b"a new file"), False),
        (look(litter=True), False),
        (look(newest_ns=5_000), False),
        (look(newest_ns=4_999), True),
    ],
)
def test_a_signature_is_kept_only_if_nothing_happened_since_or_just_before(
    now: QuietLook, kept: bool
) -> None:
    assert may_keep(look(), now, share_now_ns=15_000, granularity_ns=10_000) is kept


def test_each_part_of_a_look_is_part_of_the_signature() -> None:
    looks = [look(), look(held=b"x"), look(own=b"x"), look(events=frozenset({b"x"}))]
    assert len({digest_of(one) for one in looks}) == 4


def test_the_newest_change_is_the_latest_of_all(case: Path) -> None:
    path = case / "evidence" / "letters" / "b.txt"
    os.utime(path, ns=(1, 1))
    assert look_at_case(case, ()).newest_ns == path.stat().st_ctime_ns
