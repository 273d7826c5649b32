from typing import Any

import pytest

from platform_kit.errors import Forbidden, Unauthenticated
from platform_kit.identity import Identity, RunBinding

PERSON = {
    "tenantId": "acme",
    "principalId": "usr:1:x",
    "roles": "Tenant.Viewer Tenant.Admin",
    "tier": "premium",
    "scopes": "runs:read",
    "credential": "jwt",
    "environment": "prod",
}
RUNNING = PERSON | {
    "credential": "run",
    "roles": "",
    "runId": "run_1",
    "agent": "echo",
    "versionId": "ver_1",
    "sessionId": "ses_1",
    "mode": "sync",
}


def test_a_person_is_read_from_the_authorisers_context() -> None:
    found = Identity.from_event({"requestContext": {"authorizer": PERSON}})
    assert (found.tenant(), found.principal_id, found.tier, found.credential) == ("acme", "usr:1:x", "premium", "jwt")
    assert found.roles == {"Tenant.Viewer", "Tenant.Admin"}
    assert found.scopes == {"runs:read"}
    assert found.run is None


def test_a_running_agent_is_bound_to_its_run() -> None:
    assert Identity.from_context(RUNNING).agent_run() == RunBinding("run_1", "echo", "ver_1", "ses_1", "sync")


@pytest.mark.parametrize("event", [{}, {"requestContext": {}}, {"requestContext": {"authorizer": None}}])
def test_a_request_without_context_has_no_identity(event: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        Identity.from_event(event)


@pytest.mark.parametrize("missing", ["principalId", "credential"])
def test_half_an_identity_is_none(missing: str) -> None:
    with pytest.raises(Unauthenticated):
        Identity.from_context(PERSON | {missing: ""})


@pytest.mark.parametrize("missing", ["runId", "agent", "versionId", "sessionId", "mode"])
def test_half_a_run_binding_is_none(missing: str) -> None:
    with pytest.raises(Unauthenticated):
        Identity.from_context({name: value for name, value in RUNNING.items() if name != missing})


def test_a_platform_principal_acts_in_no_tenant() -> None:
    found = Identity.from_context(PERSON | {"tenantId": "", "tier": ""})
    assert (found.tenant_id, found.tier) == (None, "basic")
    with pytest.raises(Forbidden):
        found.tenant()


def test_a_person_is_no_running_agent_whatever_the_context_adds() -> None:
    with pytest.raises(Forbidden):
        Identity.from_context(RUNNING | {"credential": "jwt"}).agent_run()


KEY = PERSON | {"credential": "key", "principalId": "key:key_1", "roles": "", "agents": "echo other"}


def test_a_machines_limits_are_read_from_the_context() -> None:
    found = Identity.from_context(KEY | {"environment": "dev", "ratePerSecond": "5"})
    assert (found.agents, found.environment, found.rate_per_second) == ({"echo", "other"}, "dev", 5)
    without = Identity.from_context(PERSON)
    assert (without.agents, without.rate_per_second) == (frozenset(), None)


@pytest.mark.parametrize(("agents", "may"), [("", True), ("echo", True), ("other echo", True), ("echo2 ech", False)])
def test_a_credential_may_use_its_agents_only(agents: str, may: bool) -> None:  # noqa: FBT001 - a case
    assert Identity.from_context(KEY | {"agents": agents}).may_use("echo", "general") is may


@pytest.mark.parametrize(
    ("agents", "domains", "may"),
    [
        ("", "finance", True),
        ("", "hr finance", True),
        ("", "hr", False),
        ("", "financ finance2", False),
        ("echo", "finance", True),
        ("echo", "hr", False),
        ("other", "finance", False),
    ],
)
def test_an_agent_has_to_be_in_its_domains_and_among_its_agents(agents: str, domains: str, may: bool) -> None:  # noqa: FBT001 - a case
    found = Identity.from_context(KEY | {"agents": agents, "domains": domains})
    assert found.may_use("echo", "finance") is may
    assert not found.may_use("echo", "")


@pytest.mark.parametrize("text", [" ", "\n", "Finance", "finance *", "-a", "f" * 33, "finance,hr", "['finance']"])
def test_what_are_no_domains_are_no_identity(text: str) -> None:
    with pytest.raises(Unauthenticated):
        Identity.from_context(KEY | {"domains": text})


@pytest.mark.parametrize("credential", ["key", "aws"])
def test_a_machine_sees_its_environment_and_agents_and_people_see_all(credential: str) -> None:
    machine = Identity.from_context(KEY | {"credential": credential})
    assert machine.sees("echo", "prod", "hr")
    assert not machine.sees("third", "prod", "hr")
    assert not machine.sees("echo", "dev", "hr")
    limited = Identity.from_context(KEY | {"credential": credential, "domains": "hr"})
    assert limited.sees("echo", "prod", "hr")
    assert not limited.sees("echo", "prod", "finance")
    assert not limited.sees("third", "prod", "hr")
    assert Identity.from_context(PERSON | {"domains": "hr"}).sees("third", "dev", "finance")


@pytest.mark.parametrize(("text", "rate"), [("", None), ("5", 5), ("100000", 100_000)])
def test_a_credential_may_have_a_rate_of_its_own(text: str, rate: int | None) -> None:
    found = Identity.from_context({"principalId": "key:1", "credential": "key", "ratePerSecond": text})
    assert found.rate_per_second == rate


@pytest.mark.parametrize(
    "text", ["0", "0.5", "-1", "nan", "inf", "1e3", "100001", "999999", "1_0", "\u0661", " 5", "5 ", "0x5", "five", "."]
)
def test_what_is_no_rate_is_no_identity(text: str) -> None:
    with pytest.raises(Unauthenticated):
        Identity.from_context({"principalId": "key:1", "credential": "key", "ratePerSecond": text})


def test_a_run_token_says_which_attempt_it_is_for_and_an_older_kind_the_first() -> None:
    assert Identity.from_context({**RUNNING, "attempt": "3"}).agent_run().attempt == 3
    assert Identity.from_context(RUNNING).agent_run().attempt == 1


@pytest.mark.parametrize("attempt", ["0", "-1", "1.5", "01", "x", " 1", "9999999"])
def test_an_attempt_that_is_no_number_is_no_binding(attempt: str) -> None:
    with pytest.raises(Unauthenticated):
        Identity.from_context({**RUNNING, "attempt": attempt})
