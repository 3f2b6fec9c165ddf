"""A cell's value as its number format shows it.

Source: ECMA-376 part 1, 18.8.31 (numFmts); what it leaves open is done as Excel does it in English.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from casefiles.tables.date_format import DATE_PARTS, Moment, month_first, shown_moment

Value = bool | int | float | str | datetime | date | time | timedelta | None
GENERAL = "General"
MOST_DIGITS = 15
_GENERAL_DIGITS = 10
_PRECISION = 1_000  # more than the digits of the largest number and of the longest format
_MONEY = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)\]")
_COLOUR = re.compile(r"\[(?:black|blue|cyan|green|magenta|red|white|yellow|color\s*\d+)\]", re.IGNORECASE)
_PADDING = re.compile(r"_.|\*.|\s", re.DOTALL)
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|(?P<money>\[\$[^\]]*\])'
    r"|(?P<elapsed>\[(?:h+|m+|s+)\])|(?P<bracket>\[[^\]]*\])|(?P<half>AM/PM|A/P)|(?P<general>General)"
    r"|(?P<date>y+|m+|d+|h+|s+|b+)|(?P<power>E[+-])|(?P<digit>[0#?])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of a format: `sort` is one of the groups of the pattern, `text` what it says or adds."""

    sort: str
    text: str


def shown_value(value: Value, code: str) -> str:
    """The value as the format shows it; a format that says nothing for its sort of value shows it plainly.

    A format such as `;;;` shows nothing: the answer is empty then.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    sections = _sections(code or GENERAL)
    if isinstance(value, str):
        return _text(value, sections)
    if isinstance(value, datetime | date | time | timedelta):
        tokens = _tokens(sections[0])
        if not any(token.sort in DATE_PARTS for token in tokens):
            return str(value)
        return shown_moment(Moment.of(value), [(token.sort, token.text) for token in tokens])
    shown = _number(value, sections)
    signed = negative_by_colour(value, code) and any(char in "123456789" for char in shown)
    return f"-{shown}" if signed else shown  # pages show no colours


def shows_month_first(code: str) -> bool:
    """Whether a format shows dates with the month in digits before the day."""
    return month_first([(token.sort, token.text) for token in _tokens(_sections(code or GENERAL)[0])])


def negative_by_colour(value: Value, code: str) -> bool:
    """Whether a format tells this number from a positive one by its colour alone, as `0.00;[Red]0.00` does."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value < 0:
        return False
    sections = _sections(code or GENERAL)
    if len(sections) < 2 or any(_CONDITION.search(each) for each in sections[:2]):
        return False
    plus, minus = (_PADDING.sub("", _COLOUR.sub("", each)) for each in sections[:2])
    return bool(_COLOUR.search(sections[1])) and plus == minus and not any(char in minus for char in "-(")


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[str, ...]:
    parts, current = [], ""
    for token in _TOKEN.finditer(code):
        if token["other"] == ";":
            parts.append(current)
            current = ""
        else:
            current += token[0]
    return (*parts, current)


@lru_cache(maxsize=512)
def _tokens(section: str) -> tuple[Token, ...]:
    return tuple(_token(match) for match in _TOKEN.finditer(section))


def _token(match: re.Match[str]) -> Token:
    sort, text = match.lastgroup or "other", match[match.lastgroup or 0]
    if sort in ("quoted", "escaped"):
        return Token("literal", text)
    if sort == "space":
        return Token("literal", " ")
    if sort == "money":
        found = _MONEY.match(text)
        return Token("literal", found[1] if found else "")
    if sort in ("fill", "bracket"):
        return Token("nothing", "")
    if sort == "elapsed":
        return Token(sort, text.lower())
    return Token(sort, text)


def _text(value: str, sections: Sequence[str]) -> str:
    places = [token == Token("other", "@") for token in _tokens(sections[-1])]
    section = sections[3] if len(sections) > 3 else sections[-1] if any(places) else "@"
    tokens = _tokens(section)
    return "".join(
        value if token.text == "@" and token.sort == "other" else token.text
        for token in tokens
        if token.sort in ("literal", "other")
    )


def _number(value: float, sections: Sequence[str]) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "#NUM!"
    section, magnitude = _chosen(value, sections)
    tokens = _tokens(section)
    sign = "-" if magnitude < 0 else ""
    if not section:
        return ""
    if any(token.sort == "general" for token in tokens):
        return sign + "".join(
            _general(abs(magnitude)) if token.sort == "general" else token.text
            for token in tokens
            if token.sort in ("general", "literal", "other")
        )
    if any(token.sort in DATE_PARTS or token.text == "@" for token in tokens):
        return _general(value)  # a date format around a number that is no date, or a text format
    if not any(token.sort == "digit" for token in tokens):
        return sign + "".join(token.text for token in tokens if token.sort in ("literal", "other"))
    with localcontext(prec=_PRECISION):
        exact = Decimal(magnitude) if isinstance(magnitude, int) else Decimal(f"{magnitude:.{MOST_DIGITS}g}")
        shown = _digits(abs(exact), tokens)
    return sign + shown if any(char in "123456789" for char in shown) else shown


