"""The sheets of a workbook that were chosen: as its reader takes them, and as the index tells them."""

from __future__ import annotations

from dataclasses import replace

from bundles.convert.base import ConversionRequest, Converter, Drawn
from bundles.convert.visible import shown
from bundles.derived import Derived
from bundles.treatment import Treatment
from casefiles.tables.model import SheetChoice, Workbook

NAMED = 6
LONGEST_NAME = 60


def chosen_sheets(request: ConversionRequest) -> SheetChoice:
    """What the request asks for: by name as an officer writes it, by number as the chain keeps it."""
    return SheetChoice(request.sheet_names, request.treatment.sheets)


def drawn_sheets(drawn: Drawn, request: ConversionRequest, book: Workbook, converter: Converter) -> Derived:
    """A drawn workbook as the converter's result; with a choice, it says which sheets it shows."""
    derived = drawn.derived(request.output, converter.name, converter.version)
    if not book.numbers:
        return derived
    treatment = Treatment(sheets=book.numbers).encode()
    return replace(derived, treatment=treatment).with_choice(words(book))


def words(book: Workbook) -> str:
    """ "sheet Summary of 3"; of many sheets the first are named."""
    names = [shown(sheet.name, keep="")[:LONGEST_NAME] for sheet in book.sheets]
    if len(names) > NAMED:
        listed = f"sheets {', '.join(names[: NAMED - 1])} and {len(names) - NAMED + 1} more"
    else:
        listed = f"sheet{'s' * (len(names) > 1)} {', '.join(names)}"
    return f"{listed} of {book.sheets_in_all}"
