import socket
import threading
import time
from collections.abc import Iterator

import pytest

from erm_bridge.bridge.wire import Channel

Ends = tuple[Channel, Channel]


@pytest.fixture
def ends() -> Iterator[Ends]:
    a, b = socket.socketpair()
    with a, b:
        yield Channel(a), Channel(b)


def test_a_message_arrives_as_it_was_sent(ends: Ends) -> None:
    here, there = ends
    here.send({"call": "f", "text": "中\ud800"}, [b"abc", bytearray(), memoryview(b"12345678").cast("d")])
    header, buffers = there.receive()
    assert (header["call"], header["text"]) == ("f", "中\ud800")
    assert [bytes(buffer) for buffer in buffers] == [b"abc", b"", b"12345678"]


def test_a_message_larger_than_the_pipe_arrives_whole(ends: Ends) -> None:
    here, there = ends
    data = bytes(range(256)) * 40_000
    sender = threading.Thread(target=here.send, args=({}, [data]))
    sender.start()
    _, (received,) = there.receive()
    sender.join()
    assert received == data


def test_waiting_ends_at_the_deadline(ends: Ends) -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        ends[0].receive(deadline=started + 0.05)
    assert time.monotonic() - started < 1


def test_sending_ends_at_the_deadline(ends: Ends) -> None:
    with pytest.raises(TimeoutError):
        ends[0].send({}, [bytes(50_000_000)], deadline=time.monotonic() + 0.05)


def test_a_deadline_in_the_past_ends_at_once(ends: Ends) -> None:
    with pytest.raises(TimeoutError):
        ends[0].receive(deadline=time.monotonic() - 1)


def test_a_closed_end_is_told(ends: Ends) -> None:
    here, there = ends
    here.close()
    with pytest.raises(EOFError):
        there.receive()