def _chosen(value: float, sections: Sequence[str]) -> tuple[str, float]:
    """The section for a number, and the number as that section shows it (its sign said by the section)."""
    conditions = [_CONDITION.search(section) for section in sections[:2]]
    if any(conditions):
        for section, condition in zip(sections, conditions, strict=False):
            if condition and _meets(value, condition[1], float(condition[2])):
                return section, value
        return sections[min(len(sections) - 1, 2 if all(conditions) else 1)], value
    if len(sections) == 1 or value > 0 or (value == 0 and len(sections) == 2):
        return sections[0], value
    if value < 0:
        return sections[1], abs(value)
    return sections[2], value


def _meets(value: float, sign: str, bound: float) -> bool:
    return {
        "<": value < bound, ">": value > bound, "<=": value <= bound,
        ">=": value >= bound, "=": value == bound, "<>": value != bound,
    }[sign]  # fmt: skip


def _general(value: float) -> str:
    if isinstance(value, int) or value.is_integer():
        whole = int(value)
        return str(whole) if abs(whole) < 10**MOST_DIGITS else f"{value:.5E}"
    text = format(value, f".{_GENERAL_DIGITS}g")
    return text.upper()


def _digits(number: Decimal, tokens: Sequence[Token]) -> str:
    number *= 100 ** sum(token.text == "%" and token.sort == "other" for token in tokens)
    if any(token.text == "/" and token.sort == "other" for token in tokens):
        return _fraction(number, tokens)
    power = next((place for place, token in enumerate(tokens) if token.sort == "power"), None)
    if power is not None:
        return _scientific(number, tokens, power)
    return _plain(number, tokens)


def _plain(number: Decimal, tokens: Sequence[Token]) -> str:
    point = next((n for n, token in enumerate(tokens) if token == Token("other", ".")), len(tokens))
    left, right = list(tokens[:point]), list(tokens[point + 1 :])
    last = max((n for n, token in enumerate(left) if token.sort == "digit"), default=-1)
    commas = [n for n, token in enumerate(left) if token == Token("other", ",")]
    grouped = any(n < last for n in commas)
    end = max((n for n, token in enumerate(tokens) if token.sort == "digit"), default=len(tokens))
    scale = sum(n > end for n, token in enumerate(tokens) if token == Token("other", ","))
    right = [token for token in right if token != Token("other", ",")]
    places = [token.text for token in right if token.sort == "digit"]
    rounded = (number / 1000**scale).quantize(Decimal(1).scaleb(-len(places)), ROUND_HALF_UP)
    whole, _, decimals = f"{rounded:f}".partition(".")
    out = "".join(_whole(whole, [t for t in left if t != Token("other", ",")], grouped=grouped))
    if point == len(tokens):
        return out
    return out + "." + "".join(_decimals(decimals, places, right))


def _whole(digits: str, tokens: Sequence[Token], *, grouped: bool) -> Iterator[str]:
    """The places before the point, filled from the right; the first takes all digits that are left."""
    count = sum(token.sort == "digit" for token in tokens)
    digits = digits.lstrip("0")
    padded = digits.rjust(count, "\0")
    surplus = len(padded) - count
    position = 0
    for token in tokens:
        if token.sort != "digit":
            yield token.text if token.sort in ("literal", "other") else ""
            continue
        taken = padded[position : position + 1 + (surplus if position == 0 else 0)]
        for char in taken:
            left = len(padded) - position - 1
            position += 1
            filled = char if char != "\0" else {"0": "0", "?": " "}.get(token.text, "")
            yield filled + ("," if grouped and filled.strip() and left and left % 3 == 0 else "")


def _decimals(digits: str, places: Sequence[str], tokens: Sequence[Token]) -> Iterator[str]:
    wanted = len(digits)
    while wanted and digits[wanted - 1] == "0" and places[wanted - 1] != "0":
        wanted -= 1
    position = 0
    for token in tokens:
        if token.sort == "digit":
            yield digits[position] if position < wanted else (" " if token.text == "?" else "")
            position += 1
        elif token.sort in ("literal", "other"):
            yield token.text


def _fraction(number: Decimal, tokens: Sequence[Token]) -> str:
    slash = next(n for n, token in enumerate(tokens) if token.text == "/")
    below = [token.text for token in tokens[slash + 1 :] if token.sort in ("digit", "other")]
    fixed = "".join(below).strip()
    whole = int(number) if sum(1 for t in tokens[:slash] if t.sort == "digit") > 1 else 0
    rest = Fraction(number) - whole
    if fixed.isdigit() and int(fixed):
        near = (round(rest * int(fixed)), int(fixed))
    else:
        limited = rest.limit_denominator(10 ** max(1, min(len(below), 4)) - 1)
        near = (limited.numerator, limited.denominator)
    if near[0] == near[1] and near[1] == 1 and whole:
        return str(whole + 1)
    parts = [str(whole)] if whole or not near[0] else []
    return " ".join([*parts, *([f"{near[0]}/{near[1]}"] if near[0] else [])])


def _scientific(number: Decimal, tokens: Sequence[Token], power: int) -> str:
    exponent = number.adjusted() if number else 0
    mantissa = number.scaleb(-exponent)
    shown = _plain(mantissa, tokens[:power])
    if shown.startswith("10"):
        exponent += 1
        shown = _plain(number.scaleb(-exponent), tokens[:power])
    digits = sum(token.sort == "digit" for token in tokens[power:])
    sign = "-" if exponent < 0 else "+" if tokens[power].text.endswith("+") else ""
    return f"{shown}E{sign}{abs(exponent):0{digits}d}"
