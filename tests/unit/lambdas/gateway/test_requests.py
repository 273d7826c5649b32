"""Requests of tools through the guarded door; tests/security attacks the same with every address there is."""

import json
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from enforcement.errors import ToolUnreachable
from governance.toolbox.http import MOST_BYTES, Fetch, Fetched, Send
from lambdas.gateway.requests import AGENT, HttpTools
from platform_kit.errors import Forbidden, Unprocessable
from platform_kit.outbound import Outbound
from tests.guarded_door import Answer, Names, allowing, replying, saying, serving


def echo(handler: BaseHTTPRequestHandler) -> None:
    """Tells what it was asked."""
    size = int(handler.headers.get("content-length") or 0)
    told = {"path": handler.path, "headers": {k.lower(): v for k, v in handler.headers.items()}}
    body = json.dumps({**told, "body": handler.rfile.read(size).decode()}).encode()
    saying(body, "application/json")(handler)


def fetch(answer: Answer) -> Fetched:
    with serving(answer) as origin:
        return HttpTools(allowing(origin), 5).fetch(Fetch(url=f"{origin}/"))


def test_a_text_is_fetched_with_no_header_of_anybody_elses() -> None:
    with serving(echo) as origin:
        found = HttpTools(allowing(origin), 5).fetch(Fetch(url=f"{origin}/a?b=c", accept="text/csv"))
    told = json.loads(found.text)
    assert (found.status, found.content_type, told["path"]) == (200, "application/json", "/a?b=c")
    assert told["headers"].keys() == {"host", "accept", "user-agent", "connection", "accept-encoding"}
    assert (told["headers"]["accept"], told["headers"]["user-agent"]) == ("text/csv", AGENT)


def test_a_text_is_sent_with_its_media_type() -> None:
    with serving(echo) as origin:
        sent = Send(url=f"{origin}/x", body="grüße", content_type="text/plain")
        told = json.loads(HttpTools(allowing(origin), 5).send(sent).text)
    assert (told["body"], told["headers"]["content-type"]) == ("grüße", "text/plain")


def test_a_redirect_is_told_and_nobody_goes_there() -> None:
    def away(handler: BaseHTTPRequestHandler) -> None:
        replying(b"moved", 302, Location="https://evil.test/x")(handler)

    found = fetch(away)
    assert found.model_dump() == {
        "status": 302,
        "content_type": "",
        "text": "",
        "bytes": 5,
        "redirect_host": "evil.test",
    }


@pytest.mark.parametrize("status", [404, 500])
def test_an_answer_that_is_a_refusal_is_an_answer(status: int) -> None:
    found = fetch(saying(b"no", "text/plain", status))
    assert (found.status, found.text) == (status, "no")


def test_what_is_no_text_is_not_given() -> None:
    with pytest.raises(Unprocessable, match="no text"):
        fetch(saying(b"\x89PNG", "image/png"))


def test_an_answer_too_large_is_not_given() -> None:
    with pytest.raises(ToolUnreachable, match="256 KiB"):
        fetch(saying(b"x" * (MOST_BYTES + 1), "text/plain"))


def test_an_answer_that_does_not_come_in_time_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    over = threading.Event()

    def waits(_handler: BaseHTTPRequestHandler) -> None:
        over.wait(30)

    with serving(waits) as slow:
        try:
            with pytest.raises(ToolUnreachable, match="in time"):
                HttpTools(allowing(slow), 0.2).fetch(Fetch(url=f"{slow}/"))
        finally:
            over.set()
    assert '"ToolTimeout"' in capsys.readouterr().out


def test_a_host_that_is_not_there_is_no_fault_of_the_agents() -> None:
    with serving(replying(b"")) as origin:
        gone = origin
    with pytest.raises(ToolUnreachable, match="could not be reached"):
        HttpTools(allowing(gone), 5).fetch(Fetch(url=f"{gone}/"))


def test_an_address_of_our_own_is_refused_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    inside = Outbound(resolve=Names(["10.0.0.7"]).resolve)
    with pytest.raises(Forbidden, match="may not be reached"):
        HttpTools(inside, 5).fetch(Fetch(url="https://intranet.test/"))
    assert '"ToolAddressRefused"' in capsys.readouterr().out


def test_half_a_character_is_not_sent() -> None:
    wanted = Send.model_construct(url="https://a.test/", method="POST", content_type="text/plain", body="\ud800")
    with pytest.raises(Unprocessable):
        HttpTools(Outbound(), 5).send(wanted)


def test_a_body_is_bounded_in_bytes_not_characters() -> None:
    with pytest.raises(Unprocessable):
        HttpTools(Outbound(), 5).send(Send(url="https://a.test/", body="é" * (MOST_BYTES // 2 + 1)))
