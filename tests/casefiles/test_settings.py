"""casebinder.toml: read whole, and a mistake names its line."""

from pathlib import Path

import pytest

from casefiles.errors import FileInvalid
from casefiles.settings import read_settings

TEXT = """version = 1
id = "0f8fad5b-d9cb-469f-a165-70867728950e"

[authority]
name = "Anytown Council"

[[courts]]
id = "anytown-magistrates"
name = "Anytown Magistrates' Court"
max_mb = 25

[[schools]]
id = "northgate"
name = "Northgate Primary School"
"""


def test_defaults_and_lookups(tmp_path: Path) -> None:
    file = tmp_path / "casebinder.toml"
    file.write_text(TEXT)
    settings = read_settings(file)
    assert settings.profile == "judiciary-2021"
    court, school = settings.court("anytown-magistrates"), settings.school("northgate")
    assert court is not None
    assert court.max_mb == 25
    assert school is not None
    assert settings.court("x") is None
    assert settings.school("x") is None


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("version = 1", "version = 2", 1),
        ("max_mb = 25", "max_mb = 0", 10),
        ("max_mb = 25", "max_mb = 2.5", 10),
        ("max_mb = 25", "max_mb = true", 10),
        ("max_mb = 25", "max_mb = 100_001", 10),
        ("max_mb = 25", f"max_mb = 1{'0' * 400}", 10),
        ("[authority]", "[authorty]", 4),
        ('id = "northgate"', 'id = "North Gate"', 13),
        ('[[schools]]\nid = "northgate"', '[[courts]]\nid = "anytown-magistrates"', 13),
    ],
)
def test_mistakes_name_their_line(tmp_path: Path, old: str, new: str, line: int) -> None:
    file = tmp_path / "casebinder.toml"
    assert old in TEXT
    file.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(FileInvalid) as caught:
        read_settings(file)
    assert (caught.value.line, bool(caught.value.remedy)) == (line, True)
