"""What was read from scanned pages, put into the index beside the text that the files have themselves, so that search finds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from casefiles.chain.replay import CaseState
from casefiles.index.store import Index, original_name
from casefiles.search.page_text import PageText


def keep_read_text(index: Index, state: CaseState, sha256: str, pages: Mapping[int, str]) -> bool:
    """Let search find the words of these pages (1-based) of an item; says whether that was news.

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
    known = {each.page for each in facts.texts if each.text.strip()}
    news = tuple(
        PageText(page, text) for page, text in sorted(pages.items()) if text.strip() and page not in known
    )
    if not news:
        return False
    texts = sorted((*facts.texts, *news), key=lambda each: each.page or 0)
    index.put_facts([replace(facts, texts=tuple(texts))])
    return True
