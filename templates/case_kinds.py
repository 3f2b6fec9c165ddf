"""Reads the kinds of case: which sections a bundle has, where a dropped file is proposed to go.

A new kind is a new file in `templates/kinds/`; nothing here changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from typing import Annotated, Literal

from pydantic import Field

from casefiles.errors import UsageError
from casefiles.strict_toml import StrictModel, parse_strict

Text = Annotated[str, Field(min_length=1)]


class KindSection(StrictModel):
    """A lettered section of this kind's bundles."""

    letter: Annotated[str, Field(pattern=r"^[A-Z]$")]
    title: Text
    words: tuple[str, ...] = Field(default=(), strict=False)
    exhibits: bool
    default: bool = False


class Proposal(StrictModel):
    """What a subfolder of that name, or one of these words in a file's name, proposes."""

    folder: str = ""
    words: tuple[str, ...] = Field(default=(), strict=False)
    use: Literal["unused", "sensitive", "not relevant"]


class ChargeWords(StrictModel):
    """How a charge under a section is worded on a cover."""

    section: Text
    words: Text


class CaseKind(StrictModel):
    """One kind of case."""

    version: int = Field(ge=1, le=1)
    id: Text
    title: Text
    charges: tuple[ChargeWords, ...] = Field(strict=False)
    needs: tuple[str, ...] = Field(strict=False)
    profiles: tuple[str, ...] = Field(strict=False)
    folders: tuple[str, ...] = Field(strict=False)
    sections: tuple[KindSection, ...] = Field(strict=False, min_length=1)
    proposals: tuple[Proposal, ...] = Field(default=(), strict=False)

    def charge_words(self, section: str) -> str:
        """The wording for a charge under that section of the Education Act 1996, or the section's number."""
        found = next((charge.words for charge in self.charges if charge.section == section), None)
        return found or f"Section {section} of the Education Act 1996"

    def section(self, letter: str) -> KindSection | None:
        """The section with that letter, or None."""
        return next((section for section in self.sections if section.letter == letter), None)

    def propose_section(self, path: str) -> KindSection:
        """The section that a file's path (with `/`) suggests, else the default one."""
        name, _, folders = (part[::-1] for part in path[::-1].partition("/"))
        for text in (name, folders):  # what a file is called says more than where it lies
            for section in self.sections:
                if _has_word(text, section.words):
                    return section
        return next((section for section in self.sections if section.default), self.sections[-1])

    def propose_use(self, path: str) -> str:
        """What a subfolder on the path, or a word in the file's name, proposes; else `undecided`."""
        *folders, name = path.split("/")
        within = {part.casefold().strip() for part in folders}
        for proposal in self.proposals:
            if proposal.folder.casefold() in within or _has_word(name, proposal.words):
                return proposal.use
        return "undecided"


def _has_word(text: str, words: Sequence[str]) -> bool:
    plain = re.sub(r"[_\-\s]+", " ", text).casefold()
    return any(re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", plain) for word in words)


def kind_names() -> Sequence[str]:
    """Every kind there is, sorted."""
    folder = resources.files("templates") / "kinds"
    return sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )


def read_kind(name: str) -> CaseKind:
    """One kind by its name.

    Raises:
        UsageError: there is none of that name.
        FileInvalid: its file breaks the schema.
    """
    known = kind_names()
    if name not in known:
        raise UsageError(f"There is no kind of case “{name}”.", remedy=f"Use one of: {', '.join(known)}.")
    file = resources.files("templates") / "kinds" / f"{name}.toml"
    kind, _ = parse_strict(file.read_bytes(), f"{name}.toml", CaseKind)
    return kind
