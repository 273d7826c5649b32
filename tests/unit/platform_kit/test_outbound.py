import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from platform_kit.outbound import (
    Limits,
    Outbound,
    OutboundFailed,
    OutboundRefused,
    Target,
    addresses_of,
    allowances,
    parse,
)
from tests.guarded_door import PUBLIC, Names, allowing, replying, serving

ROOT = Path(__file__).resolve().parents[3]


def failure(outbound: Outbound, url: str, limits: Limits | None = None) -> str:
    with pytest.raises(OutboundFailed) as caught:
        outbound.get(url, limits)
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://id.test", Target("https", "id.test", 443, "/")),
        ("https://id.test/", Target("https", "id.test", 443, "/")),
        ("https://id.test:8443/a/b?c=d&e=%20", Target("https", "id.test", 8443, "/a/b?c=d&e=%20")),
        ("https://id.test?x=1", Target("https", "id.test", 443, "/?x=1")),
        ("http://127.0.0.1:8090/jwks", Target("http", "127.0.0.1", 8090, "/jwks")),
        ("https://[2606:4700::1]/", Target("https", "2606:4700::1", 443, "/")),
        (
            "https://xn--bcher-kva.example/~a/(b);c=@:!$'*+,",
            Target("https", "xn--bcher-kva.example", 443, "/~a/(b);c=@:!$'*+,"),
        ),
    ],
)
def test_a_plain_url_is_taken_apart(url: str, target: Target) -> None:
    assert parse(url) == target


@pytest.mark.parametrize(
    ("url", "origin", "authority"),
    [
        ("https://id.test/x", "https://id.test", "id.test"),
        ("https://id.test:8443/x", "https://id.test:8443", "id.test:8443"),
        ("https://[2606:4700::1]:8443/", "https://[2606:4700::1]:8443", "[2606:4700::1]:8443"),
        ("http://127.0.0.1:80/", "http://127.0.0.1", "127.0.0.1"),
    ],
)
def test_an_origin_says_the_port_where_it_is_not_the_schemes_own(url: str, origin: str, authority: str) -> None:
    assert (parse(url).origin, parse(url).authority) == (origin, authority)


@pytest.mark.parametrize(("length", "fits"), [(2048, True), (2049, False)])
def test_a_url_is_bounded(length: int, fits: bool) -> None:  # noqa: FBT001 - a case
    url = "https://id.test/".ljust(length, "x")
    if fits:
        assert parse(url).host == "id.test"
    else:
        with pytest.raises(OutboundRefused):
            parse(url)


def test_every_address_of_a_public_name_is_given() -> None:
    names = Names([PUBLIC, "2606:4700::1"])
    target, addresses = Outbound(resolve=names.resolve).check("https://id.test/jwks")
    assert (target.host, addresses) == ("id.test", (PUBLIC, "2606:4700::1"))
    assert names.asked == [("id.test", 443)]


def test_an_address_in_the_url_is_not_resolved() -> None:
    names = Names([])
    assert Outbound(resolve=names.resolve).check(f"https://{PUBLIC}/")[1] == (PUBLIC,)
    assert names.asked == []


@pytest.mark.parametrize(("count", "permitted"), [(1, True), (16, True), (17, False), (0, False)])
def test_a_name_has_one_to_sixteen_addresses(count: int, permitted: bool) -> None:  # noqa: FBT001 - a case
    outbound = Outbound(resolve=Names([f"1.1.1.{n}" for n in range(count)]).resolve)
    if permitted:
        assert len(outbound.check("https://id.test/")[1]) == count
    else:
        with pytest.raises(OutboundFailed):
            outbound.check("https://id.test/")


@pytest.mark.parametrize("text", ["", "   "])
def test_no_allowance_is_none(text: str) -> None:
    assert allowances(text) == frozenset()


def test_allowances_are_origins_of_addresses() -> None:
    origins = {"http://127.0.0.1:8090", "https://[fd00::1]:8443"}
    assert allowances(" ".join(sorted(origins))) == origins


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1:8090",
        "http://localhost:8090",
        "http://127.0.0.1:8090/",
        "http://127.0.0.1:80",
        "https://idp.test",
        "*",
    ],
)
def test_what_is_no_origin_of_an_address_is_no_allowance(text: str) -> None:
    with pytest.raises((ValueError, OutboundRefused)):
        allowances(text)


# Over the wire


