"""The page's size and position: as its derived page has them, upright, nothing cropped or scaled.

Source: ISO 32000-2 7.7.3.3 (page objects), 14.11.2 (page boundaries).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bundles.derived import DerivedPage
from bundles.proof.reading import PdfFile

SIZE_TOLERANCE_PT = 0.01
MUST_BE_ABSENT = ("/Rotate", "/CropBox", "/UserUnit")


def media_box(file: PdfFile, page: Mapping[str, Any]) -> tuple[float, ...]:
    """The four numbers of /MediaBox in points; empty if there are no four numbers."""
    box = file.get(page.get("/MediaBox"))
    values = [file.get(value) for value in box] if isinstance(box, list) else []
    if len(values) != 4 or not all(isinstance(value, int | float) for value in values):
        return ()
    return tuple(float(value) for value in values)


def geometry_faults(
    bundle: PdfFile,
    page: Mapping[str, Any],
    derived: PdfFile,
    derived_page: Mapping[str, Any],
    fact: DerivedPage | None,
) -> list[str]:
    """What is wrong with the bundle page's size and position, in words; empty if nothing is."""
    faults = [
        f"it has {key[1:]}, which would turn, crop or scale it"
        for key in MUST_BE_ABSENT
        if key in page and not (key == "/Rotate" and bundle.get(page[key]) == 0)
    ]
    box = media_box(bundle, page)
    expected = media_box(derived, derived_page)
    if not box:
        faults.append("it has no size")
    elif box != expected:
        faults.append(f"its size is {_size(box)} and that of its source {_size(expected)}")
    elif box[:2] != (0.0, 0.0):
        faults.append("its lower left corner is not at 0, 0")
    elif fact is not None and (
        abs(box[2] - fact.width_pt) > SIZE_TOLERANCE_PT or abs(box[3] - fact.height_pt) > SIZE_TOLERANCE_PT
    ):
        faults.append(
            f"its size is {_size(box)} and was recorded as {fact.width_pt:g} × {fact.height_pt:g} pt"
        )
    return faults


def _size(box: tuple[float, ...]) -> str:
    return f"{box[2] - box[0]:g} × {box[3] - box[1]:g} pt" if box else "unknown"
