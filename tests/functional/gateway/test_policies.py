"""What policy stops between a running agent and its tools: attacks first, and everything broken among them."""

from typing import Any

import pytest

from data_access_lib.errors import StoreUnavailable
from enforcement.policies import CACHE_SECONDS
from lambdas.bridge.decisions import decisions
from lambdas.bridge.models import PolicyDecision
from lambdas.gateway import handler
from tests.functional.gateway.conftest import TOOLS, World, text_of
from tests.functional.moto_platform import Answer, table

FILE = {"name": "a.txt", "contentType": "text/plain", "text": "x"}


def write(world: World, run: dict[str, Any], **changes: Any) -> Answer:
    return world.tool(run, "files.write", **{**FILE, **changes})


def rule_of(answer: Answer) -> str:
    assert answer.status == 200
    assert answer.json["result"]["isError"] is True, answer.json
    return str(answer.json["result"]["structuredContent"]["ruleId"])


def policy_events(world: World, run: dict[str, Any]) -> list[dict[str, Any]]:
    return [event["payload"] for event in world.events(run) if event["event"] == "policy"]


def files_of(tenant: str = "acme") -> list[Any]:
    return [item for item in table("runs").scan()["Items"] if item["pk"].startswith(f"TENANT#{tenant}#FILE#")]


@pytest.mark.parametrize(
    ("manifest", "override", "rule"),
    [
        ({"tools": ["files.read"]}, None, "deny-not-granted"),
        ({"tools": []}, None, "deny-not-granted"),
        ({}, None, "deny-not-granted"),
        ({"tools": ["files.write"], "policy": "strict"}, None, "deny-not-granted"),
        (None, {"tools": [{"name": "files.read"}]}, "deny-not-granted"),
        (None, {"tools": [{"name": "files.*"}, {"name": "files.write", "actions": []}]}, "deny-action"),
        (None, {"dataScopes": ["files.read"]}, "deny-data-scope"),
        (None, {"maxCostPerRun": "0.00001"}, "deny-cost"),
        (
            None,
            {"tools": [{"name": "files.write", "constraints": [{"argument": "/name", "prefix": "reports-"}]}]},
            "deny-argument",
        ),
        (None, {"tools": [{"name": "files.write", "maxCallsPerRun": 0}]}, "deny-call-limit"),
    ],
)
def test_a_call_outside_the_envelope_is_refused_and_nothing_is_done(
    world: World, manifest: Any, override: Any, rule: str
) -> None:
    run = world.start(manifest=manifest)
    if override is not None:
        world.override(override)
    answer = write(world, run)
    assert rule_of(answer) == rule
    assert text_of(answer).startswith(f"Refused by policy ({rule}): ")
    assert answer.json["result"]["structuredContent"]["code"] == "POLICY_DENIED"
    assert files_of() == []
    assert world.record(run)["toolCalls"] == 0
    [told] = policy_events(world, run)
    assert {"tool": "files.write", "decision": "DENY", "ruleId": rule, "type": "policy"}.items() <= told.items()
    why = {"tool", "decision", "ruleId", "risk", "explanation", "type", "arguments", "basis"}
    assert set(told) == {*why, "governor"}


@pytest.mark.parametrize(
    "twin",
    ["Files.write", "FILES.WRITE", "files.write ", "files.wr\u0131te", "files\uff0ewrite", "files.write\u200b", "*"],
)
def test_a_twin_of_a_tools_name_is_no_tool(world: World, twin: str) -> None:
    run = world.start()
    answer = world.tool(run, twin, **FILE)
    assert answer.json["error"]["code"] == -32602
    assert "files.write" not in answer.json["error"]["message"]
    assert files_of() == []


def test_the_runs_reply_tells_what_the_gateway_wrote(world: World) -> None:
    run = world.start()
    world.override({"tools": [{"name": "files.*", "maxCallsPerRun": 1}]})
    write(world, run)
    write(world, run)
    made, refused = decisions(world.events(run))
    assert (made["outcome"], made["decision"], made["tool"]) == ("made", "ALLOW", "files.write")
    assert {"ruleId", "risk", "explanation", "policyId", "version", "callId"} <= set(made)
    assert (refused["outcome"], refused["decision"], refused["ruleId"]) == ("refused", "DENY", "deny-call-limit")
    for shown in (made, refused):
        PolicyDecision.model_validate(shown)


