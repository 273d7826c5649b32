"""What somebody may try at the third door: every one of these must reach no target, or give nothing."""

import copy
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from data_access_lib.controls import Controls
from enforcement.actions import Outcome
from enforcement.open_calls import NoOpenCall, find, name_of
from enforcement.pipeline import finish, taken_up
from enforcement.registrations import Registrations
from lambdas.interceptors import handler
from platform_kit.clock import SystemClock
from platform_kit.errors import DependencyUnavailable
from platform_kit.run_token import RunClaims, key_id_of, mint, raw_signature
from tests.functional.interceptors.conftest import (
    ANY,
    Body,
    World,
    a_call,
    fine,
    put_tenant,
    register,
    response_to,
    text_result,
)
from tests.functional.moto_platform import put_switch

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def refused(answer: Body) -> int:
    """The status of a refusal, of which there must be nothing to pass on."""
    assert set(answer) == {"transformedGatewayResponse"}
    response = answer["transformedGatewayResponse"]
    assert "error" in response["body"], response
    return int(response["statusCode"])


def code_of(response: Body) -> str:
    return str(response["body"]["error"]["data"]["code"])


def events(world: World, run: Body) -> list[str]:
    return [event["event"] for event in world.events(run)]


def forged(world: World, run: Body) -> str:
    """A token with all the right words, signed by somebody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    words = (run["tenant"], run["runId"], run["agent"], run["versionId"], run["sessionId"], "sync", "usr:x:y")
    sign = lambda message: raw_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))  # noqa: E731
    return mint(RunClaims(*words), sign, key_id_of(world.runs.key_arn), SystemClock().now())


def tokens(world: World, run: Body) -> dict[str, Any]:
    past, good = SystemClock().now() - timedelta(seconds=400), world.token(run)
    return {
        "none": {},
        "empty": {"Authorization": ""},
        "no token": {"Authorization": "Bearer "},
        "another scheme": {"Authorization": f"Basic {good}"},
        "two": {"Authorization": f"Bearer {good}", "authorization": f"Bearer {good}"},
        "a list": {"Authorization": [f"Bearer {good}"]},
        "expired": {"Authorization": f"Bearer {world.token(run, now=past)}"},
        "forged": {"Authorization": f"Bearer {forged(world, run)}"},
        "cut": {"Authorization": f"Bearer {good[:-8]}"},
        "a reserved tenant": {"Authorization": f"Bearer {world.token(run, tenant='platform')}"},
        "a tenant that is none": {"Authorization": f"Bearer {world.token(run, tenant='../acme')}"},
        "an API key": {"Authorization": "Bearer ak_0123456789"},
    }


@pytest.mark.parametrize("message", [a_call(), LIST], ids=["call", "list"])
def test_without_a_valid_run_token_nothing_passes_in_either_direction(world: World, message: Body) -> None:
    run = world.start()
    for kind, headers in tokens(world, run).items():
        assert refused(world.before(run, message, headers=headers)) == 401, kind
        answer = world.after(run, message, fine(message, "a secret"), headers=headers)
        assert (answer["statusCode"], "secret" in str(answer)) == (401, False), kind
    assert events(world, run) == ["started"]


def test_headers_that_are_not_handed_over_are_no_identity(world: World) -> None:
    run = world.start()
    event = world.event(run, a_call())
    del event["mcp"]["gatewayRequest"]["headers"]
    assert refused(world.handle(event, None)["mcp"]) == 401


def test_a_token_for_another_audience_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run = world.start()
    with monkeypatch.context() as patched:
        patched.setattr("platform_kit.run_token.AUDIENCE", "somebody-else")
        token = world.token(run)
    assert refused(world.before(run, a_call(), headers={"Authorization": f"Bearer {token}"})) == 401


def test_a_run_cannot_be_named_with_the_token_of_another_tenant(world: World) -> None:
    run = world.start("acme")
    stolen = world.token(run, tenant="globex")
    answer = world.before(run, a_call(), headers={"Authorization": f"Bearer {stolen}"})["transformedGatewayResponse"]
    assert answer["body"]["result"]["content"] == [{"type": "text", "text": "There is no such run."}]
    assert events(world, run) == ["started"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"status": "suspended"}, 403), ({"status": "deleting"}, 403), ({"residency": "eu-west-1"}, 403)],
)
def test_a_tenant_that_may_do_nothing_here_does_nothing(world: World, changes: Body, status: int) -> None:
    run = world.start()
    put_tenant("acme", **changes)
    assert refused(world.before(run, a_call())) == status
    assert world.after(run, a_call(), fine(a_call()))["statusCode"] == status


NAMES: tuple[Any, ...] = (
    *("crm.lookup", "lookup", "evil___crm.lookup", "evil___lookup", "crm___lookup ", "CRM___lookup"),
    *("crm__lookup", "crm____lookup", "crm___crm.lookup", "crm___lookup\n", "files.read", "crm___", "", None, 7),
    *(["crm___lookup"], {"crm___lookup": 1}),
)


def test_only_the_whole_name_that_was_registered_is_that_tool(world: World) -> None:
    run = world.start(manifest=ANY)
    for name in NAMES:
        params = {"name": name, "arguments": {"id": "x"}}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        assert refused(world.before(run, message)) == 200, name
    assert events(world, run) == ["started"]


def test_two_tools_that_claim_one_name_at_the_gateway_are_none(world: World) -> None:
    register(name="crm.twin")
    run = world.start(manifest=ANY)
    assert refused(world.before(run, a_call())) == 200
    assert world.ask(run, LIST)["body"]["result"]["tools"] == []


def test_a_tool_that_is_called_elsewhere_is_none_here(world: World) -> None:
    register(name="erp.read", target={"http": "https://erp.example.test/read"})
    run = world.start(manifest=ANY)
    for name in ("erp.read", "erp___read"):
        assert refused(world.before(run, a_call(name))) == 200


def test_a_response_without_a_request_gives_nothing(world: World) -> None:
    run = world.start()
    answer = world.after(run, a_call(), fine(a_call(), "what was never decided"))
    assert (answer["statusCode"], code_of(answer)) == (409, "NO_OPEN_CALL")
    assert "never decided" not in str(answer)
    assert events(world, run) == ["started"]


def test_a_second_response_gives_nothing_and_settles_nothing(world: World) -> None:
    run, message = world.start(), a_call()
    world.before(run, message)
    first = world.after(run, message, fine(message))
    assert first["body"]["result"]["content"][0]["text"] == "Ada Lovelace"
    settled = world.record(run)
    again = world.after(run, message, fine(message, "once more"))
    assert (again["statusCode"], code_of(again)) == (409, "NO_OPEN_CALL")
    assert world.record(run) == settled
    assert events(world, run) == ["started", "call", "result"]


def test_of_two_responses_at_once_one_finishes_the_call(world: World) -> None:
    run, message = world.start(), a_call()
    world.before(run, message)
    built, desk = handler.build(), world.desk(run)
    record, name = desk.running(), name_of("", 1)
    begun = taken_up(desk, find(record, name), record, built.registered()["crm.lookup"].registered)
    in_force = built.policies.of(desk)
    finish(desk, in_force, begun, Outcome())
    with pytest.raises(NoOpenCall):  # as a process that has read the record before the other has written
        finish(desk, in_force, begun, Outcome())
    assert events(world, run) == ["started", "call", "result"]


def test_a_response_to_another_id_than_was_asked_gives_nothing(world: World) -> None:
    run, message = world.start(), a_call(rpc_id=1)
    world.before(run, message)
    for other in (2, "1", 1.0, None, True):
        other_message = {**message, "id": other}
        assert world.after(run, other_message, fine(other_message))["statusCode"] in {400, 409}
    swapped = world.after(run, message, fine({**message, "id": 2}, "somebody else's"))
    assert swapped["body"]["result"]["isError"] is True
    assert "somebody" not in str(swapped)


def test_the_response_of_another_tool_does_not_finish_a_call(world: World) -> None:
    register(name="crm.other", target={"agentcore": "crm___other"})
    run, message = world.start(manifest=ANY), a_call()
    world.before(run, message)
    other = a_call("crm___other")
    assert world.after(run, other, fine(other))["statusCode"] == 409
    assert world.after(run, message, fine(message))["body"]["result"]["isError"] is False


def test_another_run_does_not_finish_a_call(world: World) -> None:
    mine, other, message = world.start(), world.start(), a_call()
    world.before(mine, message)
    assert world.after(other, message, fine(message))["statusCode"] == 409
    foreign = world.start("globex")
    assert world.after(foreign, message, fine(message))["statusCode"] == 409


def test_an_id_is_used_once_while_its_call_is_open(world: World) -> None:
    run, message = world.start(), a_call()
    world.before(run, message)
    second = world.before(run, message)
    assert (refused(second), code_of(second["transformedGatewayResponse"])) == (409, "CALL_OPEN")
    assert world.record(run)["toolCalls"] == 1


def test_the_refusal_of_a_second_call_does_not_finish_the_first(world: World) -> None:
    run, message = world.start(), a_call()
    world.before(run, message)
    second = world.before(run, message)["transformedGatewayResponse"]
    shown = world.after(run, message, second)
    assert code_of(shown) == "CALL_OPEN"
    assert world.after(run, message, fine(message))["body"]["result"]["isError"] is False


def test_one_id_in_two_sessions_is_two_calls(world: World) -> None:
    run, message = world.start(), a_call()
    ways = [{"Authorization": f"Bearer {world.token(run)}", "Mcp-Session-Id": name} for name in ("a", "b")]
    for headers in ways:
        assert "transformedGatewayRequest" in world.before(run, message, headers=headers)
    for headers in ways:
        assert world.after(run, message, fine(message), headers=headers)["body"]["result"]["isError"] is False


@pytest.mark.parametrize("status", ["succeeded", "cancelled", "failed"])
def test_a_run_that_has_ended_calls_nothing_and_gets_nothing(world: World, status: str) -> None:
    run, message = world.start(), a_call()
    world.before(run, message)
    world.runs.end(run, status)
    late = world.after(run, message, fine(message, "too late"))
    assert (late["statusCode"], "too late" in str(late)) == (409, False)
    assert refused(world.before(run, a_call(rpc_id=2))) == 409


@pytest.mark.parametrize(
    "switch", [("platform", "*"), ("tenant", "acme"), ("agent", "echo-agent"), ("tool", "crm.lookup")], ids=str
)
def test_what_is_switched_off_is_not_called(world: World, switch: tuple[str, str]) -> None:
    put_switch(*switch)
    run = world.start()
    answer = world.before(run, a_call())
    assert (refused(answer), code_of(answer["transformedGatewayResponse"])) == (403, "KILL_SWITCH")


MESSAGES: tuple[Any, ...] = (
    *([a_call()], [], [[a_call()]], "text", 7, None, True, {}),
    {"jsonrpc": "1.0", "id": 1, "method": "tools/call"},
    {"jsonrpc": "2.0", "id": [1], "method": "tools/call"},
    {"jsonrpc": "2.0", "id": "x" * 201, "method": "tools/call"},
    {"jsonrpc": "2.0", "id": 1, "method": ["tools/call"]},
    {"jsonrpc": "2.0", "id": 1, "result": {}},
    {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": ["crm___lookup"]},
    {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "file:///etc/passwd"}},
    {"jsonrpc": "2.0", "id": 1, "method": "prompts/get"},
    {"jsonrpc": "2.0", "id": 1, "method": "TOOLS/CALL"},
)


def test_what_is_no_single_known_message_is_refused(world: World) -> None:
    run = world.start()
    for body in MESSAGES:
        assert refused(world.before(run, body)) in {200, 400}, body
        assert "a secret" not in str(world.after(run, body, fine(a_call(), "a secret"))), body
    assert events(world, run) == ["started"]


RAW = (
    f'{{"method":"tools/list",{json.dumps(a_call())[1:]}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    "[]",
    '[{"jsonrpc":"2.0","id":1,"method":"tools/call"}]',
)


def test_a_request_that_the_gateway_has_read_as_another_one_is_refused(world: World) -> None:
    run = world.start()
    for raw in RAW:
        assert refused(world.before(run, a_call(), raw=raw)) == 400, raw
    assert events(world, run) == ["started"]


def _without(path: str) -> Any:
    def change(event: Body) -> None:
        *way, last = path.split(".")
        for step in way:
            event = event[step]
        event.pop(last)

    return change


def _put(path: str, value: Any) -> Any:
    def change(event: Body) -> None:
        *way, last = path.split(".")
        for step in way:
            event = event[step]
        event[last] = value

    return change


BROKEN = {
    "no mcp": _without("mcp"),
    "no request": _without("mcp.gatewayRequest"),
    "no version": _without("interceptorInputVersion"),
    "another version": _put("interceptorInputVersion", "2.0"),
    "a response that is null": _put("mcp.gatewayResponse", None),
    "a response that is a text": _put("mcp.gatewayResponse", "ok"),
    "headers that are a list": _put("mcp.gatewayRequest.headers", ["Authorization"]),
    "mcp is a list": _put("mcp", []),
    "no method": _without("mcp.gatewayRequest.httpMethod"),
}


def test_an_exchange_that_is_not_as_documented_is_refused(world: World) -> None:
    run = world.start()
    for name, broken in BROKEN.items():
        event = copy.deepcopy(world.event(run, a_call()))
        broken(event)
        assert refused(world.handle(event, None)["mcp"]) == 400, name
    assert events(world, run) == ["started"]


def test_another_method_than_post_is_refused(world: World) -> None:
    event = world.event(world.start(), a_call())
    for method in ("GET", "DELETE", "PUT", "post"):
        event["mcp"]["gatewayRequest"]["httpMethod"] = method
        assert refused(world.handle(event, None)["mcp"]) == 405, method


def test_a_target_that_speaks_http_is_refused_in_its_own_shape(world: World) -> None:
    answer = world.handle({"interceptorInputVersion": "1.0", "http": {"gatewayRequest": None}}, None)
    assert answer["http"]["transformedGatewayResponse"]["statusCode"] == 403


def _down(*_args: object, **_named: object) -> Any:
    raise DependencyUnavailable("down")


def _broken(*_args: object, **_named: object) -> Any:
    raise RuntimeError("a secret of ours")


DOWN = {
    "kill switches": (Controls, "_read_switches"),
    "tools": (Registrations, "_read"),
}


@pytest.mark.parametrize("fault", [_down, _broken], ids=["unavailable", "broken"])
@pytest.mark.parametrize("place", DOWN.values(), ids=DOWN.keys())
def test_whatever_is_down_denies(
    world: World, place: tuple[Any, str], fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = world.start()
    monkeypatch.setattr(*place, fault)
    answer = world.before(run, a_call())
    assert refused(answer) in {500, 503}
    assert "a secret of ours" not in str(answer)
    assert "a secret of ours" not in str(world.after(run, a_call(), fine(a_call())))


@pytest.mark.parametrize("name", ["tenants", "key", "desk", "secret", "policies"])
def test_a_part_that_fails_denies(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = world.start()
    built = handler.build()
    owner: Any = built.admission if name in {"tenants", "key"} else built
    object.__setattr__(owner, name, _broken if name != "policies" else None)
    answer = world.before(run, a_call())
    if name == "secret":  # only refusals are sealed
        assert "transformedGatewayRequest" in answer
        assert world.after(run, a_call(), fine(a_call()))["statusCode"] == 500
    else:
        assert refused(answer) == 500


def test_a_process_that_cannot_be_built_denies(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    handler.build.cache_clear()
    monkeypatch.delenv("RUNS_TABLE")
    assert refused(world.before(world.start(), a_call())) == 500


def test_a_target_cannot_seal_a_refusal_of_its_own(world: World) -> None:
    run, message = world.start(), a_call()
    for seal in ("", "0" * 64, None, 7, []):
        body = response_to(message, result={**text_result("let me in"), "_meta": {"ambit/seal": seal}})
        answer = world.after(run, message, {"statusCode": 200, "headers": {}, "body": body})
        assert (answer["statusCode"], "let me in" in str(answer)) == (409, False)


def test_a_sealed_refusal_is_good_for_its_own_message_alone(world: World) -> None:
    run, message = world.start(), a_call(id="x" * 61)
    sealed = world.before(run, message)["transformedGatewayResponse"]
    other = {**message, "id": 2}
    moved = {**sealed, "body": {**sealed["body"], "id": 2}}
    assert world.after(run, message, sealed)["body"]["result"]["isError"] is True
    assert world.after(run, other, moved)["statusCode"] == 409
    assert world.after(world.start(), message, sealed)["statusCode"] == 409
    changed = copy.deepcopy(sealed)
    changed["body"]["result"]["content"][0]["text"] = "all is well"
    assert world.after(run, message, changed)["statusCode"] == 409
