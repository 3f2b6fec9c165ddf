"""What a stamp stream paints: a small interpreter that knows text and nothing else.

Every operator that could paint, clip or hide anything but plain text is refused by not being known.

Source: ISO 32000-2 8.4 (graphics state), 9.3 (text state), 9.4 (text objects), 14.6 (marked content).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bundles.proof.operators import Name, NotUnderstood, Operand, Operation, read_operations

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True)
class TextRun:
    """One string as painted: `matrix` takes text space (1 unit = 1 point of `size_pt`) to the page."""

    data: bytes
    font: str
    size_pt: float
    matrix: Matrix
    fill: tuple[float, float, float]
    state: str


@dataclass(frozen=True)
class _State:
    matrix: Matrix = IDENTITY
    font: str = ""
    size_pt: float = 0.0
    fill: tuple[float, float, float] = (0.0, 0.0, 0.0)
    state: str = ""


def multiply(first: Matrix, second: Matrix) -> Matrix:
    """`first` applied before `second`."""
    a, b, c, d, e, f = first
    k, m, n, o, p, q = second
    return (a * k + b * n, a * m + b * o, c * k + d * n, c * m + d * o, e * k + f * n + p, e * m + f * o + q)


class _Painter:
    def __init__(self) -> None:
        self.runs: list[TextRun] = []
        self._now = _State()
        self._saved: list[_State] = []
        self._text: Matrix | None = None
        self._marked = 0
        self._moves: dict[str, Callable[[tuple[Operand, ...]], None]] = {
            "q": self._save,
            "Q": self._restore,
            "cm": self._concat,
            "gs": self._graphics_state,
            "g": self._gray,
            "rg": self._rgb,
            "BT": self._begin_text,
            "ET": self._end_text,
            "Tf": self._font,
            "Td": self._move,
            "Tm": self._place,
            "Tj": self._show,
            "Tr": self._mode,
            "BMC": self._begin_marked,
            "BDC": self._begin_marked,
            "EMC": self._end_marked,
        }

    def run(self, operations: tuple[Operation, ...]) -> tuple[TextRun, ...]:
        for operation in operations:
            move = self._moves.get(operation.operator)
            if move is None:
                raise NotUnderstood(f"the operator {operation.operator}, which a page number does not need")
            move(operation.operands)
        if self._saved or self._text is not None or self._marked:
            raise NotUnderstood("something that it opens and does not close")
        return tuple(self.runs)

    def _save(self, operands: tuple[Operand, ...]) -> None:
        _numbers(operands, 0)
        self._saved.append(self._now)

    def _restore(self, operands: tuple[Operand, ...]) -> None:
        _numbers(operands, 0)
        if not self._saved:
            raise NotUnderstood("a Q without its q")
        self._now = self._saved.pop()

    def _concat(self, operands: tuple[Operand, ...]) -> None:
        self._now = replace(self._now, matrix=multiply(_matrix(operands), self._now.matrix))

    def _graphics_state(self, operands: tuple[Operand, ...]) -> None:
        self._now = replace(self._now, state=_name(operands))

    def _gray(self, operands: tuple[Operand, ...]) -> None:
        (gray,) = _numbers(operands, 1)
        self._now = replace(self._now, fill=(gray, gray, gray))

    def _rgb(self, operands: tuple[Operand, ...]) -> None:
        red, green, blue = _numbers(operands, 3)
        self._now = replace(self._now, fill=(red, green, blue))

    def _begin_text(self, operands: tuple[Operand, ...]) -> None:
        _numbers(operands, 0)
        if self._text is not None:
            raise NotUnderstood("text inside text")
        self._text = IDENTITY

    def _end_text(self, operands: tuple[Operand, ...]) -> None:
        _numbers(operands, 0)
        if self._text is None:
            raise NotUnderstood("an ET without its BT")
        self._text = None

    def _font(self, operands: tuple[Operand, ...]) -> None:
        size = operands[1] if len(operands) == 2 else None
        if not isinstance(size, float):
            raise NotUnderstood("a font without a size")
        self._now = replace(self._now, font=_name(operands[:1]), size_pt=size)

    def _move(self, operands: tuple[Operand, ...]) -> None:
        if self._text is None:
            raise NotUnderstood("a text position outside of text")
        x, y = _numbers(operands, 2)
        self._text = multiply((1.0, 0.0, 0.0, 1.0, x, y), self._text)

    def _place(self, operands: tuple[Operand, ...]) -> None:
        if self._text is None:
            raise NotUnderstood("a text position outside of text")
        self._text = _matrix(operands)

    def _mode(self, operands: tuple[Operand, ...]) -> None:
        if _numbers(operands, 1) != (0.0,):
            raise NotUnderstood("text that is not filled, so it may not be seen")

    def _show(self, operands: tuple[Operand, ...]) -> None:
        if self._text is None or len(operands) != 1 or not isinstance(operands[0], bytes):
            raise NotUnderstood("a string outside of text")
        now = self._now
        whole = multiply(self._text, now.matrix)
        self.runs.append(TextRun(operands[0], now.font, now.size_pt, whole, now.fill, now.state))

    def _begin_marked(self, operands: tuple[Operand, ...]) -> None:
        if operands[:1] != (Name("/Artifact"),):
            raise NotUnderstood("marked content that is not an artifact")
        if Name("/OC") in operands or Name("/ActualText") in operands:
            raise NotUnderstood("marked content with its own text or layer")
        self._marked += 1

    def _end_marked(self, operands: tuple[Operand, ...]) -> None:
        _numbers(operands, 0)
        if not self._marked:
            raise NotUnderstood("an EMC without its BMC")
        self._marked -= 1


def painted_text(data: bytes) -> tuple[TextRun, ...]:
    """The strings that a stamp stream paints, in order; the stream may do nothing else.

    Raises:
        NotUnderstood: it does anything else, however harmless it may look.
    """
    return _Painter().run(read_operations(data))


def draws_only_the_form(data: bytes, form: str) -> bool:
    """Whether a page's own stream draws the one form `form` and leaves the graphics state as it was.

    Raises:
        NotUnderstood: the stream holds a token that is none of PDF's plain ones.
    """
    if data.strip() == b"%s Do" % form.encode("ascii"):
        return True
    depth = drawn = 0
    for operation in read_operations(data):
        if operation.operator == "q":
            depth += 1
        elif operation.operator == "Q":
            depth -= 1
        elif operation.operator == "cm" and depth > 0:
            _upright(_matrix(operation.operands))
        elif operation == Operation("Do", (Name(form),)):
            drawn += 1
        else:
            return False
        if depth < 0:
            return False
    return depth == 0 and drawn == 1


def _upright(matrix: Matrix) -> None:
    if matrix[1] or matrix[2] or matrix[0] <= 0 or matrix[3] <= 0:
        raise NotUnderstood("a page that is drawn turned or mirrored")


def _numbers(operands: tuple[Operand, ...], count: int) -> tuple[float, ...]:
    numbers = tuple(value for value in operands if isinstance(value, float))
    if len(operands) != count or len(numbers) != count:
        raise NotUnderstood("an operator with the wrong values")
    return numbers


def _matrix(operands: tuple[Operand, ...]) -> Matrix:
    a, b, c, d, e, f = _numbers(operands, 6)
    return (a, b, c, d, e, f)


def _name(operands: tuple[Operand, ...]) -> str:
    if len(operands) != 1 or not isinstance(operands[0], Name):
        raise NotUnderstood("an operator without its name")
    return operands[0].value
