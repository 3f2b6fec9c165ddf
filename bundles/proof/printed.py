"""What casebinder printed on a page: the number, the DRAFT mark where there is one, and nothing else.

Source: ISO 32000-2 9.3.6 (rendering mode), 9.6.2 (standard fonts), 11.6.4.4 (constant alpha).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bundles.derived import Box, StampBox
from bundles.proof.content import (
    MARK_STATE,
    OWN_RESOURCES,
    STAMP_FONT,
    content_streams,
    entries,
    small_stream,
)
from bundles.proof.geometry import media_box
from bundles.proof.operators import NotUnderstood
from bundles.proof.painting import TextRun, painted_text
from bundles.proof.reading import PdfFile

STANDARD_FONTS = frozenset({"/Helvetica", "/Helvetica-Bold"})
FONT_ENTRIES = {"/Type": "/Font", "/Subtype": "/Type1", "/Encoding": "/WinAnsiEncoding"}
DIGIT_EM = 0.556
SMALLEST_PT, LARGEST_PT = 6.0, 30.0
DARKEST_GRAY = 0.4
FAINTEST, STRONGEST = 0.03, 0.5
TOLERANCE_PT = 0.5


def printed_faults(
    file: PdfFile, page: Mapping[str, Any], number: str, mark: str, stamp: StampBox | None
) -> list[str]:
    """What is wrong with the last content stream of the page, in words; empty if nothing is.

    `number` and `mark` are what must be printed; `stamp` is where the number must be, None where that is not known.

    Raises:
        Unprovable, pypdf's errors: the file is damaged there.
    """
    streams = content_streams(file, page)
    data = small_stream(file, streams[-1]) if len(streams) > 1 else None
    if data is None:
        return ["no number is printed on it"]
    try:
        runs = painted_text(data)
    except NotUnderstood as error:
        return [f"what is printed over it holds {error}"]
    box = media_box(file, page)
    if not box:
        return []
    numbers = [run for run in runs if not run.state]
    marks = [run for run in runs if run.state]
    faults = _number_faults(numbers, number, box, stamp)
    faults.extend(_mark_faults(marks, mark, box))
    faults.extend(_resource_faults(file, page, bool(marks)))
    return faults


def _number_faults(
    runs: list[TextRun], number: str, page: tuple[float, ...], stamp: StampBox | None
) -> list[str]:
    texts = [_text(run) for run in runs]
    if texts != [number]:
        shown = ", ".join(f"“{text}”" for text in texts) or "nothing"
        return [f"the number printed on it is {shown} instead of “{number}”"]
    run = runs[0]
    a, b, c, d, x, y = run.matrix
    size = run.size_pt * d
    faults = []
    if run.font != STAMP_FONT:
        faults.append("its number is printed in a font that is not the number's")
    if b or c or not math.isclose(a, d) or a <= 0:
        faults.append("its number is turned, mirrored or stretched")
    if not SMALLEST_PT <= size <= LARGEST_PT:
        faults.append(f"its number is {size:g} pt high")
    if max(run.fill) > DARKEST_GRAY:
        faults.append("its number is too pale to be seen")
    width = DIGIT_EM * len(number) * size
    room = stamp.on_page(page[2]) if stamp else Box(page[0], page[1], page[2] - page[0], page[3] - page[1])
    inside = (
        room.x_pt - TOLERANCE_PT <= x
        and x + width <= room.x_pt + room.width_pt + TOLERANCE_PT
        and room.y_pt - TOLERANCE_PT <= y
        and y + 0.75 * size <= room.y_pt + room.height_pt + TOLERANCE_PT
    )
    if x < page[0] or y < page[1] or x + width > page[2] or y + 0.75 * size > page[3]:
        faults.append(f"its number stands at {x:.0f}, {y:.0f} pt, outside of the page")
    if not inside:
        faults.append(f"its number stands at {x:.0f}, {y:.0f} pt, outside of the place kept for it")
    return faults


def _mark_faults(runs: list[TextRun], mark: str, page: tuple[float, ...]) -> list[str]:
    texts = [_text(run) for run in runs]
    if texts != ([mark] if mark else []):
        shown = ", ".join(f"“{text}”" for text in texts) or "no mark"
        return [f"it is marked {shown} instead of {'“' + mark + '”' if mark else 'not at all'}"]
    faults = []
    for run in runs:
        if run.state != MARK_STATE or run.font != STAMP_FONT:
            faults.append("its mark is not drawn as the mark is drawn")
        if not (page[0] <= run.matrix[4] <= page[2] and page[1] <= run.matrix[5] <= page[3]):
            faults.append("its mark lies outside of the page")
    return faults


def _resource_faults(file: PdfFile, page: Mapping[str, Any], marked: bool) -> list[str]:
    resources = entries(file, page.get("/Resources"))
    own = {
        category: entries(file, resources.get(category)).get(name) for category, name in OWN_RESOURCES.items()
    }
    faults = []
    font = {key: file.get(value) for key, value in entries(file, own["/Font"]).items()}
    name = str(font.pop("/BaseFont", ""))
    font.pop("/Name", None)
    if name not in STANDARD_FONTS or {key: str(value) for key, value in font.items()} != FONT_ENTRIES:
        faults.append("the font of its number is not the plain standard font")
    state = {key: file.get(value) for key, value in entries(file, own["/ExtGState"]).items()}
    if marked:
        faults.extend(_state_faults(state))
    elif own["/ExtGState"] is not None:
        faults.append("it has a graphics state for a mark, and no mark")
    return faults


def _state_faults(state: dict[str, Any]) -> list[str]:
    alphas = [state.pop(key, None) for key in ("/ca", "/CA")]
    kind = state.pop("/Type", "/ExtGState")
    fill = alphas[0]
    if (
        state
        or kind != "/ExtGState"
        or not isinstance(fill, int | float)
        or not FAINTEST <= fill <= STRONGEST
    ):
        return ["its mark could hide what is under it, or cannot be seen"]
    return []


def _text(run: TextRun) -> str:
    return run.data.decode("cp1252", "replace")
