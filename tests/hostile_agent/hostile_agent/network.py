"""Ways that need no gateway at all: sockets, names, addresses."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from hostile_agent.ways import Scene, Try, attempt, way

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 2.0
AF_VSOCK, AF_PACKET, AF_NETLINK, AF_ALG = 40, 17, 16, 38


def connects(family: int, address: tuple[str, int]) -> bool:
    """Whether a TCP connection comes about."""
    with socket.socket(family, socket.SOCK_STREAM) as out:
        out.settimeout(SECONDS)
        out.connect(address)
        return True


def answers(address: tuple[str, int], datagram: bytes) -> bytes:
    """What a datagram is answered with."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.settimeout(SECONDS)
        out.connect(address)
        out.send(datagram)
        return out.recv(512)


@way("a tool's own address")
def tool_address(scene: Scene) -> Iterator[Try]:
    """The platform's AWS endpoint, where tables, buckets and functions are."""
    port = scene.facts["ports"]["emulator"]
    yield attempt("the AWS endpoint", lambda: connects(socket.AF_INET, ("127.0.0.1", port)))


@way("raw sockets to the machine's ports")
def machine_ports(scene: Scene) -> Iterator[Try]:
    """Everything that listens on the machine's loopback."""
    for name, port in scene.facts["ports"].items():
        if name != "edge":
            for host in ("127.0.0.1", scene.facts["address"]):
                yield attempt(
                    f"TCP {name} at {host}", lambda host=host, port=port: connects(socket.AF_INET, (host, port))
                )
            yield attempt(f"TCP6 {name}", lambda port=port: connects(socket.AF_INET6, ("::1", port)))


@way("the machine's port of the gateway at other addresses")
def edge_elsewhere(scene: Scene) -> Iterator[Try]:
    """The edge itself, not the door that goes by its address inside."""
    port = scene.facts["ports"]["edge"]
    for host in ("127.0.0.2", scene.facts["address"]):
        yield attempt(f"TCP {host}", lambda host=host: connects(socket.AF_INET, (host, port)))


@way("names")
def names(scene: Scene) -> Iterator[Try]:
    """Resolvers, by the system and by hand; a question can carry data as well as an answer."""
    question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"
    yield attempt("getaddrinfo", lambda: socket.getaddrinfo("example.com", 443))
    for host in ("127.0.0.53", "8.8.8.8", "169.254.169.253", scene.facts["address"]):
        yield attempt(f"DNS at {host}", lambda host=host: answers((host, 53), question))


@way("datagrams")
def datagrams(scene: Scene) -> Iterator[Try]:
    """A datagram to a listener on the machine, which counts what it gets."""
    port = scene.facts["ports"]["datagrams"]
    for host in ("127.0.0.1", scene.facts["address"]):
        yield attempt(f"UDP {host}", lambda host=host: answers((host, port), b"out"))


@way("the metadata address")
def metadata(_scene: Scene) -> Iterator[Try]:
    """Where a machine in the cloud gets its credentials."""
    for host in ("169.254.169.254", "169.254.170.2", "169.254.170.23"):
        yield attempt(host, lambda host=host: connects(socket.AF_INET, (host, 80)))
    yield attempt("fd00:ec2::254", lambda: connects(socket.AF_INET6, ("fd00:ec2::254", 80)))


@way("the outside world")
def outside(_scene: Scene) -> Iterator[Try]:
    """An address on the internet."""
    yield attempt("1.1.1.1:443", lambda: connects(socket.AF_INET, ("1.1.1.1", 443)))
    yield attempt("2606:4700::1111", lambda: connects(socket.AF_INET6, ("2606:4700:4700::1111", 443)))


@way("sockets that know no namespace")
def odd_families(_scene: Scene) -> Iterator[Try]:
    """Families that lead past a network namespace, or into the kernel's rarer parts."""
    for name, family in (("vsock", AF_VSOCK), ("packet", AF_PACKET), ("netlink", AF_NETLINK), ("alg", AF_ALG)):
        yield attempt(name, lambda family=family: socket.socket(family, socket.SOCK_RAW).fileno() + 1)
    yield attempt("raw ICMP", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).fileno() + 1)


@way("other processes' unix sockets")
def unix_sockets(scene: Scene) -> Iterator[Try]:
    """Sockets with and without a name in the file system."""
    for path in scene.facts["unix"]:
        name = "\0" + path[1:] if path.startswith("@") else path
        yield attempt(path, lambda name=name: unix_connects(name))


def unix_connects(name: str) -> bool:
    """Whether a connection comes about."""
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as out:
        out.settimeout(SECONDS)
        out.connect(name)
        return True
