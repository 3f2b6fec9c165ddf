"""The page's content: once what casebinder printed is set aside, it must be the derived page's, byte for byte.

Everything that is not known to be allowed is a fault: a page may hold its derived page's keys, one more content
stream at the end, and the two resources which that stream needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, NullObject, StreamObject

from bundles.proof.likeness import Likeness
from bundles.proof.operators import NotUnderstood
from bundles.proof.painting import draws_only_the_form
from bundles.proof.reading import PdfFile, plain_data

FORM = "/P"
STAMP_FONT = "/CbStamp"
MARK_STATE = "/CbMark"
OWN_RESOURCES: Mapping[str, str] = {"/Font": STAMP_FONT, "/ExtGState": MARK_STATE}
LOOKED_AT_ELSEWHERE = frozenset({"/Type", "/MediaBox", "/Annots", "/Contents", "/Resources", "/Rotate"})
MAX_OWN_BYTES = 2_048


def content_faults(
    page: Mapping[str, Any],
    derived_page: Mapping[str, Any],
    bundle: PdfFile,
    derived: PdfFile,
    alike: Likeness,
) -> list[str]:
    """How the bundle page's content differs from its derived page's, in words; empty if it does not.

    Raises:
        Unprovable, pypdf's errors: one of the files is damaged there.
    """
    faults = [
        found
        for key in sorted((page.keys() | derived_page.keys()) - LOOKED_AT_ELSEWHERE)
        if (found := alike.difference(_raw(page, key), _raw(derived_page, key), f"its entry {key}"))
    ]
    mine = content_streams(bundle, page)
    theirs = content_streams(derived, derived_page)
    if len(theirs) != 1 or not _is_plain(derived, theirs[0]):
        faults.append("its derived page is not of the agreed shape")
    if len(mine) != 2:
        faults.append(f"it is drawn by {len(mine)} content streams instead of two")
    if mine and theirs and (found := alike.difference(mine[0], theirs[0], "its own content")):
        faults.append(found)
    faults.extend(_resource_faults(page, derived_page, bundle, derived, alike))
    return faults


def content_streams(file: PdfFile, page: Mapping[str, Any]) -> list[Any]:
    """The page's content streams in order, as raw references."""
    contents = page.get("/Contents")
    value = file.get(contents)
    if isinstance(value, ArrayObject):
        return list(value)
    return [contents] if isinstance(value, StreamObject) else []


def small_stream(file: PdfFile, stream: Any) -> bytes | None:
    """The decoded bytes of a small stream; None if it is not one."""
    value = file.get(stream)
    return plain_data(value, MAX_OWN_BYTES) if isinstance(value, StreamObject) else None


def entries(file: PdfFile, value: Any) -> dict[str, Any]:
    """The raw entries of a dictionary, nulls left out; empty if it is none."""
    found = file.get(value)
    if not isinstance(found, DictionaryObject):
        return {}
    return {str(key): entry for key, entry in found.items() if not isinstance(file.get(entry), NullObject)}


def _resource_faults(
    page: Mapping[str, Any],
    derived_page: Mapping[str, Any],
    bundle: PdfFile,
    derived: PdfFile,
    alike: Likeness,
) -> list[str]:
    mine = entries(bundle, page.get("/Resources"))
    theirs = entries(derived, derived_page.get("/Resources"))
    faults = []
    for category in sorted(mine.keys() | theirs.keys()):
        held = entries(bundle, mine.get(category))
        wanted = entries(derived, theirs.get(category))
        own = OWN_RESOURCES.get(category)
        for name in sorted(held.keys() | wanted.keys()):
            if name == own and name not in wanted:
                continue
            where = f"{category}{name}"
            if name not in wanted:
                faults.append(f"it has a resource that its source has not: {where}")
            elif name not in held:
                faults.append(f"it lacks a resource of its source: {where}")
            elif found := alike.difference(held[name], wanted[name], where):
                faults.append(found)
        if not held and not wanted and category in mine:
            faults.append(f"it has a resource that its source has not: {category}")
    return faults


def _is_plain(file: PdfFile, stream: Any) -> bool:
    data = small_stream(file, stream)
    if data is None:
        return False
    try:
        return draws_only_the_form(data, FORM)
    except NotUnderstood:
        return False


def _raw(page: Mapping[str, Any], key: str) -> Any:
    return page.get(key, NullObject())
