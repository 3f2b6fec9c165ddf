"""What people type into the record: it stays for good, so an example that was pasted with its gaps is refused."""

from __future__ import annotations

from casefiles.errors import UsageError

_GAPS = frozenset({"name", "text", "reason", "why", "who", "…", "...", "..", "xxx", "tbc", "n/a"})


def answered(option: str, text: str, example: str) -> None:
    """Nothing, if the text says something.

    Raises:
        UsageError: it is empty, or the gap of an example.
    """
    said = text.strip()
    if not said or said.casefold() in _GAPS:
        raise UsageError(
            f"{option} says nothing yet (“{said}”), and it would stay in the record for good.",
            remedy=f'Type your own words, such as {option} "{example}".',
        )
