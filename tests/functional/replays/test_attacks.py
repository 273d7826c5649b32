"""A replay reaches nothing: not with its token, not by asking for something else, not in another tenant."""

import base64
import json
from typing import Any

import pytest
from ambit_agent import Gateway, Invocation
from starlette.testclient import TestClient

from enforcement.composition import Door
from lambdas.gateway import handler as gateway
from lambdas.models import handler as models
from lambdas.models.app import create_app
from platform_kit.asgi import CONTEXT_HEADER
from platform_kit.errors import Forbidden
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from tests.functional.moto_platform import Answer, event, person, table
from tests.functional.replay_stage import FIRST, LIST, LOOK, MANIFEST, SECOND, Stage, effects, tried

BODIES: dict[str, Any] = {
    "token": {},
    "events": {"events": [{"stream": "assistant", "event": "x", "payload": {}}]},
    "checkpoints": {"state": {"x": 1}},
    "complete": {"status": "succeeded", "output": 1},
    "mcp": {
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "files.write", "arguments": {"name": "a.txt", "contentType": "text/plain", "text": "x"}},
    },
}  # fmt: skip


def quiet(_invocation: Invocation, near: Gateway) -> Any:
    return tried(near, "calculator", expression="1 + 1")


def hostile(_invocation: Invocation, near: Gateway) -> Any:
    """Asks for what has effects, again and again, in several ways."""
    wants = {"name": "stolen.txt", "contentType": "text/plain", "text": "x"}
    return [tried(near, "files.write", **wants), tried(near, "calculator", expression="1 + 1")]


def bound(token: str) -> dict[str, str]:
    """The authoriser's context of a run token."""
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    named = {"runId": "run", "agent": "agent", "versionId": "version", "sessionId": "session", "mode": "mode"}
    context = {name: str(claims[claim]) for name, claim in named.items()}
    return {
        **context, "tenantId": claims["tenant"], "principalId": claims["sub"], "credential": "run",
        "tier": "standard", "roles": "", "scopes": "", "environment": "prod", "attempt": str(claims["attempt"]),
    }  # fmt: skip


def at_gateway(what: str, who: dict[str, str]) -> Answer:
    return Answer.of(gateway.handle(event(f"POST /v1/gateway/{what}", body=BODIES[what], authorizer=who), None))


def test_another_tenants_run_is_not_there(stage: Stage) -> None:
    stage.release(FIRST, quiet)
    run_id = stage.invoke()
    before, calls = effects(), len(stage.runtime.calls)
    assert stage.replay(run_id, person("globex")).status == 404
    assert (effects(), len(stage.runtime.calls)) == (before, calls)
    made = stage.replayed(run_id)
    place = {"id": run_id, "replayId": made["replayId"]}
    for route in (LOOK, LIST):
        assert stage.call(route, person("globex"), path=place).status == 404
        assert stage.call(route, path=place).status == 200


def test_a_replay_of_one_run_is_not_found_by_another(stage: Stage) -> None:
    stage.release(FIRST, quiet)
    one, other = stage.invoke(), stage.invoke()
    place = {"id": other, "replayId": stage.replayed(one)["replayId"]}
    assert stage.call(LOOK, path=place).status == 404


@pytest.mark.parametrize("how", ["stop", "continue"])
def test_a_hostile_agent_that_asks_for_something_else_has_nothing_done(stage: Stage, how: str) -> None:
    stage.release(FIRST, quiet)
    stage.release(SECOND, hostile)
    run_id = stage.invoke()
    before = effects()
    shown = stage.replayed(run_id, version=SECOND, onDivergence=how)
    assert effects() == before
    assert shown["identical"] is False
    assert stage.runtime.calls[-1]["ambit"]["version"] == SECOND


def test_a_replay_has_no_effect_even_where_it_repeats_one(stage: Stage) -> None:
    def writes(_invocation: Invocation, near: Gateway) -> Any:
        return near.tools.call("files.write", name="a.txt", contentType="text/plain", text="x")

    stage.release(FIRST, writes)
    run_id = stage.invoke()
    before = effects()
    shown = stage.replayed(run_id)
    assert effects() == before
    assert shown["identical"] is True


def test_the_token_of_a_replay_that_is_over_opens_nothing(stage: Stage) -> None:
    stage.release(FIRST, quiet)
    stage.replayed(stage.invoke())
    before, replays = effects(), replay_items()
    answers = {what: at_gateway(what, bound(stage.tokens[-1])) for what in BODIES}
    refused = dict.fromkeys(BODIES, (409, "REPLAY_OVER")) | {"complete": (409, "MODE_MISMATCH")}
    assert {what: code(answer) for what, answer in answers.items()} == refused
    assert (effects(), replay_items()) == (before, replays)


