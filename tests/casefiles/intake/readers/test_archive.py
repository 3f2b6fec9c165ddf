"""Zip archives as people and attackers make them."""

from __future__ import annotations

import io
import stat
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from casefiles.intake.facts import FileFacts, read_facts
from casefiles.intake.kinds import Kind, KindOf
from casefiles.intake.limits import FactsLimits

ZIP = KindOf(Kind.ZIP, "application/zip", "zip archive")


def facts_of(folder: Path, data: bytes, limits: FactsLimits | None = None, depth: int = 0) -> FileFacts:
    (folder / "a.zip").write_bytes(data)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    for left in scratch.iterdir():
        left.unlink()
    return read_facts(folder / "a.zip", ZIP, scratch, limits, subject="a.zip", depth=depth)


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in members:
            made.writestr(name, data)
    return out.getvalue()


def children(facts: FileFacts) -> list[tuple[bytes, bytes]]:
    return [(child.name, child.path.read_bytes()) for child in facts.children]


def codes(facts: FileFacts) -> list[str]:
    return [one.code for one in facts.findings]


def test_each_file_is_a_child_under_its_own_name(tmp_path: Path) -> None:
    facts = facts_of(
        tmp_path, archive(("sub/", b""), ("sub/a.txt", b"one"), ("żółć.txt", b"two"), ("empty", b""))
    )
    assert facts.state == "readable"
    assert children(facts) == [(b"sub/a.txt", b"one"), ("żółć.txt".encode(), b"two"), (b"empty", b"")]
    assert codes(facts) == ["zip-members"]
    assert "żółć.txt" in facts.text


def test_what_another_program_packed(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_bytes(b"Note" * 100)
    (tmp_path / "link").symlink_to("/etc/passwd")
    subprocess.run(["zip", "-q", "-y", "x.zip", "note.txt", "link"], cwd=tmp_path, check=True)
    facts = facts_of(tmp_path, (tmp_path / "x.zip").read_bytes())
    assert (facts.state, children(facts)) == ("readable", [(b"note.txt", b"Note" * 100)])
    assert codes(facts) == ["zip-members", "zip-links"]
    subprocess.run(["zip", "-q", "-P", "secret", "y.zip", "note.txt"], cwd=tmp_path, check=True)
    facts = facts_of(tmp_path, (tmp_path / "y.zip").read_bytes())
    assert (facts.state, facts.children, codes(facts)) == ("held", (), ["zip-password"])
    assert "note.txt" in facts.findings[0].message


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../up.txt", "points outside"),
        ("/etc/passwd", "absolute"),
        ("C:\\x.txt", "absolute"),
        ("..\\up", "outside"),
    ],
)
def test_names_that_lead_elsewhere_are_names_only(tmp_path: Path, name: str, words: str) -> None:
    facts = facts_of(tmp_path, archive((name, b"data")))
    assert facts.state == "readable"
    assert children(facts) == [(name.encode(), b"data")]
    assert facts.children[0].path.parent == tmp_path / "scratch"
    assert codes(facts) == ["zip-members", "zip-names"]
    assert words in facts.findings[1].message


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_files_of_the_same_name_are_all_taken_out(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, archive(("a.txt", b"one"), ("A.TXT", b"two"), ("a.txt", b"three")))
    assert [data for _, data in children(facts)] == [b"one", b"two", b"three"]
    assert "same name" in facts.findings[1].message


def test_a_name_that_is_not_utf_8_stays_as_it_is(tmp_path: Path) -> None:
    data = archive(("caf__.txt", b"x")).replace(b"caf__.txt", b"caf\x82\xe9.txt")
    assert children(facts_of(tmp_path, data)) == [(b"caf\x82\xe9.txt", b"x")]


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, archive(("zeros", bytes(40 << 20)), ("note.txt", b"x")))
    assert (facts.state, codes(facts)) == ("held", ["zip-bomb", "zip-members"])
    assert "zeros" in facts.findings[0].message
    assert children(facts) == [(b"note.txt", b"x")]


