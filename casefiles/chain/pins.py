"""The first key of each workspace as this machine knows it: trusted on first use, noticed when it changes."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from casefiles.chain import canonical
from casefiles.chain.bodies import INSTANT, SHA256, record, whole
from casefiles.chain.canonical import JsonValue, instant_text
from casefiles.errors import VerificationFailed
from casefiles.hashing import sha256_bytes
from casefiles.layout import LocalLayout
from casefiles.publish import make_folder, publish_new
from casefiles.reach import reaching

VERSION = 1
_PIN = record({"v": whole(VERSION, VERSION), "workspace": SHA256, "root": SHA256, "at": INSTANT})


def pinned_root(local: LocalLayout, workspace: Path) -> str | None:
    """The fingerprint pinned for the workspace at this path; None on first use.

    Raises:
        Unavailable: the local folder cannot be read.
        VerificationFailed: the pin is damaged.
    """
    path = _pin_file(local, workspace)
    with reaching(path):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
    try:
        value = canonical.decode(data)
        _PIN(value)
    except ValueError as error:
        raise VerificationFailed(
            f"This machine's note of the workspace's first key, “{path}”, is damaged: {error}.",
            remedy="Compare the fingerprint with the one that was published, then remove the file.",
        ) from error
    return str(value["root"])


def pin(local: LocalLayout, workspace: Path, root: str, now: datetime) -> None:
    """Pins the first key's fingerprint for the workspace at this path; an existing pin stays as it is.

    Raises:
        Unavailable: the local folder is missing or cannot be written.
    """
    make_folder(local.keys, mode=0o700)
    value: dict[str, JsonValue] = {
        "v": VERSION,
        "workspace": _place(workspace),
        "root": root,
        "at": instant_text(now),
    }
    _PIN(value)
    publish_new(local.keys, _pin_file(local, workspace), canonical.encode(value), mode=0o600)


def _pin_file(local: LocalLayout, workspace: Path) -> Path:
    return local.keys / f"root-{_place(workspace)[:16]}.json"


def _place(workspace: Path) -> str:
    return sha256_bytes(os.fsencode(workspace.resolve()))
