"""Two processes publish under one name: a share that keeps its word, and one that does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from casefiles.share.race import RaceResult, race

ENVIRONMENT = {"PATH": os.environ["PATH"]}
CHEAT = """
import os, sys
from pathlib import Path
from casefiles.share.race import compete
{publish}
compete(Path(sys.argv[1]), sys.argv[2], publish)
"""


def cheating(publish: str) -> list[str]:
    return [sys.executable, "-c", CHEAT.format(publish=publish)]


def test_exactly_one_wins_every_round(tmp_path: Path) -> None:
    result = race(tmp_path, ENVIRONMENT, rounds=60)
    assert result.sound
    assert (result.rounds, result.clean, sum(result.wins)) == (60, 60, 60)
    assert len(list(tmp_path.iterdir())) == 60


@pytest.mark.parametrize(
    ("publish", "counted"),
    [
        ("def publish(part, target): os.replace(part, target); return True", "both"),
        ("def publish(part, target): os.unlink(part); return False", "nobody"),
        (
            "def publish(part, target):\n"
            " os.replace(part, target.with_name(target.name + sys.argv[2]))\n"
            " return sys.argv[2] == 'one'",
            "foreign",
        ),
    ],
)
def test_a_share_that_breaks_its_word_is_found_out(tmp_path: Path, publish: str, counted: str) -> None:
    result = race(tmp_path, ENVIRONMENT, rounds=5, competitor=cheating(publish))
    assert not result.sound
    assert getattr(result, counted) == 5
    assert result.clean == 0


def test_a_temporary_name_that_stays_is_counted(tmp_path: Path) -> None:
    keeps = (
        "from casefiles.files.publish import publish_file\n"
        "def publish(part, target):\n"
        " os.link(part, f'{part}.again{target.name}')\n"
        " return publish_file(part, target)"
    )
    result = race(tmp_path, ENVIRONMENT, rounds=3, competitor=cheating(keeps))
    assert (result.clean, result.left_over, result.sound) == (3, 6, False)


def test_a_share_without_any_way_to_publish_says_so(tmp_path: Path) -> None:
    refuses = (
        "from casefiles.errors import Unavailable\n"
        "def publish(part, target): raise Unavailable('neither links nor renames')"
    )
    result = race(tmp_path, ENVIRONMENT, rounds=3, competitor=cheating(refuses))
    assert (result.rounds, result.problem, result.sound) == (0, "neither links nor renames", False)


def test_a_process_that_dies_ends_the_race(tmp_path: Path) -> None:
    result = race(tmp_path, ENVIRONMENT, rounds=3, competitor=[sys.executable, "-c", "pass"])
    assert result.problem == "one of the two processes ended"


def test_a_competitor_imports_nothing_from_the_folder_it_is_started_in(tmp_path: Path) -> None:
    (tmp_path / "casefiles.py").write_text("raise SystemExit('planted')")
    (tmp_path / "race").mkdir()
    script = f"import os; os.chdir({str(tmp_path)!r})\nfrom pathlib import Path\n" + (
        "from casefiles.share.race import race\n"
        "assert race(Path('race').absolute(), {'PATH': os.environ['PATH']}, rounds=2).sound"
    )
    subprocess.run([sys.executable, "-P", "-c", script], check=True, cwd=tmp_path)


def test_no_round_at_all_proves_nothing() -> None:
    assert not RaceResult(0, 0, 0, 0, 0, 0, (0, 0), 0.0).sound
