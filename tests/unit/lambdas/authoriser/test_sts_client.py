import ssl
import time
from http.server import BaseHTTPRequestHandler

import pytest

from lambdas.authoriser import sts_client
from lambdas.authoriser.models import DependencyDown
from lambdas.authoriser.sts_client import MAX_BYTES, asking
from tests.guarded_door import replying, serving

ask = asking("ambit-api")


def test_sts_is_asked_for_the_very_path_with_our_audience() -> None:
    seen: list[tuple[str, str, str | None]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append((handler.command, handler.path, handler.headers["x-ambit-audience"]))
        replying(b"<Arn/>")(handler)

    with serving(answer) as origin:
        found = ask(origin.removeprefix("http://"), "/?Action=GetCallerIdentity&X-Amz-Date=1%2F2")
    assert (found.status, found.body) == (200, b"<Arn/>")
    assert seen == [("GET", "/?Action=GetCallerIdentity&X-Amz-Date=1%2F2", "ambit-api")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        replying(b"", status, location=f"http://{handler.headers['host']}/elsewhere")(handler)

    with serving(answer) as origin:
        assert ask(origin.removeprefix("http://"), "/").status == status
    assert asked == ["/"]


def test_a_long_body_is_cut() -> None:
    with serving(replying(b"x" * (MAX_BYTES * 4))) as origin:
        assert len(ask(origin.removeprefix("http://"), "/").body) == MAX_BYTES


def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sts_client, "TOTAL_SECONDS", 0.05)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(50):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.02)
        except OSError:
            return

    with serving(drip) as origin, pytest.raises(DependencyDown, match="TimeoutError"):
        ask(origin.removeprefix("http://"), "/")


def test_nobody_there_is_a_dependency_that_is_down() -> None:
    with serving(replying(b"")) as origin:
        host = origin.removeprefix("http://")
    with pytest.raises(DependencyDown, match="ConnectionRefusedError"):
        ask(host, "/")


def test_every_host_but_loopback_is_asked_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    from http.client import HTTPConnection, HTTPSConnection

    assert type(sts_client._connect("127.0.0.1:4566")) is HTTPConnection
    made = sts_client._connect("sts.us-east-1.amazonaws.com")
    assert isinstance(made, HTTPSConnection)
    assert (made.port, made.timeout) == (443, 2.0)
    assert made._context.verify_mode == ssl.CERT_REQUIRED  # type: ignore[attr-defined] # not in the stubs
    assert made._context.check_hostname  # type: ignore[attr-defined] # as above
