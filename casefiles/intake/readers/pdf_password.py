"""A copy of a PDF without its password, for `decide --unlock`. The password is neither kept nor logged."""

from __future__ import annotations

from pathlib import Path

import pikepdf

from casefiles.errors import Blocked, UsageError
from casefiles.files.scratch import new_scratch_file
from casefiles.intake.facts import ASK_AGAIN, Reading
from casefiles.intake.kinds import Kind, KindOf
from casefiles.intake.limits import FactsLimits
from casefiles.intake.readers.pdf import examine_pages, open_pdf, pages_in_words
from casefiles.intake.readers.pdf_pages import NoPages
from casefiles.intake.readers.pdf_streams import TooMuch


def open_with_password(path: Path, password: str, output: Path, limits: FactsLimits | None = None) -> None:
    """Write `output`, an unencrypted copy of a PDF that needs a password. Same file, same bytes.

    Raises:
        UsageError: the password is wrong, or the file is no PDF.
        Blocked: pages are lost; a copy would hide that.
        OSError: a file cannot be read or written.
    """
    kind = KindOf(Kind.PDF, "application/pdf", "PDF")
    reading = Reading(path, kind, path.name, output.parent, limits or FactsLimits(), 0)
    try:
        truth = examine_pages(reading, password)
        if not truth.complete:
            raise Blocked(f"The password opens the file, but only {pages_in_words(truth)}", remedy=ASK_AGAIN)
        _save_without(path, password, output)
    except pikepdf.PasswordError:
        raise UsageError("This password does not open the file", remedy="Check it with the sender") from None
    except (NoPages, TooMuch, pikepdf.PdfError):
        raise UsageError("The file cannot be opened as a PDF", remedy=ASK_AGAIN) from None


def _save_without(path: Path, password: str, output: Path) -> None:
    with open_pdf(path, password) as pdf, new_scratch_file(output) as stream:
        pdf.save(stream, deterministic_id=True, encryption=False)
