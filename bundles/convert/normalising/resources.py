"""Takes out of a page's resources what is not needed to paint it: metadata, private data, links to other files.

Works on the opened source in memory, once for each shared object.
"""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf

_CATEGORIES = ("/ColorSpace", "/ExtGState", "/Font", "/Pattern", "/Properties", "/Shading", "/XObject")
_STREAM_KEYS = {"/Length", "/Filter", "/DecodeParms", "/Type", "/Subtype"}
_FORM_KEYS = _STREAM_KEYS | {"/FormType", "/BBox", "/Matrix", "/Resources", "/Group"}
_IMAGE_KEYS = _STREAM_KEYS | {
    "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/Intent", "/ImageMask", "/Mask", "/Decode",
    "/Interpolate", "/SMask", "/SMaskInData", "/Matte", "/Name",
}  # fmt: skip
_GROUP_KEYS = {"/S", "/CS", "/I", "/K", "/Type"}
_DROPPED_ANYWHERE = ("/Metadata", "/PieceInfo", "/AF", "/LastModified", "/StructParent", "/StructParents")


class ResourceCleaner:
    """Cleans the resources of one opened document; remembers what it has seen."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._seen: set[tuple[int, int]] = set()

    def clean(self, resources: pikepdf.Object | None) -> pikepdf.Dictionary:
        """The resources, cleaned in place; an empty dictionary where there are none."""
        if not isinstance(resources, pikepdf.Dictionary):
            return self._pdf.make_indirect(pikepdf.Dictionary())
        queue: list[pikepdf.Object] = [resources]
        while queue:
            each = queue.pop()
            if not self._first_time(each):
                continue
            queue.extend(self._clean_one(each))
        return resources if resources.is_indirect else self._pdf.make_indirect(resources)

    def _first_time(self, each: pikepdf.Object) -> bool:
        if not each.is_indirect:
            return True
        if each.objgen in self._seen:
            return False
        self._seen.add(each.objgen)
        return True

    def _clean_one(self, resources: pikepdf.Object) -> Iterator[pikepdf.Object]:
        for key in [key for key in resources.keys() if key not in _CATEGORIES]:  # noqa: SIM118
            del resources[key]
        for _, stream in entries(resources, "/XObject"):
            yield from self._clean_xobject(stream)
        for _, pattern in entries(resources, "/Pattern"):
            yield from self._clean_painter(pattern)
        for _, font in entries(resources, "/Font"):
            yield from self._clean_painter(font)
        for _, state in entries(resources, "/ExtGState"):
            mask = state.get("/SMask")
            if isinstance(mask, pikepdf.Dictionary) and isinstance(mask.get("/G"), pikepdf.Stream):
                yield from self._clean_xobject(mask.G)
        for _, words in entries(resources, "/Properties"):
            for key in [key for key in words.keys() if key not in _KEPT_PROPERTIES]:  # noqa: SIM118
                del words[key]

    def _clean_xobject(self, stream: pikepdf.Object) -> Iterator[pikepdf.Object]:
        if not isinstance(stream, pikepdf.Stream) or not self._first_time(stream):
            return
        kept = _FORM_KEYS if stream.get("/Subtype") == pikepdf.Name.Form else _IMAGE_KEYS
        for key in [key for key in stream.keys() if key not in kept]:  # noqa: SIM118
            del stream[key]
        mask = stream.get("/SMask")
        if isinstance(mask, pikepdf.Stream):
            yield from self._clean_xobject(mask)
        if isinstance(stream.get("/Mask"), pikepdf.Stream):
            yield from self._clean_xobject(stream.Mask)
        if isinstance(stream.get("/Group"), pikepdf.Dictionary):
            only(stream.Group, _GROUP_KEYS)
        yield from nested_resources(stream)

    def _clean_painter(self, painter: pikepdf.Object) -> Iterator[pikepdf.Object]:
        if isinstance(painter, (pikepdf.Dictionary, pikepdf.Stream)) and self._first_time(painter):
            for key in _DROPPED_ANYWHERE:
                if key in painter:
                    del painter[key]
            yield from nested_resources(painter)


_KEPT_PROPERTIES = {"/ActualText", "/Alt", "/E", "/Lang", "/MCID", "/Type", "/Subtype", "/Attached", "/BBox"}


def only(dictionary: pikepdf.Object, kept: set[str]) -> None:
    """Delete every other key."""
    for key in [key for key in dictionary.keys() if key not in kept]:  # noqa: SIM118
        del dictionary[key]


def entries(resources: pikepdf.Object | None, category: str) -> list[tuple[str, pikepdf.Object]]:
    """Named resources of one category that are dictionaries or streams."""
    if not isinstance(resources, pikepdf.Dictionary):
        return []
    named = resources.get(category)
    if not isinstance(named, pikepdf.Dictionary):
        return []
    return [
        (name, each) for name, each in named.items() if isinstance(each, (pikepdf.Dictionary, pikepdf.Stream))
    ]


def nested_resources(painter: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The resources of a form, pattern or Type 3 font, where it has its own."""
    own = painter.get("/Resources")
    if isinstance(own, pikepdf.Dictionary):
        yield own


def paints_through(page: pikepdf.Object) -> bool:
    """Whether a page's own graphics states make anything transparent or blend it with what lies below."""
    for _, state in entries(page.get("/Resources"), "/ExtGState"):
        blend = state.get("/BM", pikepdf.Name.Normal)
        if blend not in (pikepdf.Name.Normal, pikepdf.Name.Compatible):
            return True
        if isinstance(state.get("/SMask"), pikepdf.Dictionary) or any(
            state.get(key, 1) != 1 for key in ("/ca", "/CA")
        ):
            return True
    return False
