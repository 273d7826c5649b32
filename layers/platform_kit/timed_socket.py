"""A socket with one deadline for all that is done with it: a peer that drips bytes gains nothing."""

import io
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Self

Now = Callable[[], float]


class TimedSocket:
    """The part of a socket that `http.client` uses. Every operation raises TimeoutError past the deadline."""

    def __init__(self, connected: socket.socket, deadline: float, now: Now) -> None:
        self._socket = connected
        self._deadline = deadline
        self._now = now

    def sendall(self, data: Any) -> None:
        """Send all of it."""
        self._in_time().sendall(data)

    def receive_into(self, buffer: Any) -> int:
        """Read what there is; 0 at the end."""
        return self._in_time().recv_into(buffer)

    def makefile(self, _mode: str, *_arguments: Any) -> io.BufferedReader:
        """What a response is read from."""
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """Nothing: `http.client` closes before it has read the answer. Leaving the context closes the connection."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def secured(self, name: str) -> "TimedSocket":
        """The same connection under TLS, once the peer has shown a certificate for `name`; closed when it does not."""
        context = ssl.create_default_context()
        try:
            return TimedSocket(context.wrap_socket(self._in_time(), server_hostname=name), self._deadline, self._now)
        except OSError:
            self._socket.close()
            raise

    def _in_time(self) -> socket.socket:
        self._socket.settimeout(left(self._deadline, self._now))
        return self._socket


class _Reader(io.RawIOBase):
    def __init__(self, source: TimedSocket) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.receive_into(buffer)


def connect(
    addresses: Sequence[str], port: int, *, tls_name: str | None, connect_seconds: float, deadline: float, now: Now
) -> TimedSocket:
    """Connect to the first of the addresses that answers, under TLS when it has a name; OSError when none does."""
    last: OSError | None = None
    for address in addresses:
        try:
            connected = socket.create_connection((address, port), min(connect_seconds, left(deadline, now)))
        except OSError as error:
            last = error
            continue
        timed = TimedSocket(connected, deadline, now)
        return timed if tls_name is None else timed.secured(tls_name)
    raise last or OSError("no address")


def left(deadline: float, now: Now) -> float:
    """The seconds until the deadline, more than none; TimeoutError when there are none left."""
    seconds = deadline - now()
    if seconds <= 0:
        raise TimeoutError
    return seconds
