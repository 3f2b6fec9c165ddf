from __future__ import annotations

import stat
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.chain import admission, keyrecords, keys
from casefiles.chain.canonical import instant_text
from casefiles.chain.keyrecords import KeyRecord, KeyRequest, Retirement, RetireReason
from casefiles.chain.keyring import REQUESTS, build_ring, read_ring
from casefiles.chain.keys import SigningKey, create_key, open_key
from casefiles.errors import Blocked, UsageError, VerificationFailed
from casefiles.layout import LocalLayout, WorkspaceLayout

hexes = st.binary(min_size=32, max_size=32)
signatures = st.binary(min_size=64, max_size=64)
fingerprints = hexes.map(bytes.hex)
labels = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)
ats = st.just("2026-03-02T09:00:00.000Z")


@given(st.builds(KeyRecord, hexes, labels, ats, fingerprints, signatures))
def test_key_records_round_trip(record: KeyRecord) -> None:
    assert keyrecords.decode_record(record.encode()) == record


@given(st.builds(KeyRequest, hexes, labels, ats, signatures))
def test_requests_round_trip(request: KeyRequest) -> None:
    assert keyrecords.decode_request(request.encode()) == request


@given(st.builds(Retirement, fingerprints, st.sampled_from(RetireReason), ats, fingerprints, signatures))
def test_retirements_round_trip(entry: Retirement) -> None:
    assert keyrecords.decode_retirement(entry.encode()) == entry


def test_a_record_whose_fingerprint_is_not_its_keys_is_refused() -> None:
    record = KeyRecord(b"k" * 32, "a", "2026-03-02T09:00:00.000Z", "a" * 64, b"s" * 64)
    with pytest.raises(ValueError, match="not the SHA-256"):
        keyrecords.decode_record(record.encode().replace(record.fingerprint.encode(), b"0" * 64))
    with pytest.raises(ValueError, match="unknown keys"):
        keyrecords.decode_request(record.encode())


def local_of(root: Path, name: str) -> LocalLayout:
    local = LocalLayout(root / name)
    local.root.mkdir(exist_ok=True)
    return local


def key_of(root: Path, name: str) -> SigningKey:
    return create_key(local_of(root, name), lambda count: (name.encode() * 32)[:count])


def test_a_key_is_private_and_opens_again(tmp_path: Path) -> None:
    local = local_of(tmp_path, "a")
    key = create_key(local, lambda count: b"\x01" * count)
    assert stat.S_IMODE(keys.key_file(local).stat().st_mode) == 0o600
    assert stat.S_IMODE(local.keys.stat().st_mode) == 0o700
    assert open_key(local).fingerprint == key.fingerprint
    assert keys.has_key(local)
    assert "\\x01" not in repr(key)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    key_of(tmp_path, "a")
    with pytest.raises(UsageError, match="has a signing key already"):
        key_of(tmp_path, "a")


def test_a_passphrase_is_asked_for_only_when_needed(tmp_path: Path) -> None:
    local = local_of(tmp_path, "a")
    key = create_key(local, lambda count: b"\x01" * count, b"correct horse")
    assert b"ENCRYPTED" in keys.key_file(local).read_bytes()
    assert open_key(local, lambda: b"correct horse").fingerprint == key.fingerprint
    for passphrase in (None, lambda: b"wrong"):
        with pytest.raises(Blocked, match="does not open"):
            open_key(local, passphrase)
    plain = local_of(tmp_path, "b")
    create_key(plain, lambda count: b"\x02" * count)

    def never() -> bytes:
        raise AssertionError

    open_key(plain, never)


def test_no_key_a_readable_key_and_a_damaged_key_block(tmp_path: Path) -> None:
    local = local_of(tmp_path, "a")
    assert not keys.has_key(local)
    with pytest.raises(Blocked, match="no signing key"):
        open_key(local)
    create_key(local, lambda count: b"\x01" * count)
    keys.key_file(local).chmod(0o640)
    with pytest.raises(Blocked, match="Other people"):
        open_key(local)
    keys.key_file(local).write_bytes(b"-----BEGIN PRIVATE KEY-----\n")
    keys.key_file(local).chmod(0o600)
    with pytest.raises(Blocked, match="does not open"):
        open_key(local)


