"""Optional-content layers: which are off when the document is opened, and taking out what is painted on them.

A derived file has no layers, so what lies on one that is off would become visible. It is removed from the
content itself, so that not even text extraction finds it.

Source: ISO 32000-2, 8.11 (optional content: 8.11.2.2 membership, 8.11.4.3 configuration, 8.11.4.4 usage).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf

from bundles.convert.normalising.resources import entries, nested_resources
from bundles.convert.normalising.words import name_text, string_text

_DEEPEST = 50


class Layers:
    """The state of a document's layers under its default configuration, for viewing."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        properties = pdf.Root.get("/OCProperties")
        self._properties = properties if isinstance(properties, pikepdf.Dictionary) else None
        self._off: set[tuple[int, int]] = set()
        self._groups: list[pikepdf.Object] = []
        if self._properties is not None:
            self._groups = _dictionaries(self._properties.get("/OCGs"))
            self._read(self._properties.get("/D"))

    @property
    def present(self) -> bool:
        """Whether the document has layers at all."""
        return self._properties is not None

    def names_off(self) -> list[str]:
        """Names of the layers that are off, in the document's order."""
        off = [group for group in self._groups if group.objgen in self._off]
        return [string_text(group.get("/Name")) or "(no name)" for group in off]

    def shows(self, membership: Any) -> bool:
        """Whether content belonging to a group or membership dictionary is shown."""
        if not self.present or not isinstance(membership, pikepdf.Dictionary):
            return True
        if membership.get("/Type") != pikepdf.Name.OCMD:
            return membership.objgen not in self._off
        expression = membership.get("/VE")
        if isinstance(expression, pikepdf.Array) and len(expression):
            return self._evaluate(expression, 0)
        groups = membership.get("/OCGs")
        members = [groups] if isinstance(groups, pikepdf.Dictionary) else _dictionaries(groups)
        states = [group.objgen not in self._off for group in members]
        if not states:
            return True
        policy = name_text(membership.get("/P"))
        return {"/AllOn": all(states), "/AnyOff": not all(states), "/AllOff": not any(states)}.get(
            policy, any(states)
        )

    def make_explicit(self) -> None:
        """Write the states that we read plainly into the document, so that every viewer reads the same."""
        if self._properties is None:
            return
        for group in self._groups:
            if "/Usage" in group:
                del group["/Usage"]
        on = [group for group in self._groups if group.objgen not in self._off]
        off = [group for group in self._groups if group.objgen in self._off]
        self._properties.D = pikepdf.Dictionary(
            BaseState=pikepdf.Name.ON, ON=pikepdf.Array(on), OFF=pikepdf.Array(off)
        )

    def _read(self, configuration: Any) -> None:
        settings = configuration if isinstance(configuration, pikepdf.Dictionary) else pikepdf.Dictionary()
        every = {group.objgen for group in self._groups}
        off = set(every) if settings.get("/BaseState") == pikepdf.Name.OFF else set()
        off -= {group.objgen for group in _dictionaries(settings.get("/ON"))}
        off |= {group.objgen for group in _dictionaries(settings.get("/OFF"))}
        for usage in _dictionaries(settings.get("/AS")):
            if usage.get("/Event") != pikepdf.Name.View or not _names(usage.get("/Category"), "/View"):
                continue
            for group in _dictionaries(usage.get("/OCGs")):
                state = _view_state(group)
                if state is not None:
                    off.discard(group.objgen) if state else off.add(group.objgen)
        for_viewing = {group.objgen for group in self._groups if _names(group.get("/Intent", _VIEW), "/View")}
        self._off = off & for_viewing

    def _evaluate(self, expression: Any, depth: int) -> bool:
        if isinstance(expression, pikepdf.Dictionary):
            return expression.objgen not in self._off
        if not isinstance(expression, pikepdf.Array) or not len(expression) or depth > _DEEPEST:
            return True
        operands = [self._evaluate(each, depth + 1) for each in list(expression)[1:]]
        operator = name_text(expression[0])
        if operator == "/Not":
            return not operands[0] if operands else True
        return any(operands) if operator == "/Or" else all(operands)


_VIEW = pikepdf.Name.View


def _dictionaries(value: Any) -> list[pikepdf.Object]:
    if not isinstance(value, pikepdf.Array):
        return []
    return [each for each in value if isinstance(each, pikepdf.Dictionary)]


def _names(value: Any, wanted: str) -> bool:
    each = list(value) if isinstance(value, pikepdf.Array) else [value]
    return wanted in {name_text(name) for name in each}


def _view_state(group: pikepdf.Object) -> bool | None:
    usage = group.get("/Usage")
    view = usage.get("/View") if isinstance(usage, pikepdf.Dictionary) else None
    state = view.get("/ViewState") if isinstance(view, pikepdf.Dictionary) else None
    return None if state is None else state != pikepdf.Name.OFF


def hides_something(layers: Layers, resources: pikepdf.Object | None) -> bool:
    """Whether a page's resources, or those of anything nested in them, name something that is not shown."""
    queue: list[tuple[pikepdf.Object, int]] = [(resources, 0)] if resources is not None else []
    seen: set[tuple[int, int]] = set()
    while queue:
        each, depth = queue.pop()
        if (each.is_indirect and each.objgen in seen) or depth > _DEEPEST:
            continue
        seen.add(each.objgen)
        if any(not layers.shows(words) for _, words in entries(each, "/Properties")):
            return True
        for painter in painters(each):
            if not layers.shows(painter.get("/OC")):
                return True
            queue.extend((nested, depth + 1) for nested in nested_resources(painter))
    return False


def painters(resources: pikepdf.Object | None) -> Iterator[pikepdf.Object]:
    """Forms, images and patterns among the resources."""
    for category in ("/XObject", "/Pattern"):
        for _, painter in entries(resources, category):
            yield painter
