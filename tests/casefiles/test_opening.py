"""A case opens whole or not at all."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from casefiles.case import Role
from casefiles.case_schema import read_case
from casefiles.chain.journal import Journal
from casefiles.errors import FileInvalid, Unavailable, UsageError
from casefiles.hashing import sha256_file
from casefiles.opening import NewCase, NewPerson, case_folder_name, open_new_case
from casefiles.recorder import Recorder

RECORDER = Recorder("ewo", "desk", "casebinder test", lambda: datetime(2026, 3, 2, 9, tzinfo=UTC), os.urandom)


def a_case(**changes: object) -> NewCase:
    values: dict[str, object] = {
        "reference": "2026-0042",
        "kind": "prosecution-444-1a",
        "opened": date(2026, 3, 2),
        "officer": "AB",
        "people": (
            NewPerson(Role.CHILD, "Zoë Example"),
            NewPerson(Role.CHILD, "Zoe Example"),
            NewPerson(Role.DEFENDANT, 'Pat "P" Example'),
        ),
        "folders": ("letters", "legal advice"),
    }
    return NewCase(**{**values, **changes})  # type: ignore[arg-type]


def test_folder_case_file_and_chain_are_there_at_once(tmp_path: Path) -> None:
    layout = open_new_case(tmp_path, a_case(), RECORDER)
    assert layout.folder.name == "2026-0042 EXAMPLE"
    assert (layout.folder / "evidence" / "legal advice").is_dir()
    case = read_case(layout.case_file)
    assert [(person.id, person.name) for person in case.people] == [
        ("zoe", "Zoë Example"),
        ("zoe-2", "Zoe Example"),
        ("pat", 'Pat "P" Example'),
    ]
    state = Journal(layout, RECORDER).state()
    assert (state.reference, state.kind) == ("2026-0042", "prosecution-444-1a")
    assert state.facts_sha256 == sha256_file(layout.case_file)
    assert [path.name for path in tmp_path.iterdir()] == ["2026-0042 EXAMPLE"]


def test_a_second_case_of_that_name_is_refused(tmp_path: Path) -> None:
    open_new_case(tmp_path, a_case(), RECORDER)
    with pytest.raises(UsageError, match="already"):
        open_new_case(tmp_path, a_case(), RECORDER)


def test_nothing_is_left_behind_where_it_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileInvalid):
        open_new_case(tmp_path, a_case(officer="ab"), RECORDER)
    with pytest.raises(Unavailable):
        open_new_case(tmp_path / "gone", a_case(), RECORDER)
    with pytest.raises(ValueError, match="kind"):
        open_new_case(tmp_path, a_case(kind="not-a-kind-because-it-is-far-too-long-" + "x" * 60), RECORDER)
    assert list(tmp_path.iterdir()) == []


def test_folder_names_a_share_accepts() -> None:
    people = (NewPerson(Role.CHILD, "A O'Neil/Smith?"),)
    assert case_folder_name(a_case(reference="2026/7", people=people)) == "2026-7 O'NEIL-SMITH-"
    assert case_folder_name(a_case(people=())) == "2026-0042"


def test_an_opening_that_was_begun_and_never_ended_is_taken_over_as_long_as_nothing_came_since(
    tmp_path: Path,
) -> None:
    layout = open_new_case(tmp_path, a_case(), RECORDER)
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    assert open_new_case(tmp_path, a_case(), RECORDER, unfinished=True) == layout
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before
    layout.case_file.write_text(layout.case_file.read_text() + "# mine\n")
    with pytest.raises(UsageError, match="already"):
        open_new_case(tmp_path, a_case(), RECORDER, unfinished=True)