def test_a_signature_holds_for_its_bytes_and_key_only(tmp_path: Path) -> None:
    a, b = key_of(tmp_path, "a"), key_of(tmp_path, "b")
    signature = a.sign(b"text")
    assert len(signature) == 64
    assert keys.signature_holds(a.public_key, b"text", signature)
    assert not keys.signature_holds(a.public_key, b"texts", signature)
    assert not keys.signature_holds(b.public_key, b"text", signature)
    assert not keys.signature_holds(a.public_key, b"text", signature[:-1])
    assert not keys.signature_holds(b"short", b"text", signature)


def test_a_fingerprint_can_be_read_out(tmp_path: Path) -> None:
    fingerprint = key_of(tmp_path, "a").fingerprint
    assert keys.spoken(fingerprint).replace(" ", "") == fingerprint
    assert keys.short(fingerprint) == fingerprint[:16]


class Office:
    """A workspace and its machines, a, b and c, with a clock by hand."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workspace = WorkspaceLayout(root / "share")
        self.workspace.root.mkdir()
        self.key = {name: key_of(root, name) for name in "abc"}
        self.now = datetime.fromisoformat("2026-03-02T09:00:00.000Z")
        admission.create_root(self.workspace, self.local("a"), self.key["a"], "machine a", self.now)

    def local(self, name: str) -> LocalLayout:
        return local_of(self.root, name)

    @property
    def ring(self) -> Any:
        return read_ring(self.workspace)

    def later(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def admit(self, new: str, by: str) -> KeyRecord:
        request = admission.request_admission(self.workspace, self.key[new], f"machine {new}", self.later())
        return admission.admit(self.workspace, self.ring, self.key[by], request, self.later())

    def retire(self, who: str, by: str) -> Retirement:
        fingerprint = self.key[who].fingerprint
        return admission.retire(
            self.workspace, self.ring, self.key[by], fingerprint, RetireReason.LOST, self.later()
        )

    def active(self) -> str:
        return "".join(name for name in "abc" if self.ring.active(self.key[name].fingerprint))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_the_first_key_admits_itself_once(office: Office) -> None:
    assert office.ring.root == office.key["a"].fingerprint
    assert office.ring.findings == ()
    with pytest.raises(UsageError, match="first key already"):
        admission.create_root(office.workspace, office.local("b"), office.key["b"], "b", office.now)


def test_a_machine_asks_and_a_known_one_lets_it_in(office: Office) -> None:
    request = admission.request_admission(office.workspace, office.key["b"], "machine b", office.now)
    assert admission.list_requests(office.workspace) == (request,)
    with pytest.raises(Blocked, match="is not admitted") as caught:
        admission.usable_key(office.workspace, office.local("b"), office.now)
    assert keys.spoken(office.key["b"].fingerprint) in caught.value.remedy
    admission.admit(office.workspace, office.ring, office.key["a"], request, office.later())
    assert admission.list_requests(office.workspace) == ()
    assert office.active() == "ab"
    key, ring = admission.usable_key(office.workspace, office.local("b"), office.now)
    assert key.fingerprint == office.key["b"].fingerprint
    assert [entry.label for entry in ring.path_to_root(key.fingerprint)] == ["machine a", "machine b"]


def test_asking_twice_is_asking_once(office: Office) -> None:
    first = admission.request_admission(office.workspace, office.key["b"], "machine b", office.now)
    second = admission.request_admission(office.workspace, office.key["b"], "machine b", office.later())
    assert second == first


def test_who_is_not_admitted_lets_nobody_in_and_retires_nobody(office: Office) -> None:
    request = admission.request_admission(office.workspace, office.key["c"], "machine c", office.now)
    with pytest.raises(Blocked):
        admission.admit(office.workspace, office.ring, office.key["b"], request, office.now)
    with pytest.raises(Blocked):
        office.retire("a", by="b")


def test_a_request_signed_by_somebody_else_is_not_shown_and_not_admitted(office: Office) -> None:
    at = instant_text(office.now)
    forged = KeyRequest(
        office.key["c"].public_key,
        "machine b",
        at,
        office.key["b"].sign(keyrecords.request_statement(office.key["c"].public_key, at)),
    )
    (office.workspace.keys / REQUESTS / forged.file_name).write_bytes(forged.encode())
    (office.workspace.keys / REQUESTS / "junk.json").write_bytes(b"junk")
    assert admission.list_requests(office.workspace) == ()
    with pytest.raises(Blocked, match="not signed by that key"):
        admission.admit(office.workspace, office.ring, office.key["a"], forged, office.now)


def test_a_chain_of_countersignatures(office: Office) -> None:
    office.admit("b", by="a")
    office.admit("c", by="b")
    assert office.active() == "abc"
    assert len(office.ring.path_to_root(office.key["c"].fingerprint)) == 3


def test_a_retired_key_is_trusted_for_what_came_before(office: Office) -> None:
    record = office.admit("b", by="a")
    entry = office.retire("b", by="a")
    ring, fingerprint = office.ring, office.key["b"].fingerprint
    assert office.active() == "a"
    assert ring.trusts(fingerprint, record.admitted_at)
    assert not ring.trusts(fingerprint, entry.retired_at)
    assert not ring.trusts(fingerprint, "2026-03-02T08:59:59.999Z")
    with pytest.raises(Blocked, match="was retired"):
        admission.usable_key(office.workspace, office.local("b"), office.now)
    with pytest.raises(UsageError, match="no key"):
        office.retire("b", by="a")
    with pytest.raises(UsageError, match="was admitted before"):
        office.admit("b", by="a")


def test_what_a_retired_key_let_in_before_stays_and_after_does_not(office: Office) -> None:
    office.admit("b", by="a")
    before = office.ring
    office.retire("b", by="a")
    request = admission.request_admission(office.workspace, office.key["c"], "machine c", office.later())
    admission.admit(office.workspace, before, office.key["b"], request, office.later())
    assert office.active() == "a"
    assert [finding.subject for finding in office.ring.findings] == [
        f"key {keys.short(office.key['c'].fingerprint)}"
    ]


def test_the_first_key_may_retire_and_the_others_go_on(office: Office) -> None:
    office.admit("b", by="a")
    office.retire("a", by="a")
    assert office.active() == "b"
    office.admit("c", by="b")
    assert office.active() == "bc"
    assert office.ring.findings == ()


def test_a_retirement_by_a_retired_key_does_not_count(office: Office) -> None:
    office.admit("b", by="a")
    before = office.ring
    office.retire("b", by="a")
    admission.retire(
        office.workspace,
        before,
        office.key["b"],
        office.key["a"].fingerprint,
        RetireReason.COMPROMISED,
        office.later(),
    )
    assert office.active() == "a"
    assert len(office.ring.findings) == 1


@pytest.mark.parametrize("field", ["public_key", "admitted_at", "admitted_by", "countersignature"])
def test_an_altered_record_is_not_believed(office: Office, field: str) -> None:
    record = office.admit("b", by="a")
    other: dict[str, Any] = {
        "public_key": office.key["c"].public_key,
        "admitted_at": "2026-03-02T09:30:00.000Z",
        "admitted_by": office.key["c"].fingerprint,
        "countersignature": b"\x00" * 64,
    }
    values = {**record.__dict__, field: other[field]}
    altered = KeyRecord(**values)
    (office.workspace.keys / record.file_name).unlink()
    (office.workspace.keys / altered.file_name).write_bytes(altered.encode())
    assert office.active() == "a"
    assert [finding.code for finding in office.ring.findings] == ["key-not-trusted"]


def test_a_file_that_is_no_record_is_a_finding(office: Office) -> None:
    (office.workspace.keys / "0123456789abcdef.json").write_bytes(b"{}\n")
    record = office.admit("b", by="a")
    (office.workspace.keys / "ffffffffffffffff.json").write_bytes(record.encode())
    (office.workspace.keys / "eeeeeeeeeeeeeeee.json").write_bytes(b" " * 100_000)
    assert sorted(finding.subject for finding in office.ring.findings) == [
        "keys/0123456789abcdef.json",
        "keys/eeeeeeeeeeeeeeee.json",
        "keys/ffffffffffffffff.json",
    ]
    assert office.active() == "ab"


def test_a_key_folder_made_anew_is_noticed_by_every_machine_that_was_there(
    office: Office, tmp_path: Path
) -> None:
    assert admission.trusted_ring(office.workspace, office.local("b"), office.now).root
    for path in office.workspace.keys.glob("*.*"):
        path.unlink()
    admission.create_root(office.workspace, local_of(tmp_path, "forger"), office.key["c"], "a", office.now)
    for name in "ab":
        ring = admission.trusted_ring(office.workspace, office.local(name), office.now)
        assert ring.root is None
        assert [finding.code for finding in ring.findings] == ["key-folder-remade"]
        with pytest.raises(Blocked) as caught:
            admission.usable_key(office.workspace, office.local(name), office.now)
        assert caught.value.findings == ring.findings


def test_a_second_first_key_beside_the_pinned_one_is_a_finding(office: Office) -> None:
    at = instant_text(office.now)
    key = office.key["c"]
    statement = keyrecords.admission_statement(key.public_key, at, key.fingerprint)
    second = KeyRecord(key.public_key, "c", at, key.fingerprint, key.sign(statement))
    (office.workspace.keys / second.file_name).write_bytes(second.encode())
    pinned = admission.trusted_ring(office.workspace, office.local("a"), office.now)
    assert pinned.root == office.key["a"].fingerprint
    assert [finding.code for finding in pinned.findings] == ["key-folder-remade"]
    fresh = admission.trusted_ring(office.workspace, local_of(office.root, "new"), office.now)
    assert fresh.root is None
    assert {finding.code for finding in fresh.findings} == {"key-two-roots"}


def test_when_all_keys_are_lost_a_further_first_key_begins_and_what_the_old_one_signed_stays_good(
    office: Office,
) -> None:
    old, new = office.key["a"].fingerprint, office.key["c"].fingerprint
    admission.trusted_ring(office.workspace, office.local("b"), office.now)
    before = office.now
    office.now += timedelta(days=1)
    admission.create_further_root(office.workspace, office.local("c"), office.key["c"], "c", office.now)
    here = admission.trusted_ring(office.workspace, office.local("c"), office.now)
    assert here.roots == (old, new)
    assert here.findings == ()
    assert here.trusts(old, instant_text(before))
    assert not here.trusts(new, instant_text(before))
    there = admission.trusted_ring(office.workspace, office.local("b"), office.now)
    assert there.roots == (old,)
    assert [finding.code for finding in there.findings] == ["key-folder-remade"]
    assert admission.trust_root(office.workspace, office.local("b"), new[:16], office.now) == new
    assert admission.trusted_ring(office.workspace, office.local("b"), office.now).roots == (old, new)
    office.now += timedelta(minutes=1)
    admission.retire(office.workspace, here, office.key["c"], old, RetireReason.LOST, office.now)
    assert not admission.trusted_ring(office.workspace, office.local("b"), office.now).active(old)


def test_a_further_first_key_is_refused_where_nothing_is_lost_or_nothing_ever_was(office: Office) -> None:
    with pytest.raises(UsageError, match="was admitted"):
        admission.create_further_root(office.workspace, office.local("a"), office.key["a"], "a", office.now)
    bare = WorkspaceLayout(office.root / "bare")
    bare.keys.mkdir(parents=True)
    with pytest.raises(UsageError, match="no keys yet"):
        admission.create_further_root(bare, office.local("c"), office.key["c"], "c", office.now)
    for wrong in ("", office.key["a"].fingerprint[:15], "0" * 64):
        with pytest.raises(UsageError, match="no first key"):
            admission.trust_root(office.workspace, office.local("b"), wrong, office.now)


def test_a_root_whose_own_signature_fails_is_no_root() -> None:
    record = KeyRecord(b"k" * 32, "a", "2026-03-02T09:00:00.000Z", keys.fingerprint_of(b"k" * 32), b"s" * 64)
    ring = build_ring([record], [])
    assert ring.root is None
    assert len(ring.findings) == 1


def test_an_emptied_key_folder_is_noticed(office: Office) -> None:
    for path in office.workspace.keys.glob("*.*"):
        path.unlink()
    ring = admission.trusted_ring(office.workspace, office.local("a"), office.now)
    assert [finding.code for finding in ring.findings] == ["key-root-missing"]
    assert build_ring([], []).findings == ()


def test_a_damaged_pin_is_not_passed_over(office: Office) -> None:
    next(office.local("a").keys.glob("root-*.json")).write_bytes(b"{}\n")
    with pytest.raises(VerificationFailed, match="is damaged"):
        admission.trusted_ring(office.workspace, office.local("a"), office.now)


def test_openssl_reads_the_public_key(office: Office) -> None:
    pem = next(office.workspace.keys.glob("*.pem"))
    out = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", str(pem), "-noout", "-text"], capture_output=True, check=True
    ).stdout
    assert b"ED25519" in out
