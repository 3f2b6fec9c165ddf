"""What tests of bundles in volumes share: evidence that no step makes smaller, and the court's limit."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from bundles.profile import BUILT_IN
from tests.cli.share import REFERENCE, Share


def limit(share: Share, megabytes: float) -> None:
    """The authority's own copy of the court's rules, with another limit."""
    text = (BUILT_IN / "judiciary-2021.toml").read_text(encoding="utf-8")
    own = share.root / "profiles" / "judiciary-2021.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text(text.replace("max_mb = 36 ", f"max_mb = {megabytes} "), encoding="utf-8")


def heavy_pdf(path: Path, pages: list[str], size: tuple[int, int] = (800, 1066)) -> None:
    """A4 pages of about 0.6 MB each: typed words, so that no machine reads them, above a picture that is coarser than
    150 dots an inch, so that no step makes it smaller. Noise is random: no two are the same bytes."""
    drawing = canvas.Canvas(str(path), (595, 842), invariant=True)
    for words in pages:
        stream = io.BytesIO()
        Image.effect_noise(size, 60).save(stream, "JPEG", quality=88)
        stream.seek(0)
        drawing.drawString(72, 800, words)
        drawing.drawImage(ImageReader(stream), 40, 60, 540, 720)
        drawing.showPage()
    drawing.save()


def in_three(share: Share) -> None:
    """Give the case a paper of two heavy pages, and another of one: at 1 MB that makes three volumes."""
    for path in share.evidence.rglob("*"):
        if path.is_file():
            path.unlink()
    heavy_pdf(share.evidence / "a paper.pdf", ["Page one", "Page two"])
    heavy_pdf(share.evidence / "another.pdf", ["Another paper"])
    (share.evidence / "note.txt").write_text("Called at 9.15.")
    limit(share, 1)
    share.run("bundle", REFERENCE)
    share.decide_all()
