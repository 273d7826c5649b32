"""Calls of models that policy wants people to decide about: held, decided, made once, exactly as they were asked."""

from collections.abc import Iterator
from typing import Any

import pytest

from data_access_lib.client import TenantScopedTable
from enforcement import composition
from lambdas.gateway import handler as gateway
from tests.functional.approvals.conftest import ADMIN, DECIDE, GLOBEX, OTHER, SHOW
from tests.functional.models.conftest import Made, ModelWorld, Run, events_of, text_of
from tests.functional.moto_platform import Answer, event, table
from tests.stores import HandClock

KEY = "AKIAIOSFODNN7EXAMPLE"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    """One clock for the doors and the approvals' API."""
    from lambdas.approvals import handler as approvals

    monkeypatch.setenv("RUN_TOKEN_KEY_ARN", "arn:key")
    made = HandClock()
    for module in (approvals, composition):
        monkeypatch.setattr(module, "SystemClock", lambda: made)
    return made


@pytest.fixture
def held(clock: HandClock, world: ModelWorld) -> Iterator[ModelWorld]:
    """A world whose policy asks for every call of a model, with a provider that answers."""
    from lambdas.approvals import handler as approvals

    for cached in (approvals.build, approvals._dynamodb, approvals._secrets, gateway.build, gateway._door):
        cached.cache_clear()  # type: ignore[attr-defined]  # functools.cache
    world.runs.override({"autonomyTier": 0})
    world.provider = Made(["fine"])
    yield world
    approvals.build.cache_clear()


def asked(world: ModelWorld, run: Run, text: str = "hello", **more: Any) -> dict[str, Any]:
    """The refusal of a call that is held."""
    answer = world.ask(run, text, **more)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "NEEDS_APPROVAL"), answer.text
    return dict(error)


def decide(approval_id: str, decision: str = "approve", who: dict[str, str] = OTHER) -> Answer:
    from lambdas.approvals import handler

    body = {"decision": decision, "reason": "looked at it"}
    return Answer.of(handler.handle(event(DECIDE, authorizer=who, path={"id": approval_id}, body=body), None))


def show(approval_id: str, who: dict[str, str] = ADMIN) -> Answer:
    from lambdas.approvals import handler

    return Answer.of(handler.handle(event(SHOW, authorizer=who, path={"id": approval_id}), None))


def asked_of(world: ModelWorld) -> list[str]:
    """The texts that reached the provider."""
    assert world.provider is not None
    return [request.messages[0].text for request in world.provider.asked]


def test_a_call_is_held_in_openais_shape_and_nothing_is_asked_or_charged(held: ModelWorld) -> None:
    run = held.start()

    error = asked(held, run)

    assert error["type"] == "permission_error"
    assert error["approvalId"].startswith("apr_")
    assert error["approval"]["requiredApprovals"] == ["Tenant.Developer"]
    assert asked_of(held) == []
    record = held.runs.record(run)
    assert (int(record.get("toolCalls") or 0), int(record.get("heldPico") or 0)) == (0, 0)


def test_openais_client_is_told_not_to_try_again_by_itself(held: ModelWorld) -> None:
    assert held.ask(held.start()).headers["x-should-retry"] == "false"


@pytest.mark.parametrize("stream", [False, True])
def test_an_approved_call_is_made_once(held: ModelWorld, *, stream: bool) -> None:
    run = held.start()
    approval_id = asked(held, run, stream=stream)["approvalId"]
    assert decide(approval_id).json["status"] == "approved"

    answer = held.ask(run, "hello", stream=stream)

    said = text_of(events_of(answer)) if stream else answer.json()["choices"][0]["message"]["content"]
    assert said == "fine"
    assert show(approval_id).json["status"] == "consumed"
    (call,) = held.told(run, "call")
    assert call["approvalId"] == approval_id
    assert asked(held, run, stream=stream)["approvalId"] != approval_id
    assert asked_of(held) == ["hello"]


def test_who_decides_sees_every_message(held: ModelWorld) -> None:
    shown = show(asked(held, held.start(), "wire the money")["approvalId"]).json

    assert shown["tool"] == "model.chat"
    assert shown["arguments"]["messages"] == [{"role": "user", "content": "wire the money"}]


@pytest.mark.parametrize(
    "change",
    [{"text": "hello!"}, {"temperature": 0.5}, {"model": "small"}, {"stream": True}, {"max_tokens": 9}],
    ids=lambda change: next(iter(change)),
)
def test_what_was_granted_is_good_for_nothing_else(held: ModelWorld, change: dict[str, Any]) -> None:
    run = held.start()
    approval_id = asked(held, run)["approvalId"]
    decide(approval_id)

    other = asked(held, run, **change)

    assert other["approvalId"] != approval_id
    assert show(approval_id).json["status"] == "void"
    assert asked(held, run)["approvalId"] not in {approval_id, other["approvalId"]}
    assert asked_of(held) == []


def test_another_run_or_tenant_cannot_use_it(held: ModelWorld) -> None:
    held.runs.override({"autonomyTier": 0}, "globex")
    approval_id = asked(held, held.start())["approvalId"]
    decide(approval_id)

    assert asked(held, held.start())["approvalId"] != approval_id
    assert asked(held, held.start("globex"))["approvalId"] != approval_id
    assert decide(approval_id, who=GLOBEX).status == 404
    assert asked_of(held) == []


def test_a_call_that_was_denied_stays_denied(held: ModelWorld) -> None:
    run = held.start()
    decide(asked(held, run)["approvalId"], "deny")

    refused = held.ask(run, "hello")

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "APPROVAL_DENIED")
    assert asked_of(held) == []


def test_the_gateways_wait_knows_the_approval_of_a_model_call(held: ModelWorld) -> None:
    run = held.start()
    approval_id = asked(held, run)["approvalId"]
    waiting = gateway_of(run, approval_id)
    decide(approval_id)

    assert (waiting.json["status"], gateway_of(run, approval_id).json["status"]) == ("pending", "approved")
    assert gateway_of(held.start(), approval_id).status == 404


def gateway_of(run: Run, approval_id: str) -> Answer:
    from tests.functional.gateway.conftest import token_of

    route = "POST /v1/gateway/approvals/{id}"
    asking = event(route, authorizer=token_of(run), path={"id": approval_id}, body={"waitSeconds": 0})
    return Answer.of(gateway.handle(asking, None))


def test_a_grant_does_not_carry_a_secret_past_the_guardrails(held: ModelWorld) -> None:
    run = held.start()
    decide(asked(held, run, f"my key is {KEY}")["approvalId"])

    assert held.ask(run, f"my key is {KEY}").status_code == 200
    assert asked_of(held) == ["my key is [AWS_KEY]"]


def test_asking_stands_in_the_tenants_audit_chain(held: ModelWorld) -> None:
    approval_id = asked(held, held.start())["approvalId"]

    entries = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#acme#AUDIT"]
    assert [(item["action"], item["target"]) for item in entries] == [("approval.requested", approval_id)]


def test_while_approvals_cannot_be_read_nothing_is_asked(held: ModelWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    run = held.start()
    decide(asked(held, run)["approvalId"])
    real = TenantScopedTable.get

    def failing(self: TenantScopedTable, key: Any, **more: Any) -> Any:
        if "APPROV" in key.pk:
            raise RuntimeError("broken")
        return real(self, key, **more)

    monkeypatch.setattr(TenantScopedTable, "get", failing)

    assert held.ask(run, "hello").status_code == 500
    assert asked_of(held) == []
