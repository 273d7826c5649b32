"""Requests to addresses that somebody else chose: the one door out, guarded against server-side request forgery.

A name is resolved once, every address it has is held against the registries of special-purpose addresses, and the
connection goes to one of those very addresses, with the name in SNI, certificate check and `Host`. HTTPS on a few ports
only, no redirect, no credential in the URL, no proxy, and a bound on size and on time, however slowly bytes come.

What a stage must reach besides (its local identity provider, say) is a setting: origins of literal addresses, such as
`http://127.0.0.1:8090`. There is none in the cloud. Standard library only, imported when a request is made.
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from platform_kit.special_addresses import is_public

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from platform_kit.timed_socket import TimedSocket

MOST_URL: Final = 2048
PORTS: Final = frozenset({443, 8443})
MOST_ADDRESSES: Final = 16
RESOLVE_SECONDS: Final = 2.0
_TRIED_ADDRESSES: Final = 4
_CHUNK: Final = 16 * 1024
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
# Visible ASCII without the characters that readers disagree about; no user part, no fragment.
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<target>(?:/[!$%&'()*+,\-./0-9:;=@A-Z_a-z~]*)?(?:\?[!$%&'()*+,\-./0-9:;=?@A-Z_a-z~]*)?)",
    re.ASCII,
)
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_MOST_HOST: Final = 253

Resolve = Callable[[str, int], list[str]]


class OutboundError(Exception):
    """No answer was had; the message says why in a few words of ours, without the address."""


class OutboundRefused(OutboundError):
    """The URL, or where it leads, is not permitted: no connection was made."""


class OutboundFailed(OutboundError):
    """It is permitted, and did not answer as it must."""


class Limits(NamedTuple):
    """Bytes of a body, seconds to connect and seconds for all of it.

    A longer body is a failure, or with `cut` left unread: for who wants the status and the beginning.
    """

    most_bytes: int = 256 * 1024
    connect_seconds: float = 2.0
    total_seconds: float = 4.0
    cut: bool = False


class Target(NamedTuple):
    """A URL in parts. `host` is in lower case and without brackets, `path` is what follows the origin."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """`host:port` as the `Host` header has it: without the scheme's own port, an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """`scheme://host:port`, the port said where it is not the scheme's own."""
        return f"{self.scheme}://{self.authority}"


class Answer(NamedTuple):
    """What came back, redirects included: nobody follows them here."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """The guard with what its stage permits besides. `resolve` gives every address of a name, as texts."""

    def __init__(
        self,
        allowed: frozenset[str] = frozenset(),
        *,
        resolve: Resolve | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve or addresses_of
        self._now = now

    def get(self, url: str, limits: Limits | None = None) -> Answer:
        """GET the URL. OutboundRefused when it may not be reached, OutboundFailed when it does not answer in bounds."""
        return self.request("GET", url, {"accept": "application/json"}, None, limits or Limits())

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limits: Limits) -> Answer:
        """Send one request; errors as `get`."""
        from http.client import HTTPException

        try:
            return self._request(method, url, headers, body, limits)
        except (OSError, HTTPException, ValueError) as error:
            raise OutboundFailed(type(error).__name__) from None

    def check(self, url: str) -> tuple[Target, tuple[str, ...]]:
        """Where a URL leads: its parts and every address of its host. OutboundRefused unless all are permitted."""
        target = self.permitted(url)
        if target.origin in self._allowed:
            return target, (target.host,)
        found = (target.host,) if _is_literal(target.host) else tuple(self._resolve(target.host, target.port))
        if not 0 < len(found) <= MOST_ADDRESSES:
            raise OutboundFailed("no address, or too many")
        if not all(map(is_public, found)):
            raise OutboundRefused("address not public")
        return target, found

    def permitted(self, url: str) -> Target:
        """The parts of a URL whose form, scheme and port are permitted; OutboundRefused. Nobody is asked for it."""
        target = parse(url)
        if target.origin not in self._allowed:
            if target.scheme != "https":
                raise OutboundRefused("not HTTPS")
            if target.port not in PORTS:
                raise OutboundRefused("port not permitted")
        return target

    def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limits: Limits) -> Answer:
        from http.client import HTTPConnection

        target, addresses = self.check(url)
        with self._connected(target, addresses, limits) as connected:
            connection = HTTPConnection(target.host, target.port)
            connection.sock = connected
            said = {**headers, "host": target.authority, "connection": "close"}
            connection.request(method, target.path, body, said)
            with connection.getresponse() as response:
                return Answer(response.status, dict(response.getheaders()), _read(response, limits))

    def _connected(self, target: Target, addresses: tuple[str, ...], limits: Limits) -> "TimedSocket":
        from platform_kit.timed_socket import connect

        return connect(
            addresses[:_TRIED_ADDRESSES],
            target.port,
            tls_name=target.host if target.scheme == "https" else None,
            connect_seconds=limits.connect_seconds,
            deadline=self._now() + limits.total_seconds,
            now=self._now,
        )


def parse(url: str) -> Target:
    """The parts of a URL in its one plain spelling; OutboundRefused for every other."""
    match = _URL.fullmatch(url) if isinstance(url, str) and len(url) <= MOST_URL else None
    if match is None:
        raise OutboundRefused("not a plain URL")
    scheme, host = match["scheme"], match["host"].strip("[]")
    port = int(match["port"] or _DEFAULT_PORTS[scheme])
    target = match["target"]
    _check_host(host, bracketed=match["host"].startswith("["))
    return Target(scheme, host, port, target if target.startswith("/") else f"/{target}")


def addresses_of(host: str, port: int) -> list[str]:
    """Every address of a name, as the system resolves it within two seconds; OSError when it cannot."""
    import socket
    from concurrent.futures import ThreadPoolExecutor

    executor = ThreadPoolExecutor(1)  # the system's resolver takes no time limit
    try:
        asked = executor.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        found = asked.result(RESOLVE_SECONDS)
    finally:
        executor.shutdown(wait=False)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def allowances(text: str) -> frozenset[str]:
    """The origins of a setting, separated by spaces; ValueError unless each is an origin of a literal address."""
    origins = frozenset(text.split())
    for origin in origins:
        target = parse(origin)
        if target.origin != origin or not _is_literal(target.host):
            raise ValueError("an allowance is scheme://address:port")
    return origins


def _is_literal(host: str) -> bool:
    """Whether the host is an address; `parse` has made sure that whatever looks like one is one."""
    return ":" in host or _NUMERIC.fullmatch(host.rpartition(".")[2]) is not None


def _check_host(host: str, *, bracketed: bool) -> None:
    """A name of two labels or more, or an address in its one canonical spelling; OutboundRefused otherwise.

    A host whose last label is a number is taken for an IPv4 address by every client, in octal, hexadecimal or with
    fewer parts too (https://url.spec.whatwg.org/#ends-in-a-number-checker): then it must be the plain dotted form.
    """
    from ipaddress import ip_address

    if bracketed or _is_literal(host):
        try:
            canonical = str(ip_address(host))
        except ValueError:
            raise OutboundRefused("not a plain URL") from None
        if canonical != host or bracketed != (":" in host):
            raise OutboundRefused("not a plain URL")
        return
    labels = host.split(".")
    if len(host) > _MOST_HOST or len(labels) == 1 or not all(map(_LABEL.fullmatch, labels)):
        raise OutboundRefused("not a plain URL")


def _read(response: "HTTPResponse", limits: Limits) -> bytes:
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > limits.most_bytes:
            if limits.cut:
                break
            raise OutboundFailed("too large")
    return bytes(body[: limits.most_bytes])
