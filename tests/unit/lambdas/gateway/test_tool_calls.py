from dataclasses import replace
from typing import Any

import pytest

from enforcement.actions import Outcome
from enforcement.errors import PolicyRefused, ToolUnreachable
from lambdas.gateway.tool_calls import Given, call_tool
from lambdas.gateway.tools import Asked, Made
from tests.unit.lambdas.gateway.gateway_fakes import FakeVersions, World, asked, in_force, world

OPEN = FakeVersions({"tools": ["http.fetch", "calculator"], "policy": "permissive"})


def call(found: World, wanted: Asked) -> Given:
    return call_tool(found.desk, in_force(OPEN).of(found.desk), wanted)


def answering(made: Made) -> Asked:
    return replace(asked("http.fetch", url="https://a.test/"), act=lambda _desk, _run, _action: made)


def standard() -> World:
    found = world()
    found.tier = "standard"
    return found


def fetched(text: str) -> Made:
    result = {"status": 200, "text": text}
    return Made(Outcome(result=result), words=lambda plain: str(plain["text"]))


def test_what_the_platform_computes_is_given_as_it_is() -> None:
    given = call(world(), asked("calculator", expression="2+2"))
    assert given == Given({"result": "4", "exact": True}, "4")


def test_a_result_from_elsewhere_is_given_as_the_guardrails_leave_it() -> None:
    given = call(standard(), answering(fetched("key AKIAIOSFODNN7EXAMPLE end")))
    assert "AKIAIOSFODNN7EXAMPLE" not in str(given)
    assert given.text.startswith("key ")


def test_a_result_from_elsewhere_taints_the_run() -> None:
    found = standard()
    call(found, answering(fetched("hello")))
    assert '"http.fetch"' in str(found.runs.log.written["taint"])


def test_an_outage_is_written_down_and_told() -> None:
    found = standard()
    gone = Made(Outcome("outage", told={"code": "TOOL_UNREACHABLE"}), failure=ToolUnreachable("No answer in time."))
    with pytest.raises(ToolUnreachable):
        call(found, answering(gone))
    assert [draft.payload.get("status") for draft in found.runs.log.drafts] == [None, "outage"]


def test_the_call_is_named_to_whoever_acts() -> None:
    found, seen = standard(), []

    def act(_desk: Any, _run: Any, action: Any) -> Made:
        seen.append(action.call_id)
        return fetched("x")

    call(found, replace(asked("http.fetch", url="https://a.test/"), act=act))
    assert seen == [found.runs.log.drafts[0].payload["callId"]]


def test_a_tool_above_the_tenants_tier_is_not_callable() -> None:
    with pytest.raises(PolicyRefused, match="deny-tier"):
        call(world(), answering(fetched("x")))


def test_a_host_outside_the_envelope_is_not_reached() -> None:
    found, acted = standard(), []
    found.policies.bound = [{"policyId": "pol_1", "version": 1, "override": {"egress": ["b.test", "*.a.test"]}}]

    def act(*_: Any) -> Made:
        acted.append(1)
        return fetched("x")

    with pytest.raises(PolicyRefused, match="deny-egress"):
        call(found, replace(asked("http.fetch", url="https://a.test/"), act=act))
    assert acted == []
