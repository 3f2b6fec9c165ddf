"""A folder becomes a case as it stands: everything in it is evidence, nothing in it is touched, or it is refused."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest

from casefiles import adopting
from casefiles.adopting import adopt_folder
from casefiles.case import Role
from casefiles.case_schema import read_case
from casefiles.chain.journal import Journal
from casefiles.errors import CasebinderError, FileInvalid, Unavailable, UsageError
from casefiles.intake.listing import list_evidence
from casefiles.layout import CaseLayout
from casefiles.opening import NewCase, NewPerson, case_file_text
from casefiles.recorder import Recorder

NEW = NewCase(
    "2026-7", "prosecution-443", date(2026, 1, 1), "AB", (NewPerson(Role.CHILD, "Jo Doe"),), ("statements",)
)
PAPERS = {
    "letter.pdf": b"a",
    "letters/old/one.txt": b"b",
    "letters/ü\n.txt": b"c",
    "Drafts of ours/x.doc": b"d",
}


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    seconds = count()
    yield Recorder(
        "ewo", "desk", "test", lambda: datetime.fromtimestamp(1.77e9 + next(seconds), UTC), os.urandom
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "cases" / "Doe, old papers"
    for name, data in PAPERS.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(data)
    return made


def looks(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_everything_in_it_is_evidence_and_stays_as_it_is(folder: Path, recorder: Recorder) -> None:
    before = looks(folder)
    adopted = adopt_folder(folder.parent, folder, NEW, recorder)
    assert adopted.case_file_made
    after = looks(folder)
    assert {name: after[name] for name in before} == before
    case = read_case(adopted.layout.case_file)
    assert (case.reference, case.evidence, case.people[0].name) == ("2026-7", (".",), "Jo Doe")
    listing = list_evidence(folder, case.evidence, lambda _name: None)
    assert set(listing.files) == {os.fsencode(name) for name in PAPERS}
    assert [event.type.value for event in Journal(adopted.layout, recorder).read().events] == [
        "case.opened", "facts.changed",
    ]  # fmt: skip
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [
        "Drafts of ours", "_chain", "bundles", "drafts", "issued", "letters",
    ]  # fmt: skip


@pytest.mark.parametrize("step", ["make_folder", "open_case", "publish_new"])
def test_interrupted_it_leaves_no_half_case_and_the_same_command_goes_on(
    folder: Path, recorder: Recorder, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(*_words: object, **_more: object) -> None:
        raise Unavailable("the share went away")

    with monkeypatch.context() as patch, pytest.raises(Unavailable):
        patch.setattr(adopting, step, stops)
        adopt_folder(folder.parent, folder, NEW, recorder)
    assert not (folder / "_chain").exists()
    assert not (folder / "case.toml").exists()
    adopt_folder(folder.parent, folder, NEW, recorder)
    assert (folder / "_chain").is_dir()


def test_after_a_crash_that_cleaned_nothing_up_it_goes_on(folder: Path, recorder: Recorder) -> None:
    text = case_file_text(replace(NEW, evidence=(".",), folders=()))
    (folder / "case.toml").write_text(text)
    (folder / ".casebinder-chain-1").mkdir()
    (folder / ".casebinder-chain-1" / "x.json").write_text("{}")
    adopt_folder(folder.parent, folder, NEW, recorder)
    again = adopt_folder(folder.parent, folder, NEW, recorder)
    assert not again.case_file_made
    listing = list_evidence(folder, (".",), lambda _name: None)
    assert set(listing.files) == {os.fsencode(name) for name in PAPERS}


def test_a_valid_case_file_is_used_as_it_stands(folder: Path, recorder: Recorder) -> None:
    text = (
        'reference = "2026-7"\nkind = "prosecution-443"\nopened = 2025-05-05\nofficer = "CD"\n'
        'evidence = ["letters", "new post"]  # mine\n'
    )
    (folder / "case.toml").write_text(text)
    (folder / "bundles").mkdir()
    (folder / "bundles" / "trial.toml").write_text("# prepared")
    assert not adopt_folder(folder.parent, folder, NEW, recorder).case_file_made
    assert (folder / "case.toml").read_text() == text
    assert (folder / "new post").is_dir()


@pytest.mark.parametrize(
    ("text", "error"), [("reference = ", FileInvalid), ('reference = "9"\n', FileInvalid)]
)
def test_a_case_file_with_a_mistake_is_reported_and_left(
    folder: Path, recorder: Recorder, text: str, error: type[CasebinderError]
) -> None:
    (folder / "case.toml").write_text(text)
    before = looks(folder)
    with pytest.raises(error, match=r"case\.toml"):
        adopt_folder(folder.parent, folder, NEW, recorder)
    assert looks(folder) == before
    assert not (folder / "_chain").exists()


def test_a_case_file_of_another_case_is_refused(folder: Path, recorder: Recorder) -> None:
    (folder / "case.toml").write_text(
        'reference = "2025-1"\nkind = "eso"\nopened = 2025-05-05\nofficer = "CD"\n'
    )
    with pytest.raises(UsageError, match="2025-1, eso"):
        adopt_folder(folder.parent, folder, NEW, recorder)


@pytest.mark.parametrize(
    "name",
    [
        "drafts/letter.docx",
        "issued/old bundle.pdf",
        "bundles/bundle.pdf",
        "Drafts/letter.docx",
        "Case status.html",
        "CASE.TOML",
        "_chain/papers.txt",
        "letters/2024-1/case.toml",
        "letters/2024-1/_chain/events/0000000001.json",
    ],
)
def test_what_would_get_in_each_others_way_is_refused_with_nothing_changed(
    folder: Path, recorder: Recorder, name: str
) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"theirs")
    before = looks(folder)
    with pytest.raises(UsageError) as refused:
        adopt_folder(folder.parent, folder, NEW, recorder)
    assert refused.value.remedy
    assert looks(folder) == before


def test_empty_folders_and_our_own_page_are_in_nobodys_way(folder: Path, recorder: Recorder) -> None:
    for name in ("bundles", "drafts", "issued"):
        (folder / name).mkdir()
    (folder / "Case status.html").write_text(
        "<p>casebinder writes this page; changes made to it are lost.</p>"
    )
    adopt_folder(folder.parent, folder, NEW, recorder)


def test_a_case_is_not_adopted_again_and_other_places_are_refused(folder: Path, recorder: Recorder) -> None:
    adopt_folder(folder.parent, folder, NEW, recorder)
    other = replace(NEW, reference="2026-8")
    with pytest.raises(UsageError, match="2026-7"):
        adopt_folder(folder.parent, folder, other, recorder)
    (folder / "case.toml").unlink()
    with pytest.raises(UsageError, match="a case already"):
        adopt_folder(folder.parent, folder, NEW, recorder)
    cases = folder.parent
    (cases.parent / "elsewhere").mkdir()
    (cases / "link").symlink_to(folder)
    for place in (
        cases,
        cases.parent,
        cases.parent / "elsewhere",
        folder / "letters",
        cases / "none",
        cases / "link",
    ):
        with pytest.raises(UsageError) as refused:
            adopt_folder(cases, place, NEW, recorder)
        assert str(cases) in refused.value.remedy


def test_a_chain_without_its_layout_is_no_chain(folder: Path, recorder: Recorder) -> None:
    (folder / "_chain").mkdir()
    with pytest.raises(UsageError, match="no evidence chain"):
        adopt_folder(folder.parent, folder, NEW, recorder)
    assert CaseLayout(folder).chain.is_dir()
