"""Facts of a web page (HTML): its words for search, and what of it is not shown."""

from __future__ import annotations

from casefiles.findings import Severity
from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.limits import size_in_words
from casefiles.intake.readers.html_blocks import decode_page, read_page
from casefiles.intake.readers.text import charset_guessed
from casefiles.search.page_text import whole

MAX_BYTES = 8 << 20


def read(reading: Reading) -> FileFacts:
    """Read the page's words; nothing in it is run or fetched.

    Raises:
        OSError: the file cannot be read.
    """
    if reading.path.stat().st_size > MAX_BYTES:
        message = f"this web page is larger than {size_in_words(MAX_BYTES)}"
        return reading.held("html-too-large", message, "Print it as PDF from a browser and drop that as well")
    source = decode_page(reading.path.read_bytes())
    if source is None:
        return reading.held("html-damaged", "the web page cannot be read as text in any charset we know")
    page = read_page(source.html)
    findings = []
    if source.guessed:
        findings.append(charset_guessed(reading))
    if page.pictures or page.not_shown:
        findings.append(
            reading.finding(
                "html-words-only",
                Severity.WARNING,
                "The web page shows pictures or films, which are not part of this file or are not drawn; its words are",
                "If they matter, print the page as PDF where it can be seen, and drop that as well",
            )
        )
    return reading.readable(texts=whole(page.text), findings=findings)
