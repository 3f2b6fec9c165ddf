"""Whether a share and a case are still the ones that they were: asked before and after looking at them.

A share that drops leaves an empty folder behind, or another share in its place. What is not there then is not lost.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from casefiles.errors import Unavailable
from casefiles.files.plain import read_plain
from casefiles.layout import WorkspaceLayout

_REMEDY = "Check that the share is connected, then run the command again. Nothing was recorded as missing."

_Place = tuple[int, int]


@dataclass(frozen=True)
class RootIdentity:
    """A workspace's root as it was when first looked at: its identifier, and where it and its cases lie."""

    layout: WorkspaceLayout
    id: str
    places: tuple[_Place, _Place]
    settings: tuple[int, int, int] = field(compare=False)
    """Inode, size and time of change of `casebinder.toml`: while they stand, it need not be read again."""

    @classmethod
    def of(cls, layout: WorkspaceLayout) -> RootIdentity:
        """The root as it is now.

        Raises:
            Unavailable: it is not there.
        """
        try:
            places, settings = _places(layout), _settings(layout)
            return cls(layout, _id_of(layout), places, settings)
        except (OSError, ValueError) as error:
            raise _gone(layout) from error

    def check(self) -> None:
        """Make sure that the root is still the same.

        Raises:
            Unavailable: it is gone, or another one is in its place.
        """
        try:
            if _places(self.layout) == self.places and _settings(self.layout) == self.settings:
                return
        except OSError as error:
            raise _gone(self.layout) from error
        if RootIdentity.of(self.layout) != self:
            raise Unavailable(
                f"Another folder is now in the place of “{self.layout.root}”: the share was disconnected or "
                "replaced while it was looked at.",
                remedy=_REMEDY,
            )


@dataclass(frozen=True)
class FolderIdentity:
    """A case folder as it was when first looked at."""

    folder: Path
    place: _Place

    @classmethod
    def of(cls, folder: Path) -> FolderIdentity:
        """The folder as it is now.

        Raises:
            Unavailable: it is not there.
        """
        try:
            return cls(folder, _place(folder))
        except OSError as error:
            raise Unavailable(f"The case folder “{folder.name}” is not there.", remedy=_REMEDY) from error

    def check(self) -> None:
        """Make sure that the folder is still the same.

        Raises:
            Unavailable: it is gone, or another one is in its place.
        """
        if FolderIdentity.of(self.folder) != self:
            raise Unavailable(
                f"Another folder is now in the place of the case folder “{self.folder.name}”.", remedy=_REMEDY
            )


def _place(folder: Path) -> _Place:
    found = folder.stat()
    return found.st_dev, found.st_ino


def _places(layout: WorkspaceLayout) -> tuple[_Place, _Place]:
    return _place(layout.root), _place(layout.cases)


def _settings(layout: WorkspaceLayout) -> tuple[int, int, int]:
    found = layout.settings_file.stat()
    return found.st_ino, found.st_size, found.st_ctime_ns


def _id_of(layout: WorkspaceLayout) -> str:
    return str(tomllib.loads(read_plain(layout.settings_file).decode("utf-8-sig")).get("id", ""))


def _gone(layout: WorkspaceLayout) -> Unavailable:
    return Unavailable(
        f"The workspace “{layout.root}” is not there, or its casebinder.toml or cases folder is not.",
        remedy=_REMEDY,
    )
