"""The handler on exchanges as AWS's documentation shows them: `documented.json` says from which page they are."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from lambdas.interceptors import models
from tests.functional.interceptors.conftest import Body, World

DOCUMENTED: Final = json.loads((Path(__file__).parent / "documented.json").read_text())


def filled(world: World, run: Body, exchange: Body) -> Body:
    """An exchange with a real token and session in the places for them."""
    text = json.dumps(exchange).replace("<bearer_token>", f"Bearer {world.token(run)}").replace("<session_id>", "s-1")
    return dict(json.loads(text))


def shape(output: Any, kind: str) -> None:
    """As the documentation has it: the same names on each level down to the body, and no others."""
    expected = DOCUMENTED["outputs"][kind]
    assert output["interceptorOutputVersion"] == expected["interceptorOutputVersion"]
    assert {name: set(part) for name, part in output["mcp"].items()} == {
        name: set(part) for name, part in expected["mcp"].items()
    }


def test_the_page_that_the_shapes_are_from_is_named_where_they_are_read() -> None:
    assert DOCUMENTED["source"] in str(models.__doc__)


@pytest.mark.parametrize("what", ["list", "call"])
def test_a_documented_request_passes_and_its_documented_response_too(world: World, what: str) -> None:
    run = world.start()
    passed = world.handle(filled(world, run, DOCUMENTED["requests"][what]), None)
    shape(passed, "passes")
    asked = DOCUMENTED["requests"][what]["mcp"]["gatewayRequest"]["body"]
    sent = passed["mcp"]["transformedGatewayRequest"]
    assert (sent["body"]["id"], sent["body"]["method"]) == (asked["id"], asked["method"])
    assert sent["headers"]["SomeHeader"] == "headerValue1"
    answered = world.handle(filled(world, run, DOCUMENTED["responses"][what]), None)
    shape(answered, "answers")
    response = answered["mcp"]["transformedGatewayResponse"]
    assert (response["statusCode"], response["headers"]) == (200, {"Mcp-Session-Id": "s-1"})
    assert "result" in response["body"]


@pytest.mark.parametrize("what", ["list", "call"])
def test_a_documented_request_without_headers_is_answered_at_once(world: World, what: str) -> None:
    exchange = filled(world, world.start(), DOCUMENTED["requests"][what])
    del exchange["mcp"]["gatewayRequest"]["headers"]
    refused = world.handle(exchange, None)
    shape(refused, "answers")
    assert refused["mcp"]["transformedGatewayResponse"]["statusCode"] == 401


@pytest.mark.parametrize("event", ["first event", "later event"])
def test_a_documented_event_of_a_stream_gives_the_agent_nothing(world: World, event: str) -> None:
    run = world.start()
    world.handle(filled(world, run, DOCUMENTED["requests"]["call"]), None)
    answered = world.handle(filled(world, run, DOCUMENTED["streamed"][event]), None)
    shape(answered, "answers")
    assert answered["mcp"]["transformedGatewayResponse"]["body"]["result"]["isError"] is True
    assert "Tool result" not in str(answered)
    assert "Confirm this action" not in str(answered)
