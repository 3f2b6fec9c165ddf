"""Where things stand on the share: the one place that knows folder and file names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

WORKSPACE_FILE = "casebinder.toml"
CASE_FILE = "case.toml"
STATUS_PAGE = "Case status.html"
WORKSPACE_PAGE = "Cases status.html"
WHOLE_CASE = "."
"""As an evidence folder: everything in the case folder that is not ours (a folder that was adopted as it stood)."""
OUR_FOLDERS = frozenset({b"_chain", b"bundles", b"drafts", b"issued"})
_OURS = OUR_FOLDERS | {CASE_FILE.encode(), STATUS_PAGE.encode()}
_UNFINISHED = (b".casebinder-",)


def is_ours(name: bytes) -> bool:
    """Whether an entry directly in a case folder, by its raw name, is casebinder's own and never evidence.

    Compared to the letter: a person's “Drafts” beside our “drafts” is theirs.
    """
    return name in _OURS or name.startswith(_UNFINISHED)


def evidence_path(name: str) -> bytes:
    """An evidence folder as `case.toml` names it, as a raw path from the case folder; empty for the whole of it.

    Raises:
        ValueError: it leads out of the case folder, or into one of our own folders.
    """
    parts = [part for part in os.fsencode(name.replace("\\", "/")).split(b"/") if part not in (b"", b".")]
    outside = name[:1] in ("", "/", "\\") or "\0" in name
    if outside or b".." in parts or (parts and is_ours(parts[0])):
        raise ValueError(f"“{name}” cannot be an evidence folder")
    return b"/".join(parts)


@dataclass(frozen=True)
class CaseLayout:
    """The paths of one case folder."""

    folder: Path

    @property
    def case_file(self) -> Path:
        """The facts, edited by people."""
        return self.folder / CASE_FILE

    @property
    def status_page(self) -> Path:
        """What we tell the people who only see the folder."""
        return self.folder / STATUS_PAGE

    @property
    def bundles(self) -> Path:
        """One file a bundle."""
        return self.folder / "bundles"

    @property
    def drafts(self) -> Path:
        """Documents and bundles to read, edit and sign."""
        return self.folder / "drafts"

    @property
    def issued(self) -> Path:
        """What has left the house; immutable."""
        return self.folder / "issued"

    @property
    def chain(self) -> Path:
        """The evidence chain."""
        return self.folder / "_chain"

    @property
    def events(self) -> Path:
        """One canonical JSON file an event, named by its number."""
        return self.chain / "events"

    @property
    def chain_tmp(self) -> Path:
        """Written but not yet published."""
        return self.chain / "tmp"

    @property
    def originals(self) -> Path:
        """The bytes as received, by their SHA-256."""
        return self.chain / "originals"

    @property
    def names(self) -> Path:
        """Paths and salts, outside the chain, never handed over."""
        return self.chain / "names"

    @property
    def set_aside(self) -> Path:
        """Events that could not be followed any more, and what belongs to them; only there after a mishap."""
        return self.chain / "set-aside"

    @property
    def checkpoints(self) -> Path:
        """Signed chain heads."""
        return self.chain / "checkpoints"


@dataclass(frozen=True)
class WorkspaceLayout:
    """The paths of a workspace (the share's root)."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """`casebinder.toml`."""
        return self.root / WORKSPACE_FILE

    @property
    def status_page(self) -> Path:
        """What we tell everybody about all cases."""
        return self.root / WORKSPACE_PAGE

    @property
    def cases(self) -> Path:
        """The folder that holds the case folders."""
        return self.root / "cases"

    @property
    def profiles(self) -> Path:
        """The authority's own rules of courts, which go before the built-in ones of the same name."""
        return self.root / "profiles"

    @property
    def keys(self) -> Path:
        """The public keys that the authority has admitted."""
        return self.root / "keys"


@dataclass(frozen=True)
class LocalLayout:
    """The paths of this machine's own state (folders 0700, files 0600; never on the share)."""

    root: Path

    @property
    def indexes(self) -> Path:
        """One SQLite file a workspace; disposable."""
        return self.root / "index"

    @property
    def cache(self) -> Path:
        """Derived PDFs by original, converter and version; disposable."""
        return self.root / "cache"

    @property
    def unfinished(self) -> Path:
        """What was begun and not ended, one empty file each; disposable."""
        return self.root / "unfinished"

    @property
    def seen(self) -> Path:
        """Last-seen heads; NOT disposable."""
        return self.root / "seen"

    @property
    def keys(self) -> Path:
        """This machine's private signing key; NOT disposable."""
        return self.root / "keys"