def test_calls_beyond_the_limit_of_one_tool_are_refused(world: World) -> None:
    run = world.start()
    world.override({"tools": [{"name": "files.*", "maxCallsPerRun": 2}]})
    assert [write(world, run).json["result"]["isError"] for _ in range(2)] == [False, False]
    assert rule_of(write(world, run)) == "deny-call-limit"
    missing = world.tool(run, "files.read", fileId="fil_" + "0" * 32)
    assert "no such file" in text_of(missing)  # the other tool has a count of its own
    assert write(world, world.start()).json["result"]["isError"] is False


def test_an_override_that_widens_gives_nothing_more(world: World) -> None:
    """The API refuses to store one; whoever writes past it gains nothing."""
    run = world.start(manifest={"tools": ["files.read"]})
    world.override({"autonomyTier": 5, "tools": [{"name": "*"}], "dataScopes": ["*"], "maxCostPerRun": "999"})
    assert rule_of(write(world, run)) == "deny-not-granted"


def test_another_tenants_policy_counts_for_that_tenant_alone(world: World) -> None:
    world.override({"tools": []}, "globex")
    world.override({"tools": []}, agent="analyst-agent")
    assert write(world, world.start()).json["result"]["isError"] is False
    assert rule_of(write(world, world.start("globex"))) == "deny-not-granted"


def test_what_needs_an_approval_is_refused_and_says_whose(world: World) -> None:
    run = world.start()
    world.override({"autonomyTier": 0}, agent=None)
    answer = write(world, run)
    told = answer.json["result"]["structuredContent"]
    assert (told["code"], told["requiredApprovals"]) == ("NEEDS_APPROVAL", ["Tenant.Developer"])
    assert "Tenant.Developer" in text_of(answer)
    (asked,) = [event["payload"] for event in world.events(run) if event["event"] == "approval"]
    assert (asked["approvalId"], asked["status"]) == (told["approvalId"], "pending")
    assert files_of() == []


@pytest.mark.parametrize(
    "broken", ['{"tools": "all"}', "not json", "[]", "null", '{"unknown": 1}', '{"maxCostPerRun": "NaN"}', ""]
)
def test_a_broken_stored_override_stops_every_tool(world: World, broken: str) -> None:
    run = world.start()
    world.override({})
    [item] = [item for item in table("control").scan()["Items"] if item["pk"] == "TENANT#acme#POLICYBINDING"]
    table("control").put_item(Item={**item, "override": broken})
    for answer in (write(world, run), world.rpc(run, "tools/list")):
        assert (answer.status, answer.json["code"]) == (503, "DEPENDENCY_UNAVAILABLE")
        assert broken not in answer.json["detail"] or not broken
    assert files_of() == []
    assert world.record(run)["toolCalls"] == 0


@pytest.mark.parametrize("missing", ["override", "policyId", "version"])
def test_a_binding_that_lacks_a_part_stops_every_tool(world: World, missing: str) -> None:
    run = world.start()
    world.override({})
    [item] = [item for item in table("control").scan()["Items"] if item["pk"] == "TENANT#acme#POLICYBINDING"]
    table("control").put_item(Item={name: value for name, value in item.items() if name != missing})
    assert write(world, run).status == 503


@pytest.mark.parametrize("manifest", [{"policy": "none", "tools": ["files.write"]}, {"tools": "files.write"}, [1]])
def test_a_broken_manifest_stops_every_tool(world: World, manifest: Any) -> None:
    assert write(world, world.start(manifest=manifest)).status == 503


def test_a_version_that_is_not_there_stops_every_tool(world: World) -> None:
    run = world.start()
    table("control").delete_item(Key={"pk": "TENANT#platform#VERSION#echo-agent", "sk": run["versionId"]})
    assert write(world, run).status == 503


