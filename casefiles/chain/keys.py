"""This machine's signing key: made once, kept off the share, opened with a passphrase if it has one.

Source: RFC 8032 (Ed25519), RFC 8410 (its keys in PKCS #8 and SubjectPublicKeyInfo).
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casefiles.chain.publickeys import fingerprint_of, public_pem, short, signature_holds, spoken
from casefiles.errors import Blocked, UsageError
from casefiles.files.publish import make_folder, publish_new
from casefiles.files.reach import reaching
from casefiles.layout import LocalLayout

__all__ = [
    "SigningKey",
    "create_key",
    "fingerprint_of",
    "has_key",
    "key_file",
    "open_key",
    "public_pem",
    "short",
    "signature_holds",
    "spoken",
]

KEY_FILE = "signing-key.pem"
_SEED_BYTES = 32


@dataclass(frozen=True)
class SigningKey:
    """An opened private key; its secret is never shown."""

    _private: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        """The 32 raw bytes of the public key."""
        return self._private.public_key().public_bytes_raw()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the raw public key: 64 hexadecimal digits."""
        return fingerprint_of(self.public_key)

    def sign(self, data: bytes) -> bytes:
        """The 64-byte Ed25519 signature over `data`; the same data gives the same bytes."""
        return self._private.sign(data)


def key_file(local: LocalLayout) -> Path:
    """Where this machine's private key lies."""
    return local.keys / KEY_FILE


def create_key(
    local: LocalLayout, random_bytes: Callable[[int], bytes], passphrase: bytes | None = None
) -> SigningKey:
    """Makes this machine's key: file 0600 in a folder 0700, PKCS #8 in PEM, encrypted if there is a passphrase.

    Raises:
        UsageError: the machine has one already; it is never overwritten.
        Unavailable: the local folder is missing or cannot be written.
    """
    private = Ed25519PrivateKey.from_private_bytes(random_bytes(_SEED_BYTES))
    encryption: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    )
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    make_folder(local.keys, mode=0o700, local=True)
    if not publish_new(local.keys, key_file(local), pem, mode=0o600, local=True):
        raise UsageError(
            f"This machine has a signing key already: “{key_file(local)}”.",
            remedy="Use it, or retire it with “casebinder key retire” and move the file away first.",
        )
    return SigningKey(private)


def has_key(local: LocalLayout) -> bool:
    """Does this machine have a key file, usable or not?"""
    return key_file(local).is_file()


def open_key(local: LocalLayout, passphrase: Callable[[], bytes] | None = None) -> SigningKey:
    """Opens this machine's key; `passphrase` is called only if the key file asks for one.

    Raises:
        Blocked: there is none, others can read it, or it does not open with what was given.
        Unavailable: the file cannot be read.
    """
    path = key_file(local)
    with reaching(path):
        if not path.is_file():
            raise Blocked(
                "This machine has no signing key, so nothing can be issued from it.",
                remedy="Run “casebinder key add” and have the key admitted.",
            )
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Blocked(
                f"Other people on this machine can read the signing key “{path}”.",
                remedy=f"Run: chmod 600 '{path}' - and think about replacing the key.",
            )
        pem = path.read_bytes()
    try:
        secret = passphrase() if passphrase and b"ENCRYPTED" in pem else None
        private = serialization.load_pem_private_key(pem, secret)
    except (TypeError, ValueError) as error:
        raise Blocked(
            f"The signing key “{path}” does not open: it needs its passphrase, or is damaged.",
            remedy="Run the command again on a terminal and give the passphrase.",
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise Blocked(
            f"“{path}” holds a key of another kind than Ed25519.",
            remedy="Move the file away and run “casebinder key add”.",
        )
    return SigningKey(private)
