"""The first keys of each workspace as this machine knows them: the first one trusted on first use, a change noticed.

A workspace has one first key, until all its machines' keys are lost; then a further one is made, and a person
tells each machine to trust it (`add_pin`).
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from casefiles.chain import canonical
from casefiles.chain.bodies import INSTANT, SHA256, record, whole
from casefiles.chain.canonical import JsonValue, instant_text
from casefiles.errors import VerificationFailed
from casefiles.files.publish import make_folder, publish_new
from casefiles.files.reach import reaching
from casefiles.hashing import sha256_bytes
from casefiles.layout import LocalLayout

VERSION = 1
_PIN = record({"v": whole(VERSION, VERSION), "workspace": SHA256, "root": SHA256, "at": INSTANT})


def pinned_roots(local: LocalLayout, workspace: Path) -> tuple[str, ...]:
    """The fingerprints pinned for the workspace at this path, the oldest pin first; none on first use.

    Raises:
        Unavailable: the local folder cannot be read.
        VerificationFailed: a pin is damaged.
    """
    if not local.keys.is_dir():
        return ()
    with reaching(local.keys):
        paths = local.keys.glob(f"root-{_place(workspace)[:16]}*.json")
        first_pin_first = sorted(paths, key=lambda path: len(path.name))
    return tuple(root for _at, root in sorted(map(_read_pin, first_pin_first), key=lambda row: row[0]))


def _read_pin(path: Path) -> tuple[str, str]:
    with reaching(path):
        data = path.read_bytes()
    try:
        value = canonical.decode(data)
        _PIN(value)
    except ValueError as error:
        raise VerificationFailed(
            f"This machine's note of the workspace's first key, “{path}”, is damaged: {error}.",
            remedy="Compare the fingerprint with the one that was published, then remove the file.",
        ) from error
    return str(value["at"]), str(value["root"])


def pin(local: LocalLayout, workspace: Path, root: str, now: datetime) -> None:
    """Pins the first key's fingerprint for the workspace at this path; an existing pin stays as it is.

    Raises:
        Unavailable: the local folder is missing or cannot be written.
    """
    _write_pin(local, workspace, root, now, f"root-{_place(workspace)[:16]}.json")


def add_pin(local: LocalLayout, workspace: Path, root: str, now: datetime) -> None:
    """Pins a further first key beside those that are pinned: a person compared its fingerprint.

    Raises:
        Unavailable: the local folder is missing or cannot be written.
    """
    if root not in pinned_roots(local, workspace):
        _write_pin(local, workspace, root, now, f"root-{_place(workspace)[:16]}.{root[:16]}.json")


def _write_pin(local: LocalLayout, workspace: Path, root: str, now: datetime, name: str) -> None:
    make_folder(local.keys, mode=0o700, local=True)
    value: dict[str, JsonValue] = {
        "v": VERSION,
        "workspace": _place(workspace),
        "root": root,
        "at": instant_text(now),
    }
    _PIN(value)
    publish_new(local.keys, local.keys / name, canonical.encode(value), mode=0o600, local=True)


def _place(workspace: Path) -> str:
    return sha256_bytes(os.fsencode(workspace.resolve()))
