from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from lambdas.bff.errors import ProviderUnavailable
from lambdas.bff.http import PooledHttp

if TYPE_CHECKING:
    from collections.abc import Iterator


class Endpoint(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("location", "/json")
            self.send_header("content-length", "0")
            self.end_headers()
        else:
            self._answer(b'{"a": 1}' if self.path == "/json" else b"<html>")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self._answer(f'{{"type": "{self.headers["content-type"]}", "body": "{body}"}}'.encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def http() -> Iterator[PooledHttp]:
    pooled = PooledHttp()
    yield pooled
    pooled.close()


def test_a_document_is_read(http: PooledHttp, address: str) -> None:
    assert http.get(f"{address}/json") == (200, {"a": 1})


def test_a_form_is_sent_url_encoded(http: PooledHttp, address: str) -> None:
    status, body = http.post_form(f"{address}/token", {"code": "a b&c"})
    assert (status, body["body"]) == (200, "code=a+b%26c")
    assert body["type"] == "application/x-www-form-urlencoded"


def test_a_redirect_is_not_followed(http: PooledHttp, address: str) -> None:
    assert http.get(f"{address}/redirect") == (302, {})


def test_an_answer_that_is_no_json_is_an_outage(http: PooledHttp, address: str) -> None:
    with pytest.raises(ProviderUnavailable):
        http.get(f"{address}/html")


def test_nobody_listening_is_an_outage(http: PooledHttp) -> None:
    with pytest.raises(ProviderUnavailable):
        http.get("http://127.0.0.1:9/json")
