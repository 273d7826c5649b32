"""Rules of the service that need no table: which policies are asked, and whose business they are."""

import pytest

from governance.toolbox.custom import CustomTool
from lambdas.policies.models import CallContext, Evaluate
from lambdas.policies.service import _agent_of, _call, _concerns, _put_in
from platform_kit.errors import Unprocessable
from platform_kit.identity import Identity
from tests.unit.governance.toolbox.test_custom import TOOL

PERSON = Identity("usr:1:ada", "acme", frozenset({"Tenant.Admin"}), "basic", "jwt")
MACHINE = Identity("key:1", "acme", frozenset(), "basic", "key", agents=frozenset({"echo-agent"}))


def question(**fields: object) -> Evaluate:
    return Evaluate.model_validate({**fields, "context": {"tool": "files.read"}})


def test_a_machine_for_some_agents_has_no_business_with_the_policy_of_all() -> None:
    assert [_concerns(MACHINE, agent) for agent in ("echo-agent", "analyst-agent", None)] == [True, False, False]
    assert _concerns(PERSON, None)


def test_the_agent_is_the_one_asked_about_or_the_one_that_the_policy_binds() -> None:
    policy = {"policyId": "pol_1", "agent": "echo-agent"}
    assert _agent_of(question(policyId="pol_1"), policy) == "echo-agent"
    assert _agent_of(question(policyId="pol_1"), {"policyId": "pol_1"}) is None
    assert _agent_of(question(agent="echo-agent"), None) == "echo-agent"
    with pytest.raises(Unprocessable):
        _agent_of(question(policyId="pol_1", agent="analyst-agent"), policy)


def test_a_version_stands_in_the_place_of_its_policys_newest() -> None:
    newest, other, former = {"policyId": "a", "version": 2}, {"policyId": "b"}, {"policyId": "a", "version": 1}
    assert _put_in([newest, other], former) == [other, former]
    assert _put_in([newest, other], None) == [newest, other]


def test_a_call_touches_what_the_registry_says() -> None:
    assert _call(CallContext(tool="files.read"), "basic", {}).data_scopes == ("files.read",)
    assert _call(CallContext(tool="no.such"), "basic", {}).data_scopes == ()


def test_a_call_reaches_the_host_of_its_url_or_of_its_registration() -> None:
    fetch = CallContext(tool="http.fetch", params={"url": "https://a.test/x"})
    assert _call(fetch, "standard", {}).hosts == ("a.test",)
    assert _call(CallContext(tool="http.fetch", params={"url": "nowhere"}), "standard", {}).hosts == ()
    registered = {"crm.lookup": CustomTool.parse(TOOL)}
    assert _call(CallContext(tool="crm.lookup"), "standard", registered).hosts == ("crm.test",)
