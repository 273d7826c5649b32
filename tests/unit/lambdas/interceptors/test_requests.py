import json
from typing import Any

import pytest

from enforcement.rpc import RpcRefused
from lambdas.interceptors.models import Exchange
from lambdas.interceptors.requests import is_notification, message_of, params_of, rebuilt

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "a", "_meta": {"progressToken": 1}}}


def exchange(body: Any, raw: Any = None) -> Exchange:
    request = {"httpMethod": "POST", "body": body}
    return Exchange.model_validate({"rawGatewayRequest": {"body": raw}, "gatewayRequest": request})


@pytest.mark.parametrize("raw", [None, json.dumps(CALL), json.dumps(CALL, indent=2), "cut off {", "", b"x", {"id": 2}])
def test_a_message_is_read_as_the_gateway_has_read_it(raw: Any) -> None:
    assert message_of(exchange(CALL, raw)) == CALL


@pytest.mark.parametrize(
    "raw", ["[]", "{}", "1", json.dumps({**CALL, "id": 2}), json.dumps(CALL)[:-1] + ',"id":1}', f"[{json.dumps(CALL)}]"]
)
def test_what_can_be_read_in_two_ways_is_refused(raw: str) -> None:
    with pytest.raises(RpcRefused) as refused:
        message_of(exchange(CALL, raw))
    assert refused.value.status == 400


def test_a_message_without_an_id_is_a_notification() -> None:
    assert is_notification({"method": "x"})
    assert not is_notification({"method": "x", "id": 0})


@pytest.mark.parametrize("method", ["initialize", "ping", "tools/list", "tools/call"])
def test_the_methods_of_tools_are_let_through(method: str) -> None:
    assert params_of({"method": method}) == {}


@pytest.mark.parametrize("method", ["resources/list", "sampling/createMessage", "completion/complete", "", "Ping"])
def test_no_other_method_is(method: str) -> None:
    with pytest.raises(RpcRefused):
        params_of({"method": method})


def test_a_message_is_made_anew_of_what_was_decided_on() -> None:
    assert rebuilt({**CALL, "more": 1}, {"name": "a"}) == {**CALL, "params": {"name": "a"}}
    assert rebuilt(CALL) == {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
