"""What an officer chooses of a file by command: written on its line of each bundle file of the case."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from bundles.bundle_file import read_bundle_file, with_value, write_bundle_text
from bundles.choices import COLOURS, PAPERS, NotRanges, parse_ranges, ranges_text
from casefiles.errors import UsageError
from casefiles.index.store import Index
from casefiles.lookup import find_item
from cli.output import say
from cli.placeholder import names_of
from cli.workspace import OpenCase

ALL = "all"
Value = str | bool | Sequence[str] | None
"""What is written on the line; None takes the key out of it."""


def chosen(options: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[str, str, Value] | None:
    """Of the options that were given, each with pairs of file and words: file, key and what to write; None for none.

    Raises:
        UsageError: the words cannot be, or several files or keys are named.
    """
    given = {key: pairs for key, pairs in options.items() if pairs}
    if not given:
        return None
    if len(given) > 1:
        raise UsageError("Choose one thing at a time.", remedy="Run the command once for each choice.")
    key, pairs = next(iter(given.items()))
    files = list(dict.fromkeys(file for file, _ in pairs))
    if len(files) > 1 or (len(pairs) > 1 and key != "sheets"):
        raise UsageError(f"--{key} is for one file and one choice.", remedy="Run the command once for each.")
    return files[0], key, _value(key, [words.strip() for _, words in pairs])


def _value(key: str, words: Sequence[str]) -> Value:
    first = words[0]
    if first.casefold() == ALL and key in {"pages", "slides", "sheets"}:
        return None
    if key == "sheets":
        return words
    if key in {"pages", "slides"}:
        try:
            return ranges_text(parse_ranges(first))
        except NotRanges as problem:
            raise UsageError(
                f"“{first}” {problem}.",
                remedy=f'Write the numbers in order, such as --{key} FILE "3-7, 9"; “{ALL}” binds all again.',
            ) from problem
    known = {"notes": ("yes", "no"), "paper": (*PAPERS, "keep"), "colour": (*COLOURS, "keep")}[key]
    found = next((each for each in known if each.casefold() == first.casefold()), None)
    if found is None:
        raise UsageError(f"--{key} does not know “{first}”.", remedy=f"Write one of: {', '.join(known)}.")
    if found in {"no", "keep"}:
        return None
    return True if key == "notes" else found


def choose(opened: OpenCase, index: Index, file: str, key: str, value: Value) -> None:
    """Write the choice on the file's line of every bundle file of the case; bundles that were issued stay as they are.

    Raises:
        UsageError: no such file, or no bundle file has a line for it.
        FileInvalid: a bundle file has a mistake in it; nothing is written there.
        Unavailable: the share cannot be written.
    """
    names = names_of(opened, index)
    digest = find_item(names, file)
    written = []
    for path in sorted(opened.layout.bundles.glob("*.toml")):
        bundle = read_bundle_file(path)
        line = bundle.line_for(digest)
        if line is not None:
            write_bundle_text(path, with_value(bundle.source.text, bundle, line, key, value))
            written.append(path.name)
    if not written:
        case = shlex.quote(opened.facts.reference)
        raise UsageError(
            f"No bundle of the case has a line for {names[digest][0]} yet.",
            remedy=f"Run “casebinder bundle {case}” once, which writes it, then choose.",
        )
    what = f"{key} is taken out" if value is None else f"{key} = {_shown(value)}"
    say(f"Written in {', '.join(written)}, on the line of {names[digest][0]}: {what}.")


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true"
    return value if isinstance(value, str) else ", ".join(value or ())
