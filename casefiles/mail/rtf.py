"""The words of a message that Outlook kept as compressed Rich Text only.

Source: [MS-OXRTFCP] (the compression); [MS-OXRTFEX] (HTML within Rich Text).
"""

from __future__ import annotations

from compressed_rtf import decompress
from striprtf.striprtf import rtf_to_text


def rtf_words(packed: bytes) -> str | None:
    """The words without their formatting; None where they cannot be read."""
    try:
        unpacked: bytes = decompress(packed)
        text: str = rtf_to_text(  # type: ignore[no-untyped-call]
            unpacked.decode("latin-1"), errors="replace"
        )
    except MemoryError:
        raise
    except Exception:  # both libraries raise whatever they stumble over
        return None
    return text.replace("\0", "")
