"""A workspace on a folder of its own, with a machine of its own, driven by the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from cli.main import run
from tests.cli.share import REFERENCE, Share, write_pdf


@pytest.fixture
def new_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], Share]:
    """Makes the share: settling is off, because the clock is the real one here."""

    def make() -> Share:
        state = tmp_path / "machine"
        monkeypatch.setenv("CASEBINDER_STATE", str(state))
        share = Share(tmp_path / "share", state, capsys)
        assert run(["init", str(share.root), "--authority", "Anytown Council"]) == 0
        settings = share.root / "casebinder.toml"
        settings.write_text(settings.read_text() + "\n[intake]\nsettle_seconds = 0\n")
        people = ["--child", "Zoë Example", "--parent", "Pat Example", "--officer", "AB"]
        share.run("open", "prosecution-444-1a", REFERENCE, *people)
        return share

    return make


@pytest.fixture
def share(new_share: Callable[[], Share]) -> Share:
    """A share whose case has a statement of two pages, a photo and a note."""
    made = new_share()
    write_pdf(made.evidence / "statements" / "AB s9 signed.pdf", ["The statement 4711", "Its second page"])
    Image.new("RGB", (800, 600), (40, 90, 160)).save(made.evidence / "IMG_20260206_081533.jpg")
    (made.evidence / "call log 19.01.2026.txt").write_text("Called at 9.15. No answer. £20 owed.")
    return made
