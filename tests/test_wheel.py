"""The wheel, installed where nothing of this checkout can be seen, does the main job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("casefiles", "templates", "bundles", "watcher", "cli")
SECONDS = 600

pytestmark = pytest.mark.slow


def _run(command: list[str], **more: object) -> subprocess.CompletedProcess[str]:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, check=False, **more
    )  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, which finds its dependencies where these tests find theirs.

    Only the dependencies: a line of a .pth file adds a folder without reading the .pth files in it, so the editable
    installation of this checkout does not come along.
    """
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    _run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--no-deps",
            "--no-index",
            "--quiet",
            str(wheel),
        ]
    )
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def _ask(clean: Path, question: str) -> object:
    """The JSON that a question, asked in the clean environment, prints."""
    return json.loads(_run([str(clean / "bin" / "python"), "-I", "-c", question], cwd=clean).stdout)


def test_what_the_packages_hold_besides_code_is_in_the_wheel(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    here = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here - inside == set()
    suffixes = {Path(name).suffix for name in here}
    assert {".py", ".toml", ".css", ".j2", ".pdf", ".docx", ".eml"} <= suffixes


def test_the_wheel_holds_nothing_but_the_five_packages(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_packages_come_from_the_clean_environment(clean: Path) -> None:
    question = f"import importlib, json; print(json.dumps([importlib.import_module(n).__file__ for n in {PACKAGES!r}]))"
    places = _ask(clean, question)
    assert isinstance(places, list)
    assert all(Path(place).is_relative_to(clean) for place in places), places


def test_no_other_distribution_owns_our_package_names(clean: Path) -> None:
    question = (
        "import importlib.metadata as m, json; owners = m.packages_distributions(); "
        f"print(json.dumps({{n: sorted(set(owners.get(n, []))) for n in {PACKAGES!r}}}))"
    )
    assert _ask(clean, question) == {package: ["casebinder"] for package in PACKAGES}


def test_the_main_job_runs_from_the_wheel(clean: Path, tmp_path: Path) -> None:
    environment = {
        "PATH": f"{clean / 'bin'}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
    }
    (tmp_path / "home").mkdir()
    done = _run(
        [str(clean / "bin" / "casebinder"), "demo", str(tmp_path / "demo")],
        env=environment, cwd=tmp_path, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    (bundle,) = (tmp_path / "demo").rglob("issued/*/*.pdf")
    assert str(bundle) in done.stdout
    assert list((tmp_path / "demo").rglob("Case status.html"))
