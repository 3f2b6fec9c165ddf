"""Letting keys into a workspace and ending their use: everything that writes key records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from casefiles.chain import keyrecords, pins
from casefiles.chain.canonical import instant_text
from casefiles.chain.keyrecords import KeyRecord, KeyRequest, Retirement, RetireReason
from casefiles.chain.keyring import REQUESTS, KeyRing, json_files, read_ring, read_small
from casefiles.chain.keys import SigningKey, open_key, public_pem, short, spoken
from casefiles.errors import Blocked, UsageError
from casefiles.files.publish import make_folder, publish_new, remove_file
from casefiles.layout import LocalLayout, WorkspaceLayout


def trusted_ring(workspace: WorkspaceLayout, local: LocalLayout, now: datetime) -> KeyRing:
    """The ring under the roots that this machine has pinned for the workspace; pins the root on first use.

    A workspace whose root is another than those pinned gives an empty ring with an error finding.

    Raises:
        Unavailable: the workspace or the local folder cannot be reached.
    """
    pinned = pins.pinned_roots(local, workspace.root)
    ring = read_ring(workspace, pinned)
    if not pinned and ring.root is not None:
        pins.pin(local, workspace.root, ring.root, now)
    return ring


def create_root(
    workspace: WorkspaceLayout,
    local: LocalLayout,
    key: SigningKey,
    label: str,
    now: datetime,
    *,
    unfinished: bool = False,
) -> KeyRecord:
    """`init`: this machine's key becomes the first of the workspace, admitted by itself, and is pinned here.

    `unfinished` says that this was begun before and never ended: then that key may be there already, alone.

    Raises:
        UsageError: the workspace has keys already.
        Unavailable: the workspace cannot be written.
    """
    make_folder(workspace.keys)
    make_folder(workspace.keys / REQUESTS)
    record = _admission(key.public_key, label, instant_text(now), key)
    if json_files(workspace.keys):
        ring = read_ring(workspace, every_root=True)
        if not unfinished or set(ring.records) != {key.fingerprint} or not ring.active(key.fingerprint):
            raise UsageError(
                "This workspace has a first key already.",
                remedy="Run “casebinder key add” and let a machine that is admitted countersign.",
            )
        record = ring.records[key.fingerprint]
    _publish(workspace, record)
    pins.pin(local, workspace.root, record.fingerprint, now)
    return record


def create_further_root(
    workspace: WorkspaceLayout, local: LocalLayout, key: SigningKey, label: str, now: datetime
) -> KeyRecord:
    """All keys of the workspace are lost: this machine's key becomes a further first key, trusted here.

    What the lost keys signed stays good. Every other machine has to be told (`trust_root`).

    Raises:
        UsageError: this machine's key is admitted, so nothing is lost; or the workspace has no first key yet.
        Unavailable: the workspace cannot be written.
    """
    ring = trusted_ring(workspace, local, now)
    if not json_files(workspace.keys):
        raise UsageError("This workspace has no keys yet.", remedy="Run “casebinder init” on it first.")
    if key.fingerprint in ring.records:
        raise UsageError(
            f"This machine's key {short(key.fingerprint)} was admitted, so it needs no new beginning.",
            remedy="“casebinder key list” shows the keys. A retired key cannot come back: remove it here first.",
        )
    record = _admission(key.public_key, label, instant_text(now), key)
    _publish(workspace, record)
    pins.add_pin(local, workspace.root, record.fingerprint, now)
    return record


def trust_root(workspace: WorkspaceLayout, local: LocalLayout, fingerprint: str, now: datetime) -> str:
    """A person has compared a further first key with what was published; from now on this machine trusts it.

    `fingerprint` may be cut short, to 16 digits at least. Returns the whole of it.

    Raises:
        UsageError: it is too short, or the workspace has no such first key.
        Unavailable: the workspace or the local folder cannot be reached.
    """
    wanted = "".join(fingerprint.split()).lower()
    roots = [
        fp
        for fp in read_ring(workspace, every_root=True).roots
        if len(wanted) >= 16 and fp.startswith(wanted)
    ]
    if len(roots) != 1:
        raise UsageError(
            f"The workspace has no first key {fingerprint}.",
            remedy="Give the fingerprint as it was published, 16 digits at least.",
        )
    pins.add_pin(local, workspace.root, roots[0], now)
    return roots[0]


def request_admission(workspace: WorkspaceLayout, key: SigningKey, label: str, now: datetime) -> KeyRequest:
    """Leaves this machine's public key in `keys/requests/` for an admitted machine to countersign.

    Raises:
        UsageError: the workspace has no keys folder; `init` makes it.
        Unavailable: the workspace cannot be written.
    """
    if not workspace.keys.is_dir():
        raise UsageError("This workspace has no keys yet.", remedy="Run “casebinder init” on it first.")
    folder = workspace.keys / REQUESTS
    make_folder(folder)
    at = instant_text(now)
    signature = key.sign(keyrecords.request_statement(key.public_key, at))
    request = KeyRequest(key.public_key, label, at, signature)
    target = folder / request.file_name
    if not publish_new(folder, target, request.encode()):
        return keyrecords.decode_request(read_small(target))
    return request


def list_requests(workspace: WorkspaceLayout) -> tuple[KeyRequest, ...]:
    """The requests that hold under their own key, in order of file name.

    Raises:
        Unavailable: the folder cannot be read.
    """
    folder = workspace.keys / REQUESTS
    found: list[KeyRequest] = []
    for path in json_files(folder) if folder.is_dir() else ():
        try:
            request = keyrecords.decode_request(read_small(path))
        except ValueError:
            continue  # anyone may drop a file here; only what is signed is shown
        if request.holds and request.file_name == path.name:
            found.append(request)
    return tuple(found)


def admit(
    workspace: WorkspaceLayout, ring: KeyRing, key: SigningKey, request: KeyRequest, now: datetime
) -> KeyRecord:
    """Lets another machine's key in, countersigned with this machine's. Compare its fingerprint first.

    Raises:
        Blocked: this machine's key is not admitted or is retired, or the request is not signed by its key.
        UsageError: the key is admitted already, or was retired.
        Unavailable: the workspace cannot be written.
    """
    require_active(ring, key)
    if not request.holds:
        raise Blocked(
            f"The request of key {short(request.fingerprint)} is not signed by that key.",
            remedy="Run “casebinder key add” on that machine again.",
        )
    record = _admission(request.public_key, request.label, instant_text(now), key)
    if request.fingerprint in ring.records or not _publish(workspace, record):
        raise UsageError(
            f"Key {short(request.fingerprint)} was admitted before.",
            remedy="A retired key cannot come back; make a new one.",
        )
    remove_file(workspace.keys / REQUESTS / request.file_name)
    return record


def retire(
    workspace: WorkspaceLayout,
    ring: KeyRing,
    key: SigningKey,
    fingerprint: str,
    reason: RetireReason,
    now: datetime,
) -> Retirement:
    """Ends a key's use; what it signed before stays good. A key may retire itself.

    Raises:
        Blocked: this machine's key is not admitted or is retired.
        UsageError: no such key, or retired before.
        Unavailable: the workspace cannot be written.
    """
    require_active(ring, key)
    if not ring.active(fingerprint):
        raise UsageError(
            f"There is no key {short(fingerprint)} in use.", remedy="“casebinder key list” shows the keys."
        )
    at = instant_text(now)
    signature = key.sign(keyrecords.retirement_statement(fingerprint, reason, at, key.fingerprint))
    entry = Retirement(fingerprint, reason, at, key.fingerprint, signature)
    if not publish_new(workspace.keys, workspace.keys / entry.file_name, entry.encode()):
        raise UsageError(f"Key {short(fingerprint)} was retired before.", remedy="Nothing needs doing.")
    return entry


def require_active(ring: KeyRing, key: SigningKey) -> None:
    """Raises:
    Blocked: the key is not among the ring's, or was retired.
    """
    if not ring.active(key.fingerprint):
        problem = (
            "was retired" if key.fingerprint in ring.retirements else "is not admitted to this workspace"
        )
        raise Blocked(
            f"This machine's signing key {short(key.fingerprint)} {problem}, so nothing can be issued from it.",
            remedy="Run “casebinder key add” here, then have it countersigned on a machine that is admitted. "
            f"Compare the fingerprint by another way: {spoken(key.fingerprint)}",
            findings=ring.findings,
        )


def usable_key(
    workspace: WorkspaceLayout,
    local: LocalLayout,
    now: datetime,
    passphrase: Callable[[], bytes] | None = None,
) -> tuple[SigningKey, KeyRing]:
    """This machine's key, opened, and the ring that it is active in: what issuing needs.

    Raises:
        Blocked: no key, it does not open, or it is not admitted or retired.
        Unavailable: the workspace or the local folder cannot be reached.
    """
    ring = trusted_ring(workspace, local, now)
    key = open_key(local, passphrase)
    require_active(ring, key)
    return key, ring


def _admission(public_key: bytes, label: str, at: str, key: SigningKey) -> KeyRecord:
    statement = keyrecords.admission_statement(public_key, at, key.fingerprint)
    return KeyRecord(public_key, label, at, key.fingerprint, key.sign(statement))


def _publish(workspace: WorkspaceLayout, record: KeyRecord) -> bool:
    pem = workspace.keys / f"{short(record.fingerprint)}.pem"
    published = publish_new(workspace.keys, workspace.keys / record.file_name, record.encode())
    publish_new(workspace.keys, pem, public_pem(record.public_key))  # an interruption may have left it out
    return published
