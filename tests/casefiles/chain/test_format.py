"""A verifier written from docs/chain-format.md alone, with none of our code, held against what we write."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from casefiles.chain.signing import take


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """Enough of RFC 8785 for values without fractions and with ASCII keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def tree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + tree(leaves[:split]) + tree(leaves[split:])).digest()


@pytest.fixture
def chain(kit: Any) -> Path:
    kit.drop("Zoë's paper & more.pdf", b"one")
    kit.drop("two.pdf", b"two")
    kit.key, kit.ring = kit.make_key()
    take(kit.journal, kit.ring, kit.key)
    kit.drop("three.pdf", b"three")
    take(kit.journal, kit.ring, kit.key)
    folder: Path = kit.layout.chain
    return folder


def events_of(chain: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted((chain / "events").iterdir())]


def test_events_are_canonical_and_linked(chain: Path) -> None:
    prev = "0" * 64
    for seq, path in enumerate(sorted((chain / "events").iterdir()), start=1):
        data = path.read_bytes()
        value = json.loads(data)
        assert path.name == f"{seq:010d}.json"
        assert data == canonical(value)
        assert (value["seq"], value["prev"]) == (seq, prev)
        prev = digest(data)


def test_sha256sum_alone_proves_a_link(chain: Path) -> None:
    events = events_of(chain)
    for value in events[1:]:
        name = f"{value['seq'] - 1:010d}.json"
        out = subprocess.run(
            ["sha256sum", name], cwd=chain / "events", capture_output=True, text=True, check=True
        )
        assert out.stdout.split()[0] == value["prev"]


def test_commitments_open_with_the_names_files(chain: Path) -> None:
    opened = []
    for value in events_of(chain):
        path_id = value["body"].get("path_id")
        if path_id:
            held = json.loads((chain / "names" / f"{value['id']}.json").read_bytes())["values"]["path"]
            raw = unquote_to_bytes(held["data"])
            assert digest(bytes.fromhex(held["salt"]) + raw) == path_id
            opened.append(raw.decode())
    assert opened == ["evidence/Zoë's paper & more.pdf", "evidence/two.pdf", "evidence/three.pdf"]


def test_originals_lie_where_the_format_says(chain: Path) -> None:
    received = [value["body"] for value in events_of(chain) if value["type"] == "evidence.received"]
    for body in received:
        path = chain / "originals" / body["sha256"][:2] / f"{body['sha256']}.{body['suffix']}"
        assert digest(path.read_bytes()) == body["sha256"]
        assert path.stat().st_size == body["size"]


def test_checkpoints_are_signed_by_a_key_that_the_first_one_admitted(chain: Path) -> None:
    events = events_of(chain)
    files = [path.read_bytes() for path in sorted((chain / "events").iterdir())]
    keys: dict[str, bytes] = {}
    for value in events:
        if value["type"] == "key.added":
            body = value["body"]
            keys[body["fingerprint"]] = bytes.fromhex(body["public_key"])
            statement = {
                name: body[name] for name in ("fingerprint", "public_key", "admitted_at", "admitted_by")
            }
            by = Ed25519PublicKey.from_public_bytes(keys[body["admitted_by"]])
            signed = canonical({**statement, "v": 1, "kind": "admission"})
            by.verify(bytes.fromhex(body["countersignature"]), signed)
            assert digest(keys[body["fingerprint"]]) == body["fingerprint"]
    points = [value["body"] for value in events if value["type"] == "checkpoint"]
    assert len(points) == 2
    for point in points:
        text = (chain / "checkpoints" / f"{point['size']:010d}.txt").read_bytes()
        signature = (chain / "checkpoints" / f"{point['size']:010d}.sig").read_bytes()
        Ed25519PublicKey.from_public_bytes(keys[point["key"]]).verify(signature, text)
        first, *rows = text.decode().splitlines()
        fields = dict(row.split(" ", 1) for row in rows)
        assert first == "casebinder checkpoint 1"
        assert fields["case"] == events[0]["body"]["case"]
        assert fields["root"] == point["root"] == tree(files[: point["size"]]).hex()
        assert fields["head"] == point["head"] == digest(files[point["size"] - 1])
