"""Rewrites content without what is painted on layers that are off; the graphics state stays as it would be.

Source: ISO 32000-2, 8.11.3 (making content optional), Annex A (operators).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pikepdf

from bundles.convert.normalising.layers import Layers, hides_something
from bundles.convert.normalising.resources import entries
from bundles.convert.normalising.words import name_text

_PATH = {"m", "l", "c", "v", "y", "h", "re"}
_PAINT_PATH = {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "n"}
_CLIP = {"W", "W*"}
_DROPPED = {"Tj", "TJ", "sh", "Do", "MP", "DP", "INLINE IMAGE"}
_BEGIN = {"BDC", "BMC"}


class LayerFilter:
    """Removes hidden content from the pages of one opened document, once for each shared form."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._done: set[tuple[int, int]] = set()

    def clean_page(self, pdf: pikepdf.Pdf, page: pikepdf.Object) -> None:
        """Rewrite a page's content and that of the forms it draws.

        Raises:
            pikepdf.PdfError: the content cannot be parsed.
        """
        resources = page.get("/Resources", pikepdf.Dictionary())
        data, hidden = self._rewrite(pikepdf.Page(page), resources)
        page.Contents = pdf.make_stream(data)
        page.Resources = _without(resources, hidden)
        self._clean_nested(resources)

    def clean_form(self, form: pikepdf.Object, outer: pikepdf.Object | None = None) -> None:
        """Rewrite the content of a form or tiling pattern, and of what it draws itself."""
        if not isinstance(form, pikepdf.Stream) or form.objgen in self._done:
            return
        self._done.add(form.objgen)
        resources = form.get("/Resources", outer)
        if resources is None or not hides_something(self._layers, resources):
            return
        data, hidden = self._rewrite(form, resources)
        form.write(data)
        form.Resources = _without(resources, hidden)
        self._clean_nested(resources)

    def _clean_nested(self, resources: pikepdf.Object) -> None:
        for category, kind in (("/XObject", "/Subtype"), ("/Pattern", "/PatternType")):
            for _, painter in entries(resources, category):
                if painter.get(kind) in (pikepdf.Name.Form, 1):
                    self.clean_form(painter, resources)

    def _rewrite(self, content: Any, resources: pikepdf.Object) -> tuple[bytes, set[str]]:
        hidden_names = {
            name for name, each in entries(resources, "/XObject") if not self._layers.shows(each.get("/OC"))
        }
        properties = dict(entries(resources, "/Properties"))
        pass_ = _Pass(self._layers, properties, hidden_names)
        kept = list(pass_.run(pikepdf.parse_content_stream(content)))
        return pikepdf.unparse_content_stream(kept), pass_.hidden - pass_.shown


class _Pass:
    """One reading of one content stream."""

    def __init__(self, layers: Layers, properties: dict[str, Any], hidden_names: set[str]) -> None:
        self._layers = layers
        self._properties = properties
        self._hidden_names = hidden_names
        self._marks: list[bool] = []  # for each open mark: whether it is one that is not shown
        self._dropped: set[int] = set()  # depths of marks that are not written
        self._path: list[Any] = []
        self._clips = False
        self.hidden: set[str] = set(hidden_names)
        self.shown: set[str] = set()

    def run(self, instructions: Iterable[Any]) -> Iterable[Any]:
        """The instructions that remain."""
        for instruction in instructions:
            operator = name_text(instruction.operator)
            if operator in _BEGIN:
                yield from self._begin(instruction, operator)
            elif operator == "EMC":
                yield from self._end(instruction)
            elif not any(self._marks):
                if operator == "Do":
                    yield from self._draw(instruction)
                else:
                    yield instruction
            else:
                yield from self._hide(instruction, operator)

    def _begin(self, instruction: Any, operator: str) -> Iterable[Any]:
        operands = instruction.operands
        is_layer = operator == "BDC" and len(operands) == 2 and operands[0] == pikepdf.Name.OC
        hidden = is_layer and not self._layers.shows(self._properties.get(name_text(operands[1])))
        keep = not is_layer and not any(self._marks)
        self._marks.append(hidden)
        if keep:
            yield instruction
        else:
            self._dropped.add(len(self._marks))

    def _end(self, instruction: Any) -> Iterable[Any]:
        if not self._marks:
            return
        depth = len(self._marks)
        self._marks.pop()
        if depth in self._dropped:
            self._dropped.discard(depth)
        else:
            yield instruction

    def _draw(self, instruction: Any) -> Iterable[Any]:
        name = name_text(instruction.operands[0]) if instruction.operands else ""
        if name not in self._hidden_names:
            self.shown.add(name)
            yield instruction

    def _hide(self, instruction: Any, operator: str) -> Iterable[Any]:
        if operator in _PATH:
            self._path.append(instruction)
        elif operator in _CLIP:
            self._path.append(instruction)
            self._clips = True
        elif operator in _PAINT_PATH:
            if self._clips:
                yield from self._path
                yield pikepdf.ContentStreamInstruction([], pikepdf.Operator("n"))
            self._path, self._clips = [], False
        elif operator == "'":
            yield pikepdf.ContentStreamInstruction([], pikepdf.Operator("T*"))
        elif operator == '"':
            yield pikepdf.ContentStreamInstruction([instruction.operands[0]], pikepdf.Operator("Tw"))
            yield pikepdf.ContentStreamInstruction([instruction.operands[1]], pikepdf.Operator("Tc"))
            yield pikepdf.ContentStreamInstruction([], pikepdf.Operator("T*"))
        elif operator == "Do":
            self.hidden.add(name_text(instruction.operands[0]) if instruction.operands else "")
        elif operator not in _DROPPED:
            yield instruction


def _without(resources: pikepdf.Object, hidden: set[str]) -> pikepdf.Object:
    """The resources without the named pictures and forms; shared dictionaries stay as they are."""
    if not hidden or "/XObject" not in resources:
        return resources
    copy = pikepdf.Dictionary(dict(resources.items()))
    copy.XObject = pikepdf.Dictionary(
        {name: each for name, each in resources.XObject.items() if name not in hidden}
    )
    return copy
