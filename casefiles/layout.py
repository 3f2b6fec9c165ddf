"""Where things stand on the share: the one place that knows folder and file names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

WORKSPACE_FILE = "casebinder.toml"
CASE_FILE = "case.toml"
STATUS_PAGE = "Case status.html"


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
    def cases(self) -> Path:
        """The folder that holds the case folders."""
        return self.root / "cases"

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
    def seen(self) -> Path:
        """Last-seen heads; NOT disposable."""
        return self.root / "seen"

    @property
    def keys(self) -> Path:
        """This machine's private signing key; NOT disposable."""
        return self.root / "keys"
