"""case.toml: the example is read whole; every kind of mistake names its line and what to do."""

from datetime import date
from pathlib import Path

import pytest

from casefiles.case import Role
from casefiles.case_schema import parse_case, read_case
from casefiles.errors import FileInvalid, Unavailable

EXAMPLE = Path(__file__).parents[1] / "examples" / "case.toml"
TEXT = """reference = "2026-0042"
kind = "prosecution-444-1a"
opened = 2026-03-02
officer = "AB"

[[people]]
id = "zoe"
role = "child"
name = "Zoë Example"
born = 2014-05-17

[[people]]
id = "pat"
role = "defendant"
name = "Pat Example"
parent_of = ["zoe"]
address = { value = "9 Elsewhere Road", confidential = true, keep_from = ["zoe"] }

[[charges]]
defendant = "pat"
child = "zoe"
section = "444(1A)"
from = 2026-01-05
to = 2026-02-13

[[hearings]]
id = "first"
court = "anytown"
kind = "first hearing"
at = 2026-06-18T10:00:00
"""


def test_the_example_is_read_whole() -> None:
    case = read_case(EXAMPLE)
    assert [person.id for person in case.with_role(Role.DEFENDANT)] == ["pat", "kit"]
    assert len(case.charges) == 2
    kit = case.person("kit")
    assert kit.address is not None
    assert kit.address.for_reader(frozenset({"pat"})) is None
    assert kit.address.for_reader(frozenset({"kit"})) == "Flat 2, 9 Elsewhere Road, Anytown AN2 2BB"


def test_values_arrive_as_they_stand() -> None:
    case = parse_case(TEXT.encode())
    assert case.charges[0].last_day == date(2026, 2, 13)
    assert case.evidence == ("evidence",)
    assert case.hearing("first") is not None
    assert case.hearing("second") is None
    with pytest.raises(KeyError):
        case.person("nobody")


def test_a_confidential_value_never_prints_itself() -> None:
    person = parse_case(TEXT.encode()).person("pat")
    assert "Elsewhere" not in f"{person} {person.address} {person!r}"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("born =", "birn =", 10, "“birn” is not a known key"),
        ("2014-05-17", "2014-02-30", 10, "no such date"),
        ("2014-05-17", '"2014-05-17"', 10, "must be a date"),
        ('name = "Zoë Example"\n', "", 6, "“name” is missing"),
        ('role = "child"', 'role = "kid"', 8, "role"),
        ('id = "pat"', 'id = "zoe"', 13, "used twice"),
        ('parent_of = ["zoe"]', 'parent_of = ["sam"]', 16, "not a child of this case"),
        ('keep_from = ["zoe"]', 'keep_form = ["zoe"]', 17, "“keep_form” is not a known key"),
        ('keep_from = ["zoe"]', 'keep_from = ["jo"]', 17, "not a person of this case"),
        ("confidential = true, ", "", 17, "confidential is not true"),
        ('defendant = "pat"', 'defendant = "zoe"', 20, "not a defendant"),
        ("to = 2026-02-13", "to = 2026-01-04", 24, "ends before it begins"),
        ("at = 2026-06-18T10:00:00", "at = 2026-06-18T10:00:00Z", 30, "time zone"),
        ("at = 2026-06-18T10:00:00", "at = 2026-06-18", 30, "must be a date and time"),
        ('officer = "AB"', 'officer = "AB"\nevidence = ["../x"]', 5, "cannot be an evidence folder"),
        ('officer = "AB"', "officer = AB", 4, "Invalid value"),
    ],
)
def test_each_mistake_names_its_line(old: str, new: str, line: int, words: str) -> None:
    assert old in TEXT
    with pytest.raises(FileInvalid) as caught:
        parse_case(TEXT.replace(old, new, 1).encode())
    assert caught.value.line == line
    assert words in caught.value.message
    assert caught.value.message.startswith(f"case.toml, line {line}: ")
    assert caught.value.remedy


def test_the_same_charge_twice() -> None:
    charge = TEXT[TEXT.index("[[charges]]") : TEXT.index("[[hearings]]")]
    with pytest.raises(FileInvalid, match="twice"):
        parse_case((TEXT + charge).encode())


def test_not_utf8_and_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileInvalid, match="line 9") as caught:
        parse_case(TEXT.encode("latin-1"))
    assert "UTF-8" in caught.value.message
    with pytest.raises(Unavailable, match=r"case\.toml cannot be read"):
        read_case(tmp_path / "case.toml")
