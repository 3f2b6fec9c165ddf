from __future__ import annotations

import socket
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefiles.caged.frames import FrameLost, FrameSocket, FrameTooLarge


@given(st.lists(st.binary(max_size=5000), max_size=5))
def test_frames_come_out_as_they_went_in(payloads):
    left, right = socket.socketpair()
    with left, right:
        for payload in payloads:
            FrameSocket(left).send(payload, deadline=None)
        assert [FrameSocket(right).receive(max_bytes=5000, deadline=None) for _ in payloads] == payloads


def test_a_frame_larger_than_the_sockets_buffer():
    left, right = socket.socketpair()
    payload = bytes(range(256)) * 40_000
    with left, right:
        sender = threading.Thread(target=FrameSocket(left).send, args=(payload,), kwargs={"deadline": None})
        sender.start()
        assert FrameSocket(right).receive(max_bytes=len(payload), deadline=None) == payload
        sender.join()


def test_too_large_lost_and_late():
    left, right = socket.socketpair()
    with left, right:
        FrameSocket(left).send(b"12345", deadline=None)
        with pytest.raises(FrameTooLarge):
            FrameSocket(right).receive(max_bytes=4, deadline=None)
        with pytest.raises(TimeoutError):
            FrameSocket(left).receive(max_bytes=4, deadline=time.monotonic() + 0.01)
        with pytest.raises(TimeoutError):
            FrameSocket(left).send(bytes(50_000_000), deadline=time.monotonic() + 0.01)
        right.close()
        with pytest.raises(FrameLost):
            FrameSocket(left).receive(max_bytes=4, deadline=None)
