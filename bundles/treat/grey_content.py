"""What a page draws, in grey: every colour operator, shading, pattern and picture, with text left as text.

Nothing is changed in place: forms and pictures are made anew, so that a page that cannot be made grey stays whole.

Source: ISO 32000-2, 8.6.8 (colour operators), 8.7 (patterns), 8.10 (forms), 9.6.4 (Type 3 fonts), 11.6.5 (masks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from bundles.convert.normalising.geometry import pdf_number
from bundles.treat.grey_colours import Greys, NotGrey, components, family
from bundles.treat.grey_pictures import grey_picture

DEEPEST = 40
_DIRECT = {"g": 1, "rg": 3, "k": 4}
_SPACES = {1: pikepdf.Name.DeviceGray, 3: pikepdf.Name.DeviceRGB, 4: pikepdf.Name.DeviceCMYK}
_FORM_KEYS = ("/Type", "/Subtype", "/FormType", "/BBox", "/Matrix")
_TILE_KEYS = ("/Type", "/PatternType", "/PaintType", "/TilingType", "/BBox", "/XStep", "/YStep", "/Matrix")


@dataclass
class _State:
    """The colour spaces for filling and for stroking."""

    fill: Any = pikepdf.Name.DeviceGray
    stroke: Any = pikepdf.Name.DeviceGray


@dataclass
class _Named:
    """The resources of the content that is made: what it uses, by category and name."""

    old: Any
    new: dict[str, dict[str, Any]] = field(default_factory=dict)

    def find(self, category: str, name: str) -> Any:
        """The resource of that name in the old content, or None."""
        listed = self.old.get(category) if isinstance(self.old, pikepdf.Dictionary) else None
        return listed.get(name) if isinstance(listed, pikepdf.Dictionary) else None

    def keep(self, category: str, name: str, value: Any) -> None:
        """Give the new content a resource."""
        self.new.setdefault(category, {})[name] = value

    def add(self, category: str, stem: str, value: Any) -> pikepdf.Name:
        """Give the new content one more, under a name that neither content has."""
        listed = self.old.get(category) if isinstance(self.old, pikepdf.Dictionary) else None
        taken = {
            *self.new.get(category, {}),
            *(listed.keys() if isinstance(listed, pikepdf.Dictionary) else ()),
        }
        number = 0
        while f"/{stem}{number}" in taken:
            number += 1
        self.keep(category, f"/{stem}{number}", value)
        return pikepdf.Name(f"/{stem}{number}")

    def dictionary(self) -> pikepdf.Dictionary:
        """As a resource dictionary; the words that accessibility marks refer to go along."""
        made = pikepdf.Dictionary({key: pikepdf.Dictionary(entries) for key, entries in self.new.items()})
        if isinstance(self.old, pikepdf.Dictionary) and "/Properties" in self.old:
            made.Properties = self.old.Properties
        return made


class GreyMaker:
    """Makes forms of one file grey; remembers what it has made, for pages that share."""

    def __init__(self, pdf: pikepdf.Pdf, greys: Greys) -> None:
        self._pdf = pdf
        self._greys = greys
        self._made: dict[tuple[int, int], Any] = {}

    def form(self, stream: Any, inherited: Any = None, depth: int = 0) -> Any:
        """A form in grey.

        Raises:
            NotGrey: something in it cannot be made grey.
        """
        return self._once(stream, lambda: self._form(stream, inherited, depth))

    def _once(self, old: Any, make: Any) -> Any:
        if not old.is_indirect:
            return make()
        if old.objgen not in self._made:
            self._made[old.objgen] = make()
        return self._made[old.objgen]

    def _form(self, stream: Any, inherited: Any, depth: int) -> Any:
        new = self._stream(stream, _FORM_KEYS, inherited, depth)
        group = stream.get("/Group")
        if isinstance(group, pikepdf.Dictionary):
            new.Group = pikepdf.Dictionary(dict(group.items()))
            if "/CS" in group:
                new.Group.CS = pikepdf.Name.DeviceGray
        return self._pdf.make_indirect(new)

    def _stream(self, stream: Any, keys: Sequence[str], inherited: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise NotGrey("drawings nested too deeply")
        named = _Named(stream.get("/Resources", inherited))
        data = self._content(stream, named, depth)
        new = pikepdf.Stream(self._pdf, data)
        for key in keys:
            if key in stream:
                new[key] = stream[key]
        new.Resources = named.dictionary()
        return new

    def _content(self, stream: Any, named: _Named, depth: int) -> bytes:
        try:
            instructions: list[Any] = list(pikepdf.parse_content_stream(stream))
        except pikepdf.PdfError as problem:
            raise NotGrey("drawing instructions that cannot be read") from problem
        state, saved, made = _State(), [], []
        for operands, operator in instructions:
            name = str(operator)
            if name == "q":
                saved.append(_State(state.fill, state.stroke))
            elif name == "Q" and saved:
                state = saved.pop()
            made.append(self._instruction(name, list(operands), operator, state, named, depth))
        return bytes(pikepdf.unparse_content_stream(made))

    def _instruction(
        self, name: str, operands: list[Any], operator: Any, state: _State, named: _Named, depth: int
    ) -> tuple[list[Any], Any]:
        plain = name.lower()
        if plain in _DIRECT:
            space = _SPACES[_DIRECT[plain]]
            self._set(state, space, stroke=name.isupper())
            return self._grey(space, operands, stroke=name.isupper())
        if plain == "cs":
            space = named.find("/ColorSpace", str(operands[0]))
            space = operands[0] if space is None else space
            self._set(state, space, stroke=name.isupper())
            return self._beginning(space, stroke=name.isupper())
        if plain in {"sc", "scn"}:
            return self._colour(
                operands, state.stroke if name.isupper() else state.fill, named, depth, stroke=name.isupper()
            )
        if name == "sh":
            self._take(named, "/Shading", operands, lambda old: self._greys.shading(self._pdf, old))
        elif name == "Do":
            self._take(named, "/XObject", operands, lambda old: self._xobject(old, named, depth))
        elif name == "gs":
            self._take(named, "/ExtGState", operands, lambda old: self._graphics_state(old, named, depth))
        elif name == "Tf":
            self._take(named, "/Font", operands, lambda old: self._font(old, named, depth))
        elif name == "INLINE IMAGE":
            return self._inline(operands[0], named)
        return operands, operator

    def _take(self, named: _Named, category: str, operands: list[Any], make: Any) -> None:
        name = str(operands[0])
        old = named.find(category, name)
        if old is not None and name not in named.new.get(category, {}):
            named.keep(category, name, make(old))

    def _set(self, state: _State, space: Any, *, stroke: bool) -> None:
        if stroke:
            state.stroke = space
        else:
            state.fill = space

    def _grey(self, space: Any, operands: Sequence[Any], *, stroke: bool) -> tuple[list[Any], Any]:
        grey = self._greys.of(space, [float(each) for each in operands])
        return [pdf_number(grey)], pikepdf.Operator("G" if stroke else "g")

    def _beginning(self, space: Any, *, stroke: bool) -> tuple[list[Any], Any]:
        """A colour space is chosen: its first colour, until another is."""
        name = family(space)
        if name == "/Pattern":
            return [pikepdf.Name.Pattern], pikepdf.Operator("CS" if stroke else "cs")
        if name == "/Separation":
            first = [1.0]
        elif name == "/DeviceN":
            first = [1.0] * len(space[1])
        elif name in {"/Indexed", "/I"}:
            first = [0.0]
        elif name == "/Lab":
            first = [0.0, 0.0, 0.0]
        else:
            count = components(space)
            if not count:
                raise NotGrey("a kind of colour that is not known")
            first = [0.0] * (count - 1) + [1.0 if count == 4 else 0.0]
        return self._grey(space, first, stroke=stroke)

    def _colour(
        self, operands: list[Any], space: Any, named: _Named, depth: int, *, stroke: bool
    ) -> tuple[list[Any], Any]:
        if family(space) != "/Pattern":
            return self._grey(space, operands, stroke=stroke)
        pattern = named.find("/Pattern", str(operands[-1]))
        if pattern is None:
            raise NotGrey("a pattern that is not in the file")
        self._take(named, "/Pattern", operands[-1:], lambda old: self._pattern(old, named, depth))
        if len(operands) == 1:
            return operands, pikepdf.Operator("SCN" if stroke else "scn")
        raise NotGrey("a pattern that is given its colour each time")

    def _pattern(self, pattern: Any, named: _Named, depth: int) -> Any:
        if int(pattern.get("/PatternType", 0)) == 1:
            return self._once(
                pattern,
                lambda: self._pdf.make_indirect(self._stream(pattern, _TILE_KEYS, named.old, depth + 1)),
            )
        new = pikepdf.Dictionary(dict(pattern.items()))
        new.Shading = self._greys.shading(self._pdf, pattern.Shading)
        return self._pdf.make_indirect(new)

    def _xobject(self, stream: Any, named: _Named, depth: int) -> Any:
        if stream.get("/Subtype") == pikepdf.Name.Form:
            return self.form(stream, named.old, depth + 1)
        space = stream.get("/ColorSpace")
        return self._once(stream, lambda: grey_picture(self._pdf, stream, space, self._greys))

    def _graphics_state(self, old: Any, named: _Named, depth: int) -> Any:
        mask = old.get("/SMask")
        if not isinstance(mask, pikepdf.Dictionary):
            return old
        new = pikepdf.Dictionary(dict(old.items()))
        new.SMask = pikepdf.Dictionary(dict(mask.items()))
        group = mask.G.get("/Group") if isinstance(mask.get("/G"), pikepdf.Stream) else None
        if "/BC" in mask:
            space = group.get("/CS") if isinstance(group, pikepdf.Dictionary) else None
            values = [float(each) for each in mask.BC]
            space = space if space is not None else _SPACES.get(len(values))
            if space is None:
                raise NotGrey("a mask of mixed inks")
            new.SMask.BC = pikepdf.Array([pdf_number(self._greys.of(space, values))])
        new.SMask.G = self.form(mask.G, named.old, depth + 1)
        return self._pdf.make_indirect(new)

    def _font(self, font: Any, named: _Named, depth: int) -> Any:
        if font.get("/Subtype") != pikepdf.Name.Type3:
            return font
        return self._once(font, lambda: self._drawn_font(font, named, depth))

    def _drawn_font(self, font: Any, named: _Named, depth: int) -> Any:
        """A font whose letters are drawings, perhaps coloured ones."""
        if depth > DEEPEST:
            raise NotGrey("drawings nested too deeply")
        used = _Named(font.get("/Resources", named.old))
        letters = {
            name: pikepdf.Stream(self._pdf, self._content(drawing, used, depth + 1))
            for name, drawing in font.CharProcs.items()
        }
        new = pikepdf.Dictionary(dict(font.items()))
        new.CharProcs = pikepdf.Dictionary(
            {name: self._pdf.make_indirect(each) for name, each in letters.items()}
        )
        new.Resources = used.dictionary()
        return self._pdf.make_indirect(new)

    def _inline(self, inline: Any, named: _Named) -> tuple[list[Any], Any]:
        """A picture within the content: it stays there where it has no colour, else it becomes one of the resources."""
        whole = pikepdf.Stream(self._pdf, inline.read_raw_bytes())
        for key, value in inline.obj.items():
            whole[key] = value
        whole.Type, whole.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        if bool(inline.image_mask):
            return [inline], pikepdf.Operator("INLINE IMAGE")
        space = whole.get("/ColorSpace")
        if isinstance(space, pikepdf.Name):
            found = named.find("/ColorSpace", str(space))
            space = space if found is None else found
            whole.ColorSpace = space
        made = grey_picture(self._pdf, self._pdf.make_indirect(whole), space, self._greys)
        return [named.add("/XObject", "Grey", made)], pikepdf.Operator("Do")
