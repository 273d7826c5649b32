import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from lambdas.authoriser import jwks_fetch
from lambdas.authoriser.jwks_fetch import FetchFailed, fetch

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A server on loopback that answers every GET so; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/jwks?x=1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def replying(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        try:
            handler.wfile.write(body)
        except OSError:
            return  # the client has had enough

    return answer


def why(uri: str) -> str:
    with pytest.raises(FetchFailed) as caught:
        fetch(uri)
    return str(caught.value)


def test_a_document_is_fetched_with_its_query() -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        replying(b"{}")(handler)

    with serving(answer) as uri:
        assert fetch(uri) == b"{}"
    assert asked == ["/jwks?x=1"]


def test_the_root_is_asked_for_where_there_is_no_path() -> None:
    with serving(replying(b"{}")) as uri:
        assert fetch(uri.removesuffix("/jwks?x=1")) == b"{}"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    asked: list[str] = []

    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        replying(b"{}")(handler)

    with serving(elsewhere) as other, serving(replying(b"", status, Location=other)) as uri:
        assert why(uri) == f"status {status}"
    assert asked == []


@pytest.mark.parametrize("status", [201, 204, 400, 404, 500, 503])
def test_only_200_is_an_answer(status: int) -> None:
    with serving(replying(b"", status)) as uri:
        assert why(uri) == f"status {status}"


@pytest.mark.parametrize(("size", "fits"), [(jwks_fetch.MAX_BYTES, True), (jwks_fetch.MAX_BYTES + 1, False)])
def test_a_document_is_bounded(size: int, fits: bool) -> None:  # noqa: FBT001 - a case
    with serving(replying(b"x" * size)) as uri:
        if fits:
            assert len(fetch(uri)) == size
        else:
            assert why(uri) == "too large"


def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks_fetch, "TOTAL_SECONDS", -1.0)
    with serving(replying(b"{}")) as uri:
        assert why(uri) == "too slow"


def test_silence_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks_fetch, "CONNECT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        assert why(f"http://127.0.0.1:{silent.getsockname()[1]}/") == "TimeoutError"
    assert time.monotonic() - begun < 2


def test_a_closed_port_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert why(f"http://127.0.0.1:{port}/") == "ConnectionRefusedError"


def test_an_answer_that_is_no_http_is_a_failure() -> None:
    with serving(lambda handler: (handler.wfile.write(b"nonsense\r\n\r\n"), None)[1]) as uri:
        assert why(uri) == "BadStatusLine"


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "http://example.test/jwks",
            "http://10.0.0.1/",
            "http://169.254.169.254/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
        ),
        *("http://127.0.0.1.evil.test/", "http://user@127.0.0.1/", "https://user:pw@example.test/", "https:///jwks"),
        *("", "jwks", "http://127.0.0.1:99999/", "https://[::1/", "http://localhost.evil.test/"),
    ],
)
def test_only_https_or_plain_http_on_loopback_is_fetched(uri: str) -> None:
    assert why(uri) in {"not HTTPS", "no plain host", "ValueError"}


@pytest.mark.parametrize("uri", ["https://127.0.0.1:{port}/"])
def test_tls_is_verified_or_there_is_no_answer(uri: str) -> None:
    with serving(replying(b"{}")) as plain:
        port = plain.split(":")[2].split("/")[0]
        assert why(uri.format(port=port)).startswith("SSL")
