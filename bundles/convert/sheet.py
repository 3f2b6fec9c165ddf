"""One page in place of an item: a sheet for what cannot be shown as pages, a placeholder for what is held."""

from __future__ import annotations

from bundles.convert.base import ConversionRequest, ConversionResult, Converter
from bundles.convert.pages import draw_template, size_words
from bundles.model import TabKind
from casefiles.intake.kinds import Kind

VERSION = "2"
KIND_WORDS = {
    Kind.PDF: "PDF document",
    Kind.JPEG: "Photograph (JPEG)",
    Kind.PNG: "Picture (PNG)",
    Kind.TIFF: "Picture (TIFF)",
    Kind.GIF: "Picture (GIF)",
    Kind.BMP: "Picture (BMP)",
    Kind.WEBP: "Picture (WebP)",
    Kind.HEIC: "Photograph (HEIC)",
    Kind.AVIF: "Picture (AVIF)",
    Kind.DOCX: "Word document",
    Kind.DOC: "Word document (97–2003)",
    Kind.ODT: "OpenDocument text",
    Kind.RTF: "Rich Text document",
    Kind.PPTX: "PowerPoint presentation",
    Kind.PPT: "PowerPoint presentation (97–2003)",
    Kind.ODP: "OpenDocument presentation",
    Kind.TEXT: "Text file",
    Kind.HTML: "Web page",
    Kind.CHAT: "Exported chat",
    Kind.MAIL: "E-mail",
    Kind.OUTLOOK: "E-mail (Outlook)",
    Kind.WINMAIL: "Outlook wrapper (winmail.dat)",
    Kind.CALENDAR: "Calendar entry",
    Kind.ZIP: "Zip archive",
    **dict.fromkeys((Kind.XLSX, Kind.XLS, Kind.ODS), "Spreadsheet"),
    Kind.TABLE: "Table (CSV)",
    Kind.OTHER: "File of another kind",
}
SUPPLIED_HOW = "It is supplied as a file, together with the bundle."
PROBLEM = "This file could not be shown as pages."


def draw_sheet(request: ConversionRequest) -> ConversionResult:
    """A sheet that names the file, its kind, size and SHA-256, when it came and how it is supplied.

    Printed details: `name`, `title`, `exhibit`, `kind_words`, `received`, `supplied_how`.
    """
    values = _facts(request)
    values["supplied_how"] = request.details.get("supplied_how", "") or SUPPLIED_HOW
    drawn = draw_template(request, "pages/sheet.html.j2", values)
    return drawn.derived(request.output, SHEET.name, SHEET.version)


def draw_placeholder(request: ConversionRequest) -> ConversionResult:
    """A page that says what the item is, why its pages are not here, and who is asked to do what.

    An `action` that is a command to type (between backticks) is for the officer at the keyboard, not for this page.
    Printed details: those of a sheet, and `problem`, `reason`, `decided` (by whom and when), `action`.
    """
    details = request.details
    values = _facts(request) | {
        "supplied_how": details.get("supplied_how", ""),
        "problem": _for_the_court(details.get("problem", "")) or PROBLEM,
        "reason": details.get("reason", ""),
        "decided": details.get("decided", ""),
        "action": "" if "`" in (action := details.get("action", "")) else _for_the_court(action),
    }
    drawn = draw_template(request, "pages/placeholder.html.j2", values)
    return drawn.derived(request.output, PLACEHOLDER.name, PLACEHOLDER.version)


def _for_the_court(words: str) -> str:
    """A sentence for a page that a court reads: without our “Held:”, with a capital and a full stop."""
    said = words.removeprefix("Held: ").strip()
    return said[:1].upper() + said[1:] + ("" if not said or said[-1] in ".!?…" else ".")


def _facts(request: ConversionRequest) -> dict[str, str]:
    details = request.details
    return {
        "name": details.get("name", "") or "(not recorded)",
        "title": details.get("title", ""),
        "exhibit": details.get("exhibit", ""),
        "kind_words": details.get("kind_words", "") or KIND_WORDS.get(request.kind, KIND_WORDS[Kind.OTHER]),
        "size": size_words(request.original.stat().st_size),
        "received": details.get("received", ""),
        "sha256": request.sha256,
    }


_FACT_DETAILS = frozenset({"name", "title", "exhibit", "kind_words", "received", "supplied_how"})
SHEET = Converter(
    name="sheet",
    version=VERSION,
    kinds=frozenset(Kind),
    convert=draw_sheet,
    details=_FACT_DETAILS,
    form=TabKind.SHEET,
)
PLACEHOLDER = Converter(
    name="placeholder",
    version=VERSION,
    kinds=frozenset(Kind),
    convert=draw_placeholder,
    details=_FACT_DETAILS | {"problem", "reason", "decided", "action"},
    form=TabKind.PLACEHOLDER,
)
CONVERTER = (SHEET, PLACEHOLDER)
