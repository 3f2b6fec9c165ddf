"""Compare what a bundle shows of a picture with what ImageMagick or libheif's own program make of the original: colours of 48 × 48 fields."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.corpus.compare import Agreement, Comparison
from scripts.corpus.readers import TIME_SECONDS, NoText

SIDE = 48
FIELD_BYTES = SIDE * SIDE * 3
MOST_FRAMES = 60
ALIKE = 16.0
"""Mean difference of a colour, 0 to 255, up to which two pictures count as the same: redrawing blurs edges."""
_SMALL = [
    "-background", "white", "-alpha", "remove", "-colorspace", "sRGB", "-resize", f"{SIDE}x{SIDE}!", "-depth", "8", "rgb:-"
]  # fmt: skip


def compare_pictures(
    bundle: Path, pages: Sequence[int], original: bytes, suffix: str
) -> dict[int, Comparison]:
    """Each page of the bundle (1-based) with the frame of the original that it should show; their order counts.

    Raises:
        NoText: ImageMagick cannot read the original.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"original{suffix}")
        path.write_bytes(original)
        frames = _frames(path, suffix)
        if not frames:
            raise NoText("ImageMagick finds no picture in it")
        found: dict[int, Comparison] = {}
        next_frame = 0
        for page in pages:
            shown = _shown(bundle, page, Path(folder))
            candidates = frames[next_frame:]
            if shown is None or not candidates:
                found[page] = Comparison(Agreement.DIFFERENT, ("picture",))
                continue
            distances = [
                min(_distance(turned, frame) for turned in _turned(shown, suffix)) for frame in candidates
            ]
            best = distances.index(min(distances))
            next_frame += best + 1
            found[page] = (
                Comparison(Agreement.SAME)
                if distances[best] <= ALIKE
                else Comparison(Agreement.DIFFERENT, (f"picture-differs-by-{distances[best]:.0f}",))
            )
    return found


def _frames(path: Path, suffix: str) -> list[bytes]:
    if suffix not in {".heic", ".heif", ".hif"}:
        return _fields(path, "-coalesce" if suffix == ".gif" else "-auto-orient")
    out = path.parent / "frames"
    out.mkdir()
    subprocess.run(
        ["heif-convert", str(path), str(out / "x.png")],
        capture_output=True,
        timeout=TIME_SECONDS,
        check=False,
    )
    made = sorted(out.iterdir(), key=lambda each: (len(each.name), each.name))
    if not made:
        raise NoText("heif-convert finds no picture in it")
    return [_fields(each, "-auto-orient")[0] for each in made[:MOST_FRAMES]]


def _fields(path: Path, option: str) -> list[bytes]:
    done = subprocess.run(
        ["convert", str(path), option, *_SMALL], capture_output=True, timeout=TIME_SECONDS, check=False
    )
    if not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise NoText(f"ImageMagick: {said[0].partition('`')[0][:120].strip() if said else 'no reason given'}")
    data = done.stdout[: FIELD_BYTES * MOST_FRAMES]
    return [data[start : start + FIELD_BYTES] for start in range(0, len(data) - FIELD_BYTES + 1, FIELD_BYTES)]


def _shown(bundle: Path, page: int, folder: Path) -> bytes | None:
    """The largest image on the page, as poppler takes it out."""
    out = folder / f"page-{page}"
    out.mkdir(exist_ok=True)
    subprocess.run(
        ["pdfimages", "-png", "-f", str(page), "-l", str(page), str(bundle), str(out / "x")],
        capture_output=True, timeout=TIME_SECONDS, check=False,
    )  # fmt: skip
    images = sorted(out.iterdir(), key=lambda path: path.stat().st_size)
    return _fields(images[-1], "-auto-orient")[0] if images else None


def _turned(fields: bytes, suffix: str) -> list[bytes]:
    """As it is; and for what is embedded as a camera stored it, every way in which a page may turn it."""
    if suffix not in {".jpg", ".jpeg"}:
        return [fields]
    rows = [[fields[3 * (SIDE * y + x) : 3 * (SIDE * y + x) + 3] for x in range(SIDE)] for y in range(SIDE)]
    ways = []
    for _quarter in range(4):
        rows = [list(row) for row in zip(*rows[::-1], strict=True)]
        ways += [rows, [row[::-1] for row in rows]]
    return [b"".join(b"".join(row) for row in way) for way in ways]


def _distance(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / FIELD_BYTES
