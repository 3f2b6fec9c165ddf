"""Facts of plain text: the charset, and the text."""

from __future__ import annotations

from casefiles.findings import Finding, Severity
from casefiles.intake.facts import FileFacts, Reading
from casefiles.intake.kinds import guess_charset
from casefiles.intake.limits import size_in_words
from casefiles.search.page_text import whole


def read(reading: Reading) -> FileFacts:
    """Say in which charset the text is, and give the text.

    Raises:
        OSError: the file cannot be read.
    """
    limit = reading.limits.text_bytes
    if reading.path.stat().st_size > limit:
        message = f"this text is larger than {size_in_words(limit)}"
        return reading.held("text-too-large", message, "File the pages that matter")
    charset = guess_charset(reading.path)
    if charset is None:
        return reading.held("text-damaged", "the file cannot be read as text in any charset we know")
    text = reading.path.read_bytes().decode(charset)
    findings = []
    if charset == "cp1252":
        findings.append(charset_guessed(reading))
    return reading.readable(texts=whole(text), findings=findings)


def charset_guessed(reading: Reading) -> Finding:
    """That a file says nothing of its character set, and in which it was read."""
    return reading.finding(
        "text-charset-guessed",
        Severity.WARNING,
        "The file does not say which character set it uses; it was read as Windows Western European",
        "Compare accents and pound signs with the original program, or ask for the text as PDF",
    )
