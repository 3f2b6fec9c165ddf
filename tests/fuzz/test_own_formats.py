"""Every parser of a format of our own, given damaged bytes: it reads them or refuses them with a reason, and what it
reads is written again as it was."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundles.bundle_file import new_bundle_text, parse_bundle_file, with_new_lines, without_line
from bundles.derived import Derived
from bundles.manifest import Manifest, ManifestRow, decode_manifest
from bundles.profile import BUILT_IN, Profile
from bundles.proof.attached import ManifestUnreadable
from bundles.proof.attached import decode as decode_attached
from bundles.treatment import Treatment
from bundles.treatment import decode as decode_treatment
from casefiles.case_schema import parse_case
from casefiles.chain import checkpoints, events, heads, names
from casefiles.chain.keyrecords import decode_record, decode_request, decode_retirement
from casefiles.chain.signing import take
from casefiles.errors import FileInvalid, VerificationFailed
from casefiles.settings import Settings
from casefiles.strict_toml import parse_strict
from templates.case_kinds import CaseKind
from tests.casefiles.chain.conftest import new_kit
from tests.fuzz.damage import EXAMPLES, damaged

REPOSITORY = Path(__file__).parents[2]
CASE = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
DIGEST = "0123456789abcdef" * 4


def written_again(data: bytes, value: Any) -> None:
    assert value.encode() == data


@dataclass(frozen=True)
class Format:
    """One parser, what it refuses damaged bytes with, and what holds of what it reads."""

    seeds: Callable[[], Sequence[bytes]]
    parse: Callable[[bytes], Any]
    refuses: tuple[type[Exception], ...] = (ValueError,)
    holds: Callable[[bytes, Any], None] = lambda _data, _value: None


@cache
def chain_files() -> dict[str, tuple[bytes, ...]]:
    """Files of a real chain with a key, papers and a checkpoint, by the name of their folder."""
    with tempfile.TemporaryDirectory() as folder:
        kit = new_kit(Path(folder))
        key, ring = kit.make_key()
        kit.drop("register, Łoś 2026.pdf", b"%PDF-1.7 one")
        kit.drop("letter.txt", b"two")
        take(kit.journal, ring, key)
        found = {
            "events": [path.read_bytes() for path in sorted(kit.layout.events.iterdir())],
            "names": [path.read_bytes() for path in sorted(kit.layout.names.iterdir())],
            "checkpoints": [path.read_bytes() for path in sorted(kit.layout.checkpoints.glob("*.txt"))],
            "keys": [path.read_bytes() for path in sorted(kit.workspace.keys.glob("*.json"))],
            "seen": [heads.SeenHead(CASE, 3, DIGEST, "2026-03-01T10:00:00.000Z").encode()],
        }
        return {name: tuple(files) for name, files in found.items()}


def manifest() -> bytes:
    rows = tuple(
        ManifestRow(
            page,
            str(page),
            "A1",
            "evidence",
            "AB/1",
            DIGEST,
            page - 2,
            "pdf",
            "3",
            "",
            "pages=1-2",
            DIGEST,
            4,
        )
        for page in (3, 4)
    )
    return Manifest(
        case_uuid=CASE, case_reference="2026-0042", bundle="trial", version=1, profile="judiciary-2021", mark="",
        made_at="2026-03-01T10:00:00.000Z", checkpoint="20:9f3a000000000000", casebinder="0.1.0", front_sha256=DIGEST,
        front_pages=2, first_page=1, pages=4, volume=1, volumes=1, rows=rows,
    ).encode()  # fmt: skip


def lines_come_and_go(data: bytes, value: Any) -> None:
    """A bundle file that is read can lose each of its lines, and takes none that it has."""
    text = data.decode()
    assert with_new_lines(text, []) == text
    for line in value.lines:
        left = without_line(text, value, line)
        if left is not None:
            kept = parse_bundle_file(left.encode(), "bundle.toml").lines
            assert [each.id for each in kept] == [each.id for each in value.lines if each != line]


def examples(*names: str) -> Callable[[], Sequence[bytes]]:
    return lambda: [(REPOSITORY / "tests" / "examples" / name).read_bytes() for name in names]


def of_chain(name: str) -> Callable[[], Sequence[bytes]]:
    return lambda: chain_files()[name]


def name_again(data: bytes, value: tuple[str, names.NameEntry]) -> None:
    assert names.encode(*value) == data


def files_in(folder: Path) -> Callable[[], Sequence[bytes]]:
    return lambda: [path.read_bytes() for path in sorted(folder.glob("*.toml"))]


def derived_row() -> bytes:
    made = Derived(Path("x.pdf"), DIGEST, "pdf", "3", (), (), (), "", "grey")
    return json.dumps(made.as_json()).encode()


def written(data: bytes, value: Any) -> None:
    assert value.data == data


def encoded(data: bytes, value: Treatment) -> None:
    assert value.encode().encode() == data


SETTINGS = b"""
version = 1
id = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
[authority]
name = "Test Council"
[[courts]]
id = "court"
name = "Test Magistrates' Court"
[[officers]]
initials = "AB"
name = "A. B. Officer"
"""
FORMATS = {
    "case": Format(examples("case.toml"), parse_case, (FileInvalid,)),
    "settings": Format(
        lambda: [SETTINGS], lambda data: parse_strict(data, "casebinder.toml", Settings), (FileInvalid,)
    ),
    "bundle file": Format(
        lambda: [*examples("trial.toml")(), new_bundle_text("judiciary-2021", "", "Bundle", []).encode()],
        lambda data: parse_bundle_file(data, "bundle.toml"),
        (FileInvalid,),
        lines_come_and_go,
    ),
    "profile": Format(
        files_in(BUILT_IN), lambda data: parse_strict(data, "profile.toml", Profile), (FileInvalid,)
    ),
    "kind": Format(
        files_in(REPOSITORY / "templates" / "kinds"),
        lambda data: parse_strict(data, "kind.toml", CaseKind),
        (FileInvalid,),
    ),
    "event": Format(of_chain("events"), events.decode, holds=written_again),
    "names": Format(of_chain("names"), names.decode, holds=name_again),
    "checkpoint": Format(of_chain("checkpoints"), checkpoints.decode, holds=written_again),
    "seen head": Format(of_chain("seen"), heads.decode, holds=written_again),
    "key": Format(of_chain("keys"), decode_record, holds=written_again),
    "key request": Format(of_chain("keys"), decode_request, holds=written_again),
    "retired key": Format(of_chain("keys"), decode_retirement, holds=written_again),
    "manifest": Format(lambda: [manifest()], decode_manifest, (VerificationFailed,), written_again),
    "manifest, as proof reads it": Format(
        lambda: [manifest()], decode_attached, (ManifestUnreadable,), written
    ),
    "treatment": Format(
        lambda: [b"sheets=1-2,5 notes ocr pages=3-7,9 grey paper=A4 dpi=200", b""],
        lambda data: decode_treatment(data.decode("utf-8", "replace")),
        holds=encoded,
    ),
    "derived, in the cache": Format(
        lambda: [derived_row()],
        lambda data: Derived.from_json(Path("x.pdf"), json.loads(data)),
        (ValueError, KeyError, TypeError, AttributeError, RecursionError),
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_seeds_are_read(name: str) -> None:
    """But of the two formats of keys for which there is only the third's file."""
    kind = FORMATS[name]
    seeds = kind.seeds()
    assert seeds
    if name not in {"key request", "retired key"}:
        for data in seeds:
            kind.holds(data, kind.parse(data))


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_damaged_bytes_are_read_or_refused(name: str, data: st.DataObject) -> None:
    kind = FORMATS[name]
    broken = data.draw(damaged(kind.seeds()))
    try:
        value = kind.parse(broken)
    except kind.refuses:
        return
    kind.holds(broken, value)