def test_a_run_whose_cost_cannot_be_told_calls_nothing(world: World) -> None:
    for fields in ({"priceVersion": "1999-01"}, {"startedAt": "yesterday"}):
        run = world.start(**fields)
        assert write(world, run).status == 503
        assert world.record(run)["toolCalls"] == 0


def test_an_unreadable_store_allows_nothing_and_is_not_remembered(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = world.start()
    with monkeypatch.context() as patch:
        from data_access_lib.repositories.policies import Policies

        def unreadable(*_: Any) -> Any:
            raise StoreUnavailable

        patch.setattr(Policies, "in_force", unreadable)
        assert write(world, run).status == 503
        assert '"PolicyUnavailable"' in capsys.readouterr().out
    assert write(world, run).json["result"]["isError"] is False


def test_what_was_in_force_is_forgotten_after_fifteen_seconds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(handler.build().mcp.policies, "_monotonic", lambda: now)
    run = world.start()
    assert write(world, run).json["result"]["isError"] is False
    world.override({"tools": [{"name": "files.read"}]})
    now += CACHE_SECONDS - 0.1
    assert write(world, run).json["result"]["isError"] is False
    now += 0.1
    assert rule_of(write(world, run)) == "deny-not-granted"


def test_a_failing_engine_denies_and_is_counted(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from governance.policy.cedar import CedarEngine, EngineFailed

    def fails(*_: Any) -> Any:
        raise EngineFailed("secret internals")

    monkeypatch.setattr(CedarEngine, "ask", fails)
    answer = write(world, world.start())
    assert rule_of(answer) == "deny-engine"
    assert "secret internals" not in text_of(answer)
    assert '"PolicyUnavailable"' in capsys.readouterr().out


def test_tools_that_policy_never_allows_are_not_listed(world: World) -> None:
    def listed(**fields: Any) -> set[str]:
        return {tool["name"] for tool in world.rpc(world.start(**fields), "tools/list").json["result"]["tools"]}

    assert listed() == set(TOOLS)
    assert listed(manifest={"tools": ["files.read"]}) == {"files.read"}
    assert listed(manifest={}) == set()
    bounded = {"name": "files.write", "constraints": [{"argument": "/name", "prefix": "r"}]}
    world.override({"tools": [bounded]}, agent="other-agent")
    assert listed(agent="other-agent") == {"files.write"}
    world.override({"dataScopes": ["files.write"]}, "globex")
    assert listed(tenant="globex") == {"files.write"}


def test_an_allowed_call_says_by_which_rule_and_policy(world: World) -> None:
    run = world.start()
    write(world, run)
    policy_id = world.override({"autonomyTier": 2})
    handler.build.cache_clear()
    write(world, run)
    told = [event["payload"]["policy"] for event in world.events(run) if event["event"] == "call"]
    assert [policy.pop("risk") for policy in told] == ["medium", "medium"]
    assert all("files.write" in policy.pop("explanation") for policy in told)
    assert told == [{"ruleId": "allow-granted"}, {"ruleId": "allow-granted", "policyId": policy_id, "version": 1}]
    assert world.record(run)["toolCalls.files.write"] == 2


def test_denials_are_counted_by_rule(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    write(world, world.start(manifest={}))
    out = capsys.readouterr().out
    assert '"PolicyDenied"' in out
    assert '"rule":"deny-not-granted"' in out.replace(" ", "")


@pytest.mark.parametrize("event", ["policy", "approval", "call", "result"])
def test_an_agent_cannot_write_decisions_or_calls_itself(world: World, event: str) -> None:
    run = world.start()
    forged = {"stream": "tool", "event": event, "payload": {"decision": "ALLOW", "tool": "files.write"}}
    fair = {"stream": "assistant", "event": "delta", "payload": {"text": "x"}}
    assert world.ask("events", run, {"events": [fair, forged]}).status == 400
    assert not any(told["event"] in {event, "delta"} for told in world.events(run))