def test_files_that_share_their_bytes_are_a_bomb(tmp_path: Path) -> None:
    whole = archive(("one", b"data" * 50), ("two", b"data" * 50), method=zipfile.ZIP_STORED)
    second = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02") + 1)
    facts = facts_of(tmp_path, whole[: second + 42] + bytes(4) + whole[second + 46 :])
    assert (facts.state, codes(facts)[0], facts.children) == ("held", "zip-bomb", ())


def test_one_damaged_file_does_not_lose_the_others(tmp_path: Path) -> None:
    data = archive(("bad", b"B" * 100), ("good", b"G" * 100), method=zipfile.ZIP_STORED).replace(
        b"BBB", b"BXB", 1
    )
    facts = facts_of(tmp_path, data)
    assert (facts.state, codes(facts)) == ("held", ["zip-damaged", "zip-members"])
    assert children(facts) == [(b"good", b"G" * 100)]


def test_a_method_that_is_not_known_is_named(tmp_path: Path) -> None:
    data = bytearray(archive(("a", b"x" * 50)))
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 9
    facts = facts_of(tmp_path, bytes(data))
    assert (facts.state, codes(facts)) == ("held", ["zip-method"])
    assert "method 9" in facts.findings[0].message


def test_limits_are_named(tmp_path: Path) -> None:
    data, limits = archive(*((f"{number}.txt", b"x" * 100) for number in range(4))), FactsLimits()
    many = facts_of(tmp_path, data, replace(limits, zip_members=3))
    assert (many.state, codes(many)) == ("held", ["zip-too-many"])
    large = facts_of(tmp_path, data, replace(limits, zip_bytes=250))
    assert (large.state, codes(large), len(large.children)) == ("held", ["zip-too-large", "zip-members"], 2)
    assert "250 bytes" in large.findings[0].message
    count = facts_of(tmp_path, data, replace(limits, child_count=3))
    assert (count.state, codes(count)) == ("held", ["zip-not-whole", "zip-members", "children-too-many"])
    deep = facts_of(tmp_path, data, depth=5)
    assert (deep.state, codes(deep), deep.children) == ("held", ["zip-not-whole", "children-too-deep"], ())


def test_an_archive_within_is_a_child_and_an_empty_one_is_readable(tmp_path: Path) -> None:
    inner = archive(("deep.txt", b"deep"))
    assert children(facts_of(tmp_path, archive(("inner.zip", inner)))) == [(b"inner.zip", inner)]
    assert facts_of(tmp_path, archive()).state == "readable"


def test_bytes_before_the_archive_are_told(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, b"MZ program" + archive(("a", b"x")))
    assert codes(facts) == ["zip-members", "zip-extra-bytes"]
    assert children(facts) == [(b"a", b"x")]


def test_a_link_made_elsewhere_is_not_followed(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(info, b"/etc/passwd")
    facts = facts_of(tmp_path, out.getvalue())
    assert (facts.children, codes(facts)) == ((), ["zip-links"])


WHOLE = archive(("a.txt", b"one" * 40), ("b.txt", b"two" * 40))


@pytest.mark.parametrize("cut", [4, 30, len(WHOLE) // 2, len(WHOLE) - 1])
def test_a_cut_archive_is_held(tmp_path: Path, cut: int) -> None:
    facts = facts_of(tmp_path, WHOLE[:cut])
    assert (facts.state, codes(facts)) == ("held", ["zip-damaged"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@example([(132, 0)])  # the name of a member begins with a zero byte, so it has none
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=12))
def test_damage_is_held_or_read_never_a_crash(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, value in changes:
        data[place] = value
    facts = facts_of(tmp_path, bytes(data))
    assert facts.state in ("readable", "held")
    assert facts.state == "held" or len(facts.children) + codes(facts).count("zip-links") <= 2
