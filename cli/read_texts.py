"""What was read from scanned pages, put into the index: the words beside those that the files have themselves, so that search
finds them, and how far reading has come, so that the pages for people say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bundles.treat.page_reading import PageReading
from casefiles.chain.replay import CaseState
from casefiles.index.store import Index, original_name
from casefiles.scanned import Outcome, ScannedPages
from casefiles.search.page_text import PageText


def outcome_of(reading: PageReading) -> Outcome:
    """What came of reading a page."""
    return Outcome(reading.reason) if reading.reason else Outcome.READ


def keep_readings(
    index: Index,
    state: CaseState,
    sha256: str,
    readings: Mapping[int, PageReading],
    scans: ScannedPages | None = None,
) -> bool:
    """Let search find the words of these pages (1-based) of an item, and keep what came of them; says whether that was
    news. `scans` is all that is known of the item's scanned pages, by default what was known and these.

    Words that the file has itself stay; nothing is kept of an item that was withdrawn.

    Raises:
        Unavailable: the index is locked or cannot be written.
    """
    item = state.items.get(sha256)
    if item is None or item.disposed is not None:
        return False
    original = original_name(sha256, item.suffix)
    facts = index.facts([original], with_text=True).get(original)
    if facts is None:
        return False
    if scans is None:
        known = facts.scans or ScannedPages()
        scans = ScannedPages.of(
            dict(known.pages) | {page: outcome_of(each) for page, each in readings.items()}, known.reader
        )
    with_words = {each.page for each in facts.texts if each.text.strip()}
    news = tuple(
        PageText(page, each.text)
        for page, each in sorted(readings.items())
        if each.text.strip() and page not in with_words
    )
    if news:
        texts = sorted((*facts.texts, *news), key=lambda each: each.page or 0)
        index.put_facts([replace(facts, texts=tuple(texts), scans=scans)])
    else:
        index.put_scans({original: scans})
    return bool(news) or scans != facts.scans
