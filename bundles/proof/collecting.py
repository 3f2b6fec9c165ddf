"""The checks of a proof while it runs: what each compares, and what it has found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from bundles.proof.report import Check, Outcome, file_finding, page_finding
from casefiles.findings import Finding


class Topic(Enum):
    """The checks of a proof in order: code, title, what is compared with what, and the standard behind it."""

    OPENS = ("opens", "The file opens", "the file with the PDF standard, without repair", "ISO 32000-2 7.5")
    COUNT = (
        "pages",
        "Every page is there",
        "page counts of two readers with the plan and the derived files",
        "",
    )
    SIZE = ("size", "Size and position", "each page's boxes with its derived page's", "ISO 32000-2 14.11.2")
    CONTENT = (
        "content",
        "Content",
        "each page's content, fonts, images and drawings with its derived page's, byte for byte",
        "",
    )
    PRINTED = (
        "printed",
        "What casebinder printed",
        "each page's last stream, operator by operator, with the number and mark planned for it",
        "electronic bundles guidance 29 Nov 2021",
    )
    TEXT = (
        "text",
        "Text",
        "each page's text as PDFium reads it with the digest of its derived page's text",
        "",
    )
    NUMBER = (
        "number",
        "Number where it must be",
        "place and paint of each number as PDFium sees it with the profile",
        "electronic bundles guidance 29 Nov 2021",
    )
    LINKS = (
        "links",
        "Links",
        "each page's annotations with the index rows and the links of its derived page",
        "",
    )
    BOOKMARKS = (
        "bookmarks",
        "Bookmarks",
        "the outline with the plan's, in nesting, words and target",
        "electronic bundles guidance 29 Nov 2021",
    )
    LABELS = (
        "labels",
        "Page labels",
        "each page's label with the number printed on it",
        "ISO 32000-2 12.4.2",
    )
    OPENING = (
        "opening",
        "Opening view, title and language",
        "the catalog and the document's properties with the plan",
        "electronic bundles guidance 29 Nov 2021",
    )
    STRANGERS = (
        "strangers",
        "Nothing else inside",
        "the catalog, the page tree and each page with the closed list of what a bundle holds",
        "",
    )
    INDEX = ("index", "Index", "the index pages as PDFium reads them with the plan's tabs and checkpoint", "")
    MANIFEST = ("manifest", "Manifest", "the attached manifest, row by row, with the plan", "")

    def __init__(self, code: str, title: str, compared: str, source: str) -> None:
        self.code = code
        self.title = title
        self.compared = compared
        self.source = source


@dataclass
class Collector:
    """Findings by topic; `checks` numbers them all, those never reached as not done."""

    found: dict[Topic, list[Finding]] = field(default_factory=lambda: {topic: [] for topic in Topic})
    reached: set[Topic] = field(default_factory=set)

    def begin(self, *topics: Topic) -> None:
        """These topics are being looked at from now on."""
        self.reached.update(topics)

    def page(self, topic: Topic, page: int, message: str) -> None:
        """Something is wrong with a page (1-based)."""
        self.found[topic].append(page_finding(f"proof-{topic.code}", page, message, topic.source))

    def file(self, topic: Topic, message: str) -> None:
        """Something is wrong with the file as a whole."""
        self.found[topic].append(file_finding(f"proof-{topic.code}", message, topic.source))

    def checks(self) -> tuple[Check, ...]:
        """All checks, numbered from 1."""
        return tuple(self._check(number, topic) for number, topic in enumerate(Topic, start=1))

    def _check(self, number: int, topic: Topic) -> Check:
        findings = tuple(self.found[topic])
        outcome = Outcome.OK if topic in self.reached else Outcome.NOT_DONE
        reason = "" if topic in self.reached else "the file could not be examined that far"
        return Check(
            number, topic.title, topic.compared, Outcome.FAILED if findings else outcome, findings, reason
        )
