"""Letters that a person may type without their stroke: "Lodz" finds "Łódź".

SQLite's tokenizer takes accents off that Unicode can take apart. A stroke is no accent to Unicode, so ł, ø, đ and
their kind are folded here. One character stays one character, so that a place in folded text is the same place in
the text itself.
"""

from __future__ import annotations

HIT_BEGINS = "\x01"
HIT_ENDS = "\x02"

_STROKES = (
    ("\u0141", "L"), ("\u0142", "l"), ("\u00d8", "O"), ("\u00f8", "o"), ("\u0110", "D"), ("\u0111", "d"),
    ("\u0126", "H"), ("\u0127", "h"), ("\u0131", "i"), ("\u0166", "T"), ("\u0167", "t"), ("\u0180", "b"),
    ("\u0243", "B"), ("\u019a", "l"), ("\u023d", "L"),
)  # fmt: skip


def fold(text: str) -> str:
    """The text with strokes taken off its letters, as long as before; the marks of a hit become spaces."""
    folded = text.replace(HIT_BEGINS, " ").replace(HIT_ENDS, " ")
    if not folded.isascii():
        for letter, plain in _STROKES:
            folded = folded.replace(letter, plain)
    return folded
