"""What can be wrong with a workspace's key records, in words."""

from __future__ import annotations

from casefiles.chain.publickeys import short
from casefiles.findings import Finding, Severity


def bad_record(subject: str, problem: str) -> Finding:
    """A key record that does not count; `subject` is a fingerprint or a file name."""
    return Finding(
        "key-not-trusted",
        Severity.ERROR,
        f"key {short(subject)}" if len(subject) == 64 else f"keys/{subject}",
        f"This key record is not believed: {problem}.",
        "Ask who put it there. Remove the file, or have the key admitted again with “casebinder key add”.",
    )


def bad_root(fingerprint: str, pinned: str | None) -> Finding:
    """A key that admitted itself and is not the root."""
    if pinned:
        return Finding(
            "key-folder-remade",
            Severity.ERROR,
            f"key {short(fingerprint)}",
            f"The workspace has a first key that is not the one this machine knows ({short(pinned)}). "
            "Somebody may have made the key folder anew.",
            "Compare the fingerprint with the one that was published. If all keys were lost and this is the new one: "
            f"`casebinder key trust {fingerprint[:16]}`. If not, put the key folder back from a backup.",
        )
    return Finding(
        "key-two-roots",
        Severity.ERROR,
        f"key {short(fingerprint)}",
        "The workspace has more than one key that admitted itself, so none of them is believed.",
        "Compare their fingerprints with those that were published, and trust each that was: "
        f"`casebinder key trust {fingerprint[:16]}`.",
    )


def no_root(pinned: str | None) -> Finding:
    """There are keys, or a pin, and no first key."""
    known = f" ({short(pinned)})" if pinned else ""
    return Finding(
        "key-root-missing",
        Severity.ERROR,
        "keys",
        f"The workspace's first key{known} is missing from its key folder.",
        "Put the key folder back from a backup.",
    )
