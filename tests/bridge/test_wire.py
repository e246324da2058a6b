import socket
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

from erm_bridge.bridge.wire import Block, Channel

Ends = tuple[Channel, Channel]


@pytest.fixture
def ends() -> Iterator[Ends]:
    a, b = socket.socketpair()
    with a, b:
        yield Channel(a), Channel(b)


def bytes_in(*pieces: bytes) -> Block:
    return Block("B", sum(map(len, pieces)), lambda: pieces)


def test_a_message_arrives_as_it_was_sent(ends: Ends) -> None:
    here, there = ends
    doubles = memoryview(b"12345678").cast("d")
    blocks = [bytes_in(b"ab", b"", b"c"), bytes_in(), Block("d", 1, lambda: [doubles])]
    here.send({"call": "f", "text": "中\ud800"}, blocks)
    header, held = there.receive()
    assert (header["call"], header["text"]) == ("f", "中\ud800")
    assert [bytes(block) for block in held] == [b"abc", b"", b"12345678"]


def test_a_block_is_received_into_the_memory_of_the_receiver(ends: Ends) -> None:
    here, there = ends
    here.send({}, [Block("i", 2, lambda: [b"abcd", b"efgh"])])
    memory = bytearray(8)
    asked = []

    def allocate(format: str, length: int) -> tuple[str, bytearray]:
        asked.append((format, length))
        return "holder", memory

    _, held = there.receive(None, allocate)
    assert (asked, held, memory) == ([("i", 2)], ["holder"], b"abcdefgh")


def test_a_piece_is_sent_before_the_next_is_made(ends: Ends) -> None:
    here, there = ends
    living = []

    def pieces() -> Iterator[bytes]:
        for _ in range(3):
            piece = bytearray(100)
            living.append(weakref.ref(memoryview(piece)))
            yield memoryview(piece)
            del piece
            assert sum(reference() is not None for reference in living) <= 1

    here.send({}, [Block("B", 300, pieces)])
    _, (received,) = there.receive()
    assert received == bytes(300)


def test_a_block_that_is_not_as_long_as_it_says_is_a_bug(ends: Ends) -> None:
    with pytest.raises(RuntimeError, match="had 2 bytes"):
        ends[0].send({}, [Block("d", 1, lambda: [b"ab"])])


def test_a_message_larger_than_the_pipe_arrives_whole(ends: Ends) -> None:
    here, there = ends
    data = bytes(range(256)) * 40_000
    sender = threading.Thread(target=here.send, args=({}, [bytes_in(data)]))
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
        ends[0].send({}, [bytes_in(bytes(50_000_000))], deadline=time.monotonic() + 0.05)


def test_a_deadline_in_the_past_ends_at_once(ends: Ends) -> None:
    with pytest.raises(TimeoutError):
        ends[0].receive(deadline=time.monotonic() - 1)


def test_a_closed_end_is_told(ends: Ends) -> None:
    here, there = ends
    here.close()
    with pytest.raises(EOFError):
        there.receive()