def test_an_answer_is_had_with_its_status_headers_and_body() -> None:
    asked: list[tuple[str, str | None, str | None]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append((handler.path, handler.headers["host"], handler.headers["accept"]))
        replying(b"{}", 203, etag="x")(handler)

    with serving(answer) as origin:
        got = allowing(origin).get(f"{origin}/jwks?x=1")
        assert asked == [("/jwks?x=1", origin.removeprefix("http://"), "application/json")]
    assert (got.status, got.headers["etag"], got.body) == (203, "x", b"{}")


def test_a_body_may_be_sent() -> None:
    got: list[bytes] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        got.append(handler.rfile.read(int(handler.headers["content-length"])))
        replying(b"")(handler)

    with serving(answer) as origin:
        allowing(origin).request("POST", f"{origin}/hook", {"content-type": "text/plain"}, b"hello", Limits())
    assert got == [b"hello"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    asked: list[str] = []

    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        replying(b"{}")(handler)

    with serving(elsewhere) as other, serving(replying(b"", status, Location=other)) as origin:
        assert allowing(origin).get(f"{origin}/").status == status
    assert asked == []


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
def test_a_body_is_bounded(size: int, fits: bool) -> None:  # noqa: FBT001 - a case
    with serving(replying(b"x" * size)) as origin:
        if fits:
            assert len(allowing(origin).get(origin, Limits(most_bytes=1000)).body) == size
        else:
            assert failure(allowing(origin), origin, Limits(most_bytes=1000)) == "too large"


def test_a_chunked_body_is_bounded() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        replying(b"400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n", 200, **{"transfer-encoding": "chunked"})(handler)

    with serving(answer) as origin:
        assert failure(allowing(origin), origin, Limits(most_bytes=1000)) == "too large"
        assert len(allowing(origin).get(origin).body) == 1024


def dripping(what: bytes) -> Iterator[str]:
    """A server that sends this, again and again, slowly, and never ends."""
    import threading

    done = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connected, _ = server.accept()
        with connected:
            try:
                connected.sendall(b"HTTP/1.1 200 OK\r\n")
                while not done.wait(0.01):
                    connected.sendall(what)
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    done.set()
    thread.join()
    server.close()


@pytest.mark.chaos("upstreams")
@pytest.mark.parametrize("what", [b"x", b"a: b\r\n"[:1], b"\r\n\r\nx"], ids=["a status", "a header", "a body"])
def test_a_peer_that_drips_is_given_up_in_time(what: bytes) -> None:
    for origin in dripping(what):
        begun = time.monotonic()
        assert failure(allowing(origin), origin, Limits(total_seconds=0.3)) == "TimeoutError"
        assert time.monotonic() - begun < 2


@pytest.mark.chaos("upstreams")
def test_silence_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        origin = f"http://127.0.0.1:{silent.getsockname()[1]}"
        begun = time.monotonic()
        assert failure(allowing(origin), origin, Limits(total_seconds=0.1)) == "TimeoutError"
    assert time.monotonic() - begun < 2


def test_no_time_is_no_answer() -> None:
    with serving(replying(b"{}")) as origin:
        assert failure(allowing(origin), origin, Limits(total_seconds=-1)) == "TimeoutError"


@pytest.mark.chaos("upstreams")
def test_a_closed_port_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        origin = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert failure(allowing(origin), origin) == "ConnectionRefusedError"


@pytest.mark.chaos("upstreams")
def test_an_answer_that_is_no_http_is_a_failure() -> None:
    with serving(lambda handler: (handler.wfile.write(b"nonsense\r\n\r\n"), None)[1]) as origin:
        assert failure(allowing(origin), origin) == "BadStatusLine"


def test_tls_is_verified_or_there_is_no_answer() -> None:
    with serving(replying(b"{}")) as plain:
        origin = plain.replace("http://", "https://")
        assert failure(allowing(origin), origin).startswith("SSL")


def test_a_name_is_resolved_by_the_system() -> None:
    assert {"127.0.0.1", "::1"} >= set(addresses_of("localhost", 443)) != set()


def test_a_name_that_is_none_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: object, **_options: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert failure(Outbound(), "https://no-such-name.test/") == "gaierror"


@pytest.mark.chaos("upstreams")
def test_a_resolver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_o: release.wait(20))
    monkeypatch.setattr("platform_kit.outbound.RESOLVE_SECONDS", 0.05)
    begun = time.monotonic()
    assert failure(Outbound(), "https://slow.test/") == "TimeoutError"
    assert time.monotonic() - begun < 2
    release.set()


def test_the_module_costs_nothing_until_it_is_used() -> None:
    code = (
        "import sys, platform_kit.outbound; "
        "print([m for m in ('ssl', 'socket', 'http.client', 'ipaddress', 'concurrent') if m in sys.modules])"
    )
    environment = {"PYTHONPATH": str(ROOT / "layers")}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
