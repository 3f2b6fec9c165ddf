"""The systemd unit: what systemd itself says of it, and that it runs what exists."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[3] / "packaging" / "casebinder-watch@.service"
PROGRAM = "/opt/casebinder/.venv/bin/casebinder"


def verify(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """`systemd-analyze verify` on an instance of the unit with that text."""
    file = folder / "casebinder-watch@srv-education-cases.service"
    file.write_text(text)
    return subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(file)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def rendered() -> str:
    """The unit, running the program of this environment."""
    assert shutil.which("systemd-analyze"), "Run: make setup-test"
    program = Path(sys.executable).with_name("casebinder")
    assert program.is_file()
    return UNIT.read_text().replace(PROGRAM, str(program))


def test_systemd_finds_nothing_wrong(rendered: str, tmp_path: Path) -> None:
    done = verify(tmp_path, rendered)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("good", "bad"), [("Restart=on-failure", "Restart=sometimes"), ("ExecStart=/", "ExecStart=/nowhere/")]
)
def test_systemd_would_have_found_a_mistake(rendered: str, tmp_path: Path, good: str, bad: str) -> None:
    assert good in rendered
    done = verify(tmp_path, rendered.replace(good, bad))
    assert done.stderr


def test_the_share_itself_is_never_bound_in_the_services_namespace() -> None:
    """Bound onto itself, a share that is disconnected stays visible to the service, and the new one hidden."""
    text = UNIT.read_text()
    for line in re.findall(r"^(?:ReadWritePaths|BindPaths)=(.*)$", text, re.MULTILINE):
        assert "%f" not in line
        assert "%I" not in line


def test_the_hardening_is_there() -> None:
    lines = set(UNIT.read_text().splitlines())
    wanted = {
        "ProtectSystem=strict",
        "PrivateNetwork=yes",
        "NoNewPrivileges=yes",
        "PrivateTmp=yes",
        "Type=notify",
    }
    assert wanted <= lines
