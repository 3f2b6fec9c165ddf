"""Public keys: fingerprints, their PEM form, and whether a signature holds. No secret, nothing written.

Source: RFC 8032 (Ed25519), RFC 8410 (SubjectPublicKeyInfo).
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from casefiles.hashing import sha256_bytes

SHORT_DIGITS = 16


def fingerprint_of(public_key: bytes) -> str:
    """The SHA-256 of 32 raw public key bytes: 64 hexadecimal digits."""
    return sha256_bytes(public_key)


def short(fingerprint: str) -> str:
    """The first 16 digits of a fingerprint: the key's file name in the workspace."""
    return fingerprint[:SHORT_DIGITS]


def spoken(fingerprint: str) -> str:
    """A fingerprint in groups of four digits, to read out or print."""
    return " ".join(fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4))


def signature_holds(public_key: bytes, data: bytes, signature: bytes) -> bool:
    """Did the owner of `public_key` (32 raw bytes) sign exactly `data`?"""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_pem(public_key: bytes) -> bytes:
    """The public key as a PEM file that openssl reads."""
    return Ed25519PublicKey.from_public_bytes(public_key).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
