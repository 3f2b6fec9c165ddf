"""Find the item that a person means by a file name, a path or an id."""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from casefiles.errors import UsageError
from casefiles.hashing import hash_prefix
from casefiles.shown import display_name


def find_item(names: Mapping[str, Sequence[str]], wanted: str) -> str:
    """The SHA-256 of the item meant by `wanted`: an id (eight or more digits), a shown path, or the end of one.

    `names` gives the shown paths of each item by its SHA-256.

    Raises:
        UsageError: nothing answers to it, or more than one item does.
    """
    text = _plain(wanted)
    if re.fullmatch(r"[0-9a-f]{8,64}", text):
        found = {digest for digest in names if digest.startswith(text)}
        if found:
            return _only(found, names, wanted)
    # As it stands first, then as we show it (a shell's completion types the raw name), then written another way.
    for way, meant in ((_as_it_is, wanted), (_as_it_is, display_name(os.fsencode(wanted))), (_plain, text)):
        exact = {digest for digest, paths in names.items() if any(way(path) == meant for path in paths)}
        if found := exact or _ending_in(names, meant, way):
            return _only(found, names, wanted)
    near = difflib.get_close_matches(
        text, [_plain(path) for paths in names.values() for path in paths], n=1, cutoff=0.4
    )
    hint = f" Did you mean “{near[0]}”?" if near else ""
    raise UsageError(
        f"The case has no file “{wanted}”.{hint}",
        remedy="Give its name or id as “casebinder status” shows it.",
    )


def _ending_in(names: Mapping[str, Sequence[str]], meant: str, way: Callable[[str], str]) -> set[str]:
    return {
        digest
        for digest, paths in names.items()
        if any(re.search(rf"(?:^|/|› ){re.escape(meant)}$", way(path)) for path in paths)
    }


def _as_it_is(text: str) -> str:
    return text


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip().removeprefix("./"))


def _only(found: set[str], names: Mapping[str, Sequence[str]], wanted: str) -> str:
    if len(found) == 1:
        return next(iter(found))
    listed = "; ".join(sorted(f"{hash_prefix(digest)} {names[digest][0]}" for digest in found))
    raise UsageError(
        f"“{wanted}” could be more than one file: {listed}.", remedy="Give the id in front of it."
    )
