"""Which pages of a PDF are really there: the page tree, and every stream that a page draws.

qpdf mends what it can and hides what it cannot: a reference to an object that was lost reads as if the entry
did not exist, and the page comes out blank. So lost objects are first replaced by a mark that can be seen.

Source: ISO 32000-1, 7.3.10 (indirect objects), 7.7.3 (page tree), 7.8 (content streams and resources).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
from pikepdf import Name

from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers import pdf_tail
from casefiles.intake.readers.pdf_streams import Broken, Budget, TooMuch, stream_problem, unpacked

TOO_DEEP = "something in it is nested more than 300 deep"
_LOST = "/CasebinderLost"
_NOT_DRAWN = frozenset({"/Parent", "/P", "/Dest", "/A", "/AA", "/Popup", "/IRT", "/B", "/StructParent", "/OC",
                        "/StructParents", "/PieceInfo", "/Metadata", "/Thumb", "/Tabs", "/D", "/FS",
                        "/LastModified"})  # fmt: skip
# Within these, keys are the author's names, and say nothing.
_NAMED = frozenset({"/XObject", "/Font", "/ExtGState", "/Pattern", "/Shading", "/ColorSpace", "/Properties"})
_ESSENTIAL = frozenset({"/Contents", "/XObject/"})
_WARNED_OBJECT = re.compile(r"object (\d+) (\d+)")
_HARMLESS = "a common error handled correctly"
_LOSS = ("treating", "unknown token", "giving up", "parse error", "unexpected", "EOF", "length: 0")
_IN_STREAM = 2
ObjectId = tuple[int, int]
_Table = dict[ObjectId, pikepdf.XrefEntry]


class NoPages(Exception):
    """The page tree cannot be followed at all; the message says why."""


@dataclass
class PageTruth:
    """What the file really holds.

    `problems` has one entry a page found, in order: why that page is lost, or None. `expected` is the largest
    number of pages that anything in the file speaks of, None where nothing reliable does. `repaired`: the file
    does not stand as it was written. `doubts` are lesser things that are missing.
    """

    problems: list[str | None]
    expected: int | None
    repaired: bool
    doubts: list[str] = field(default_factory=list)

    @property
    def readable(self) -> int:
        """Pages that are there with everything they draw."""
        return sum(problem is None for problem in self.problems)

    @property
    def complete(self) -> bool:
        """Every page that should be there is."""
        return self.expected == self.readable == len(self.problems) and self.readable > 0


def examine(
    pdf: pikepdf.Pdf, reopened: Callable[[], pikepdf.Pdf], path: Path, limits: FactsLimits
) -> PageTruth:
    """Find out which pages are there. `pdf` is the file at `path`, just opened; it is not changed.

    `reopened` opens it anew: a file in which something is wrong is looked at once more, with marks in it.

    Raises:
        pikepdf.PdfError: the file does not open.
        NoPages: there is no page tree, or it leads back to itself.
        TooMuch: a limit was passed.
    """
    ending = pdf_tail.examine(path)
    budget = Budget(limits)
    survey = _survey(pdf, path, budget)
    repaired = bool(survey.warnings) or ending.cut or ending.unfinished_update
    if not repaired and not survey.gone:
        return _truth(pdf, survey, ending, budget)
    if repaired and pdf_tail.is_deeply_nested(path):
        raise TooMuch(TOO_DEEP)
    counts = survey.counts | pdf_tail.page_counts(path) if repaired else None
    with reopened() as marked:
        # Before anything is read: qpdf drops a reference to what it does not know as it reads it.
        for number in survey.gone:
            marked._replace_object(number, pikepdf.Dictionary({_LOST: True}))
        for number in marked.get_xref_table():  # where this makes qpdf mend the table, let it be now
            _resolve(marked, number)
        return _truth(marked, survey, ending, budget, repaired=repaired, counts=counts)


def _truth(
    pdf: pikepdf.Pdf,
    survey: _Survey,
    ending: pdf_tail.Ending,
    budget: Budget,
    *,
    repaired: bool = False,
    counts: set[int] | None = None,
) -> PageTruth:
    leaves, lost_branches = _leaves(pdf, budget.limits)
    if not leaves and not lost_branches:
        raise NoPages("it has none")
    walker = _Walker(budget, _damaged_objects(survey.warnings), strict=repaired)
    problems = [walker.page_problem(leaf) for leaf in leaves]
    expected = _expected(pdf, leaves, lost_branches, ending, counts)
    if repaired and expected is not None and _pages_outside_the_tree(pdf, leaves):
        expected = None
    return PageTruth(problems, expected, repaired or bool(_warnings(pdf)), walker.doubts)


@dataclass(frozen=True)
class _Survey:
    """What a first look at every object has shown: what is not there, what qpdf said, what object streams count."""

    gone: set[ObjectId]
    warnings: list[str]
    counts: set[int]


def _survey(pdf: pikepdf.Pdf, path: Path, budget: Budget) -> _Survey:
    limits = budget.limits
    table = pdf.get_xref_table()
    if len(table) > limits.objects:
        raise TooMuch(f"it has more than {limits.objects:,} objects")
    streams = _object_streams(pdf, table, budget)
    for number in table:
        _resolve(pdf, number)
    known = {*table, *pdf.get_xref_table()}  # it may have been mended on the way
    size = pdf.trailer.get(Name.Size, 0)
    known |= {(number, 0) for number in range(1, min(size if isinstance(size, int) else 0, limits.objects))}
    known |= pdf_tail.references(path).union(*(pdf_tail.references_in(data) for data, _ in streams))
    possible = (one for one in known if 0 < one[0] <= 2 * limits.objects and one[1] < 65536)
    gone = {one for one in possible if _resolve(pdf, one) is None}
    counts: set[int] = set().union(*(pdf_tail.page_counts_in(*one) for one in streams))
    return _Survey(gone, _warnings(pdf), counts)


def _warnings(pdf: pikepdf.Pdf) -> list[str]:
    return [text for text in map(str, pdf.get_warnings()) if _HARMLESS not in text]


def _damaged_objects(warnings: Iterable[str]) -> set[ObjectId]:
    """Objects of which qpdf could not read a part; a wrong stream length alone is no loss."""
    damaged: set[ObjectId] = set()
    for warning in warnings:
        match = _WARNED_OBJECT.search(warning)
        if match and any(word in warning for word in _LOSS):
            damaged.add((int(match[1]), int(match[2])))
    return damaged


def _resolve(pdf: pikepdf.Pdf, number: ObjectId) -> object:
    try:
        return pdf.get_object(number)
    except pikepdf.PdfError:
        return None


def _object_streams(pdf: pikepdf.Pdf, table: _Table, budget: Budget) -> list[tuple[bytes, int]]:
    """The object streams that can still be unpacked, each with where its first object begins (bytes)."""
    found = []
    packed = (entry.obj_stream_number for entry in table.values() if entry.type == _IN_STREAM)
    for number in sorted({number for number in packed if number is not None}):
        one = _resolve(pdf, (number, 0))
        if isinstance(one, pikepdf.Stream):
            try:
                found.append((b"".join(unpacked(one, budget)), int(one.get(Name.First, 0))))
            except (Broken, pikepdf.PdfError, TypeError, ValueError):
                continue  # what it held is lost, and shows wherever it is referred to
    return found


def _is_lost(one: object) -> bool:
    return isinstance(one, pikepdf.Dictionary) and _LOST in one


def _leaves(pdf: pikepdf.Pdf, limits: FactsLimits) -> tuple[list[pikepdf.Object], int]:
    """The pages in order, lost ones included; and how many branches of the tree are lost."""
    root = pdf.Root.get(Name.Pages)
    if not isinstance(root, pikepdf.Dictionary) or _is_lost(root):
        raise NoPages("its list of pages is missing")
    leaves: list[pikepdf.Object] = []
    branches: set[ObjectId] = set()
    lost = 0
    waiting: list[tuple[pikepdf.Object, int]] = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if not isinstance(node, pikepdf.Dictionary) or _is_lost(node):
            leaves.append(pikepdf.Dictionary({_LOST: True}))
        elif Name.Kids not in node and node.get(Name.Type) != Name.Pages:
            leaves.append(node)
        else:
            kids = node.get(Name.Kids)
            if node.is_indirect and node.objgen in branches:
                raise NoPages("its list of pages leads back to itself")
            if depth > limits.nesting:
                raise TooMuch(f"its list of pages is nested more than {limits.nesting} deep")
            branches.add(node.objgen)
            if not isinstance(kids, pikepdf.Array):
                lost += 1
                continue
            if len(kids) + len(leaves) + len(waiting) > limits.objects:
                raise TooMuch(f"it has more than {limits.objects:,} pages")
            waiting.extend((kid, depth + 1) for kid in reversed(list(kids)))
        if len(leaves) > limits.pages:
            raise TooMuch(_page_limit(pdf, len(leaves), limits))
    return leaves, lost


def _page_limit(pdf: pikepdf.Pdf, found: int, limits: FactsLimits) -> str:
    declared = pdf.Root.Pages.get(Name.Count)
    number = max(found, declared) if isinstance(declared, int) else found
    return f"it has {number:,} pages or more; casebinder reads up to {limits.pages:,} in one file"


def _expected(
    pdf: pikepdf.Pdf,
    leaves: list[pikepdf.Object],
    lost_branches: int,
    ending: pdf_tail.Ending,
    counts: set[int] | None,
) -> int | None:
    """The largest number of pages anything speaks of. `counts`: what the bytes of a damaged file say."""
    declared = pdf.Root.Pages.get(Name.Count)
    if not isinstance(declared, int) or declared < 0 or ending.unfinished_update:
        return None
    if (lost_branches and declared <= len(leaves)) or (counts is not None and not counts):
        return None
    # An intact file may count its pages wrongly in /Count; more pages than counted are all there.
    return max(declared, len(leaves), ending.linearized_pages or 0, *(counts or ()))


def _pages_outside_the_tree(pdf: pikepdf.Pdf, leaves: list[pikepdf.Object]) -> bool:
    inside = {leaf.objgen for leaf in leaves}
    for number in pdf.get_xref_table().keys() - inside:
        one = _resolve(pdf, number)
        if isinstance(one, pikepdf.Dictionary) and one.get(Name.Type) == Name.Page:
            return True
    return False


class _Walker:
    """Follows everything that a page draws, once for each object however many pages share it."""

    def __init__(self, budget: Budget, damaged: set[ObjectId], *, strict: bool) -> None:
        self._budget = budget
        self._damaged = damaged
        self._strict = strict
        self._known: dict[ObjectId, str | None] = {}
        self.doubts: list[str] = []

    def page_problem(self, page: pikepdf.Object) -> str | None:
        """Why the page is lost, or None.

        Raises:
            TooMuch: a limit was passed.
        """
        if _is_lost(page):
            return "the page itself is missing"
        if page.objgen in self._damaged:
            return "the page itself is broken"
        drawn = [("/Contents", page.get(Name.Contents)), ("/Annots", page.get(Name.Annots))]
        drawn.append(("/Resources", self._inherited(page, Name.Resources)))
        if self._inherited(page, Name.MediaBox) is None and self._missing("/MediaBox"):
            return "its size is missing"
        return self._first_problem(drawn, 0)

    def _inherited(self, page: pikepdf.Object, key: Name) -> pikepdf.Object | None:
        node: pikepdf.Object | None = page
        for _ in range(self._budget.limits.nesting):
            if not isinstance(node, pikepdf.Dictionary) or _is_lost(node):
                return None
            if key in node:
                return node[key]
            node = node.get(Name.Parent)
        return None

    def _first_problem(self, entries: Iterable[tuple[str, object]], depth: int) -> str | None:
        problems = [self._problem(value, key, depth) for key, value in entries if key not in _NOT_DRAWN]
        return next((problem for problem in problems if problem), None)

    def _problem(self, one: object, key: str, depth: int) -> str | None:
        if not isinstance(one, (pikepdf.Dictionary, pikepdf.Array, pikepdf.Stream)):
            return None
        if key in _ESSENTIAL and not isinstance(one, (pikepdf.Stream, pikepdf.Array)):
            return (
                "something that it draws is missing" if _is_lost(one) else "something that it draws is broken"
            )
        if depth > self._budget.limits.nesting:
            raise TooMuch(f"something in it is nested more than {self._budget.limits.nesting} deep")
        if not one.is_indirect:
            return self._own_problem(one, key, depth)
        if _is_lost(one):  # asked for each key again: it matters who misses it
            return self._missing(key)
        number = one.objgen
        if number in self._damaged:
            return "something that it draws is broken"
        if number not in self._known:
            self._known[number] = None  # on the way: a circle is no problem of its own
            self._known[number] = self._own_problem(one, key, depth)
        return self._known[number]

    def _missing(self, key: str) -> str | None:
        if self._strict or key in _ESSENTIAL:
            return "something that it draws is missing"
        if not self.doubts:
            self.doubts.append(key)
        return None

    def _own_problem(self, one: pikepdf.Object, key: str, depth: int) -> str | None:
        if isinstance(one, pikepdf.Array):
            return self._first_problem([(key, item) for item in one], depth + 1)
        named = key in _NAMED and not isinstance(one, pikepdf.Stream)
        entries = [(key + "/" if named else name, value) for name, value in one.items()]
        if isinstance(one, pikepdf.Stream):
            problem = stream_problem(one, self._budget)
            if problem:
                what = "its content" if key == "/Contents" else "something that it draws"
                return f"{what} is damaged: {problem}"
        if one.get(Name.Subtype) in (Name.Link, Name.Widget, Name.Popup) and Name.AP not in one:
            return None
        return self._first_problem(entries, depth + 1)
