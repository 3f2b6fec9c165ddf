"""Length-prefixed frames over a private socket, so that nothing a library prints can get between them."""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

from casefiles.caged.limits import Limits

HEADER = struct.Struct(">Q")
PIECE_BYTES = 1 << 20
READY = b"ready"


@dataclass(frozen=True)
class Request:
    """One task: its limits and the pickled `(function, arguments)`."""

    limits: Limits
    call: bytes


@dataclass(frozen=True)
class Reply:
    """How a task ended: `value`, or `error`. `tainted` asks for a new child (threads or processes left behind)."""

    value: Any
    error: BaseException | None
    tainted: bool


class FrameTooLarge(Exception):
    """The other side announced more bytes than it may send."""


class FrameLost(Exception):
    """The other side went away within, or instead of, a frame."""


@dataclass
class FrameSocket:
    """One side of the private socket. `deadline` is on the monotonic clock, in seconds; None waits for ever."""

    raw: socket.socket

    def send(self, payload: bytes, *, deadline: float | None) -> None:
        """Send one frame.

        Raises:
            TimeoutError: the deadline passed.
            FrameLost: the other side is gone.
        """
        try:
            self.raw.settimeout(_remaining(deadline))
            self.raw.sendall(HEADER.pack(len(payload)) + payload)
        except TimeoutError:
            raise
        except OSError as error:
            raise FrameLost(str(error)) from error

    def receive(self, *, max_bytes: int, deadline: float | None) -> bytes:
        """Receive one frame of at most `max_bytes`.

        Raises:
            TimeoutError: the deadline passed.
            FrameTooLarge: it is larger; nothing of it has been read.
            FrameLost: the other side is gone.
        """
        (size,) = HEADER.unpack(self._receive_exactly(HEADER.size, deadline))
        if size > max_bytes:
            raise FrameTooLarge(f"{size} bytes, allowed are {max_bytes}")
        return self._receive_exactly(size, deadline)

    def _receive_exactly(self, size: int, deadline: float | None) -> bytes:
        pieces = bytearray()
        while len(pieces) < size:
            self.raw.settimeout(_remaining(deadline))
            try:
                piece = self.raw.recv(min(PIECE_BYTES, size - len(pieces)))
            except TimeoutError:
                raise
            except OSError as error:
                raise FrameLost(str(error)) from error
            if not piece:
                raise FrameLost("the other side closed the socket")
            pieces += piece
        return bytes(pieces)


def _remaining(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError("the deadline passed")
    return remaining