def test_the_token_of_a_replay_that_is_going_does_nothing_real(stage: Stage) -> None:
    seen: list[Any] = []

    def during(invocation: Invocation, near: Gateway) -> Any:
        if len(stage.tokens) > 1:
            before = effects()
            seen.extend(code(at_gateway(what, bound(invocation.run_token))) for what in BODIES)
            seen.append(effects() == before)
        return tried(near, "calculator", expression="1 + 1")

    stage.release(FIRST, during)
    stage.replayed(stage.invoke())
    assert seen == [(200, None), (200, None), (200, None), (409, "MODE_MISMATCH"), (409, "REPLAY_DIVERGED"), True]


def test_the_agent_of_a_replay_that_stops_is_answered_nothing_any_more(stage: Stage) -> None:
    def strays(_invocation: Invocation, near: Gateway) -> Any:
        return [tried(near, "calculator", expression=text) for text in ("2 + 2", "1 + 1")]

    stage.release(FIRST, quiet)
    stage.release(SECOND, strays)
    run_id = stage.invoke()
    shown = stage.replayed(run_id, version=SECOND)
    assert [call["result"] for call in shown["calls"]] == ["missing", "added", "added"]
    going_on = stage.replayed(run_id, version=SECOND, onDivergence="continue")
    assert [call["result"] for call in going_on["calls"]] == ["diverged", "added"]


def test_the_token_of_a_replay_asks_no_model(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TENANT_SECRETS": "t", "MODEL_PROVIDERS": "local", "MODEL_SECRET_ARN": "m"}.items():
        monkeypatch.setenv(name, value)
    models.build.cache_clear()
    stage.release(FIRST, quiet, {**MANIFEST, "tools": ["calculator", "model.chat"]})
    answers: list[Any] = []

    def during(invocation: Invocation, near: Gateway) -> Any:
        if len(stage.tokens) > 1:
            http = TestClient(create_app(models.build))
            headers = {CONTEXT_HEADER: json.dumps({"requestId": "r", "authorizer": bound(invocation.run_token)})}
            body = {"model": "local", "messages": [{"role": "user", "content": "hi"}]}
            answers.append(http.post("/v1/gateway/openai/v1/chat/completions", json=body, headers=headers))
        return tried(near, "calculator", expression="1 + 1")

    stage.works[FIRST] = during
    run_id = stage.invoke()
    before = effects()
    shown = stage.replayed(run_id)
    models.build.cache_clear()
    assert answers[0].status_code == 409
    assert answers[0].json()["error"]["code"] == "REPLAY_DIVERGED"
    assert effects() == before
    assert shown["identical"] is False


def test_no_door_opens_the_desk_of_a_run_to_a_replay(stage: Stage) -> None:
    door: Door = gateway._door()
    claims = {"tenantId": "acme", "principalId": "run:x", "credential": "run", "agent": "echo-agent", "mode": "sync"}
    claims |= {"versionId": FIRST, "sessionId": new_id("run"), "runId": new_id("rpl")}
    with pytest.raises(Forbidden):
        door.desks(lambda _run: None)(Identity.from_context(claims))
    with pytest.raises(Forbidden):
        door.replays()(Identity.from_context({**claims, "runId": new_id("run")}))


def test_who_may_only_look_starts_none(stage: Stage) -> None:
    stage.release(FIRST, quiet)
    run_id = stage.invoke()
    assert stage.replay(run_id, person("acme", role="Tenant.Viewer")).status == 403


def test_a_version_that_there_is_not_is_said_to_be_the_one_that_is_not_there(stage: Stage) -> None:
    stage.release(FIRST, quiet)
    told = stage.replay(stage.invoke(), version="ver_" + "e" * 32)
    assert (told.status, told.json["detail"]) == (404, "There is no such version of the agent.")


def test_a_version_that_was_never_approved_is_not_run(stage: Stage) -> None:
    stage.release(FIRST, quiet)
    stage.release(SECOND, hostile, status="candidate")
    run_id = stage.invoke()
    calls = len(stage.runtime.calls)
    assert stage.replay(run_id, version=SECOND).status == 409
    assert len(stage.runtime.calls) == calls


def code(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.json.get("code")


def replay_items() -> list[Any]:
    return [item for item in table("runs").scan()["Items"] if item["sk"].startswith("REPLAY#")]
