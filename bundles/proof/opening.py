"""How the file opens and what it says of itself: view, title, language; and that it does nothing else.

The catalog is held against a closed list, so no script, form, layer or action can hang in it.

Source: ISO 32000-2 7.7.2 (catalog), 12.2 (viewer preferences), 12.3.2 (destinations), 14.3 (metadata).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from defusedxml.ElementTree import fromstring
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, NullObject, StreamObject

from bundles.model import BundlePlan
from bundles.proof.reading import PdfFile, plain_data

CATALOG_KEYS = frozenset({
    "/Type", "/Version", "/Pages", "/Outlines", "/PageMode", "/PageLayout", "/PageLabels", "/OpenAction", "/Lang",
    "/ViewerPreferences", "/Names", "/AF", "/Metadata", "/MarkInfo", "/Extensions",
})  # fmt: skip
PAGE_KEYS = frozenset({"/Type", "/MediaBox", "/Resources", "/Contents", "/Annots", "/Rotate", "/Group"})
PREFERENCES = frozenset({"/DisplayDocTitle"})
MAX_XMP_BYTES = 200_000
DC = "{http://purl.org/dc/elements/1.1/}"


def opening_findings(file: PdfFile, plan: BundlePlan) -> Iterator[str]:
    """What is wrong with the opening view, the title and the language, in words."""
    yield from _view(file, plan.zoom)
    language = file.get(file.catalog.get("/Lang"))
    if language != plan.language:
        yield f"the language is given as “{language}” instead of “{plan.language}”"
    preferences = file.get(file.catalog.get("/ViewerPreferences"))
    shown = preferences.get("/DisplayDocTitle") if isinstance(preferences, DictionaryObject) else None
    if not isinstance(shown, BooleanObject) or not shown.value:
        yield "a viewer is not told to show the title"
    information = file.get(file.reader.trailer.get("/Info"))
    title = file.get(information.get("/Title")) if isinstance(information, DictionaryObject) else None
    expected = f"{plan.case_reference} {plan.title}"
    if plan.volumes > 1:
        expected += f", volume {plan.volume} of {plan.volumes}"
    if title != expected:
        yield f"the title reads “{title}” instead of “{expected}”"
    yield from _metadata(file, expected)


def stranger_findings(file: PdfFile) -> Iterator[str]:
    """What the catalog holds that a bundle has no use for: scripts, forms, layers, actions, other attachments."""
    strange = sorted(set(map(str, file.catalog)) - CATALOG_KEYS)
    if strange:
        yield f"the file's catalog holds {', '.join(strange)}"
    names = file.get(file.catalog.get("/Names"))
    if isinstance(names, DictionaryObject) and set(map(str, names)) != {"/EmbeddedFiles"}:
        yield f"the file's names hold {', '.join(sorted(set(map(str, names)) - {'/EmbeddedFiles'}))}"
    preferences = file.get(file.catalog.get("/ViewerPreferences"))
    if isinstance(preferences, DictionaryObject) and set(map(str, preferences)) - PREFERENCES:
        yield "the viewer is told more than to show the title"


def page_strangers(page: dict[str, object]) -> list[str]:
    """Keys of a page that a bundle has no use for, such as /AA."""
    return [f"it holds {key}, which a bundle page does not have" for key in sorted(page.keys() - PAGE_KEYS)]


def _view(file: PdfFile, zoom: float) -> Iterator[str]:
    action = file.get(file.catalog.get("/OpenAction"))
    if not isinstance(action, ArrayObject) or len(action) != 5 or file.get(action[1]) != "/XYZ":
        yield "there is no opening view"
        return
    if file.page_of(action[0]) != file.first:
        yield f"the file opens on page {file.page_of(action[0])} instead of page {file.first}"
    value = file.get(action[4])
    if not isinstance(value, int | float) or not math.isclose(float(value), zoom, abs_tol=1e-6):
        yield f"the file opens at {value} instead of {zoom:.0%}"


def _metadata(file: PdfFile, title: str) -> Iterator[str]:
    stream = file.get(file.catalog.get("/Metadata"))
    if isinstance(stream, NullObject):
        return
    data = plain_data(stream, MAX_XMP_BYTES) if isinstance(stream, StreamObject) else None
    if not data:
        yield "the metadata cannot be read"
        return
    root = fromstring(re.sub(rb"<\?xpacket.*?\?>", b"", data))
    titles = ["".join(node.itertext()).strip() for node in root.iter(f"{DC}title")]
    printable = "".join(letter for letter in title if letter.isprintable())
    if titles and titles != [printable.strip()]:
        yield f"the metadata give the title as {titles} instead of “{title}”"
