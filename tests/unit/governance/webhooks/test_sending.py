import json
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import standardwebhooks.webhooks

from governance.webhooks import signing
from governance.webhooks.sending import SHOWN, Sender, Tried, cleaned
from platform_kit.outbound import Outbound
from tests.guarded_door import allowing, replying, serving

EVENT, BODY = "evt_" + "0" * 32, b'{"type":"webhook.test"}'


def sender(outbound: Outbound) -> Sender:
    return Sender(outbound, lambda: datetime.now(UTC))


def sent(origin: str, *, secret: str = "", seconds: float = 2.0) -> Tried:
    return sender(allowing(origin)).send(f"{origin}/hook?a=1", EVENT, BODY, [secret or signing.mint()], seconds=seconds)


def test_a_message_is_posted_with_its_signature() -> None:
    secret, seen = signing.mint(), list[dict[str, Any]]()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        seen.append({"path": handler.path, "headers": dict(handler.headers), "body": body, "verb": handler.command})
        replying(b"thanks", 202)(handler)

    with serving(answer) as origin:
        tried = sent(origin, secret=secret)
    (request,) = seen
    assert (request["verb"], request["path"], request["body"]) == ("POST", "/hook?a=1", BODY)
    assert request["headers"]["content-type"] == "application/json"
    assert standardwebhooks.webhooks.Webhook(secret).verify(BODY, request["headers"]) == json.loads(BODY)
    assert tried.succeeded
    assert tried.response is not None
    assert (tried.status, tried.response["body"], tried.refused) == (202, "thanks", False)


@pytest.mark.parametrize(("status", "succeeded"), [(200, True), (299, True), (400, False), (410, False), (500, False)])
def test_any_2xx_is_taken_and_nothing_else(status: int, *, succeeded: bool) -> None:
    with serving(replying(b"", status)) as origin:
        tried = sent(origin)
    assert (tried.succeeded, tried.gone) == (succeeded, status == 410)


def test_a_redirect_is_a_failure_and_is_not_followed() -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        replying(b"", 307, Location="/elsewhere")(handler)

    with serving(answer) as origin:
        tried = sent(origin)
    assert (tried.succeeded, tried.error, asked) == (False, "redirects are not followed", ["/hook?a=1"])


@pytest.mark.chaos("upstreams")
def test_whoever_is_too_slow_has_failed() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["content-length"]))
        handler.connection.settimeout(2)
        handler.rfile.read(1)  # says nothing until the other side has gone

    with serving(answer) as origin:
        tried = sent(origin, seconds=0.2)
    assert (tried.status, tried.error) == (0, "TimeoutError")
    assert 150 <= tried.milliseconds < 1500


def test_what_may_not_be_reached_is_refused_without_a_connection() -> None:
    tried = sender(Outbound()).send("https://169.254.169.254/", EVENT, BODY, [signing.mint()])
    assert (tried.refused, tried.status, tried.response) == (True, 0, None)


@pytest.mark.parametrize(("said", "asked"), [("30", 30), ("", 0), ("soon", 0), ("-5", 0), ("9" * 40, 0), ("٣", 0)])
def test_an_endpoint_may_say_when_to_come_back(said: str, asked: int) -> None:
    headers = {"Retry-After": said.encode().decode("latin-1")}
    with serving(replying(b"", 503, **headers)) as origin:
        assert sent(origin).asked_seconds == asked


def test_an_answer_is_kept_in_part() -> None:
    with serving(replying(b"x" * 10_000, 500)) as origin:
        tried = sent(origin)
    assert tried.response is not None
    assert (len(tried.response["body"]), tried.response["bytes"]) == (SHOWN, 10_000)


SECRETS = (
    "Authorization: Bearer abc.def-123",
    '{"password":"hunter2"}',
    "api_key=sk_live_42",
    "token = tok42",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "amb_0123456789abcdef",
)


@pytest.mark.parametrize("text", SECRETS)
def test_what_looks_like_a_credential_is_not_kept(text: str) -> None:
    shown = cleaned(f"before {text} after")
    for part in ("abc.def-123", "hunter2", "sk_live_42", "tok42", "c2ln", "MfKQ9r8", "0123456789abcdef"):
        assert part not in shown
    assert "before" in shown


def test_a_credential_at_the_cut_is_not_kept_in_part() -> None:
    shown = cleaned("x" * (SHOWN - 8) + " token=abcdefghijklmnop")
    assert "abc" not in shown


def test_what_cannot_be_printed_is_replaced() -> None:
    assert cleaned("a\x00b\x1b[31mc\n") == "a�b�[31mc\n"
