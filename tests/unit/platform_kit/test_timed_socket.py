import socket

import pytest

from platform_kit import timed_socket
from platform_kit.timed_socket import TimedSocket, connect, left


def pair(deadline: float, times: list[float]) -> tuple[TimedSocket, socket.socket]:
    ours, theirs = socket.socketpair()
    return TimedSocket(ours, deadline, lambda: times[0]), theirs


def test_what_is_sent_arrives_and_what_arrives_is_read() -> None:
    timed, peer = pair(10, [0])
    with timed, peer:
        timed.sendall(b"ping")
        assert peer.recv(4) == b"ping"
        peer.sendall(b"pong\n")
        assert timed.makefile("rb").readline() == b"pong\n"


def test_past_the_deadline_nothing_is_sent_or_read() -> None:
    times = [0.0]
    timed, peer = pair(10, times)
    with timed, peer:
        peer.sendall(b"late")
        times[0] = 10.0
        with pytest.raises(TimeoutError):
            timed.sendall(b"x")
        with pytest.raises(TimeoutError):
            timed.makefile("rb").read(1)


def test_an_operation_may_take_what_is_left() -> None:
    timed, peer = pair(1.05, [1.0])
    with timed, peer, pytest.raises(TimeoutError):
        timed.receive_into(bytearray(1))


def test_closing_is_left_to_the_context() -> None:
    timed, peer = pair(10, [0])
    with timed, peer:
        timed.close()
        timed.sendall(b"x")
        assert peer.recv(1) == b"x"
    assert timed._socket.fileno() == -1


def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[str, float]] = []
    ours, theirs = socket.socketpair()

    def create(address: tuple[str, int], seconds: float) -> socket.socket:
        tried.append((address[0], seconds))
        if address[0] == "2606:4700::1":
            raise OSError(101, "Network is unreachable")
        return ours

    monkeypatch.setattr(timed_socket.socket, "create_connection", create)
    with (
        theirs,
        connect(
            ["2606:4700::1", "1.1.1.1", "1.0.0.1"], 443, tls_name=None, connect_seconds=2, deadline=5, now=lambda: 4
        ),
    ):
        assert tried == [("2606:4700::1", 1), ("1.1.1.1", 1)]


def test_the_last_failure_is_told_when_none_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        connect(["127.0.0.1"], port, tls_name=None, connect_seconds=1, deadline=5, now=lambda: 0)
    with pytest.raises(OSError, match="no address"):
        connect([], port, tls_name=None, connect_seconds=1, deadline=5, now=lambda: 0)


@pytest.mark.parametrize("now", [5.0, 6.0])
def test_no_time_left_is_a_timeout(now: float) -> None:
    with pytest.raises(TimeoutError):
        left(5, lambda: now)
