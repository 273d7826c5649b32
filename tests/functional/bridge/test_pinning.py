"""`X-Ambit-Version`: the evaluation tenant runs a candidate by it, and nobody else gets anything by it."""

from typing import Any

import pytest

from governance.pinning import EVALUATION_TENANT
from platform_kit.ids import new_id
from tests.functional.moto_platform import REGION, machine, person, table
from tests.functional.run_platform import stored_run, version_of
from tests.version_records import version_item

WORKER = machine(EVALUATION_TENANT, "agents:invoke", tier="premium")


@pytest.fixture
def candidate(runtime: object) -> Any:
    tenant = {"tenantId": EVALUATION_TENANT, "tier": "premium", "status": "active", "residency": REGION}
    table("control").put_item(Item={"pk": "TENANT#platform#TENANT", "sk": EVALUATION_TENANT, **tenant})

    def make(status: str = "candidate", agent: str = "echo-agent") -> str:
        version_id = new_id("ver")
        table("control").put_item(Item=version_item(agent, version_id, status=status))
        return version_id

    return make


@pytest.mark.parametrize(
    "who",
    [
        person("acme"),
        person("acme", "Tenant.Admin"),
        person("globex"),
        machine("acme", "agents:invoke"),
        person("ambit-evals-2", "Tenant.Admin"),
    ],
)
def test_any_other_tenant_is_refused_and_nothing_runs(invoke: Any, runtime: Any, candidate: Any, who: Any) -> None:
    answer = invoke(who=who, x_ambit_version=candidate())
    assert (answer.status, answer.json["code"]) == (403, "FORBIDDEN")
    assert runtime.calls == []


def test_not_even_the_approved_version_is_named_by_others(invoke: Any, runtime: Any) -> None:
    assert invoke(x_ambit_version=version_of("echo-agent")).status == 403
    assert runtime.calls == []


@pytest.mark.parametrize("spoof", ["x-tenant-id", "x-ambit-tenant", "tenantid"])
def test_no_header_makes_a_caller_the_evaluation_tenant(invoke: Any, candidate: Any, spoof: str) -> None:
    assert invoke(**{"x_ambit_version": candidate(), spoof.replace("-", "_"): EVALUATION_TENANT}).status == 403


@pytest.mark.parametrize("status", ["candidate", "approved", "deprecated"])
def test_the_evaluation_tenant_runs_the_version_it_names(invoke: Any, candidate: Any, status: str) -> None:
    version = candidate(status)
    answer = invoke(who=WORKER, x_ambit_version=version)
    assert (answer.status, answer.json["version"]) == (200, version)
    assert stored_run(EVALUATION_TENANT, answer.json["runId"])["versionId"] == version


@pytest.mark.parametrize("status", ["draft", "retired", "quarantined"])
def test_what_nobody_offers_or_has_withdrawn_is_not_run(invoke: Any, runtime: Any, candidate: Any, status: str) -> None:
    answer = invoke(who=WORKER, x_ambit_version=candidate(status))
    assert (answer.status, answer.json["code"]) == (409, "CONFLICT")
    assert runtime.calls == []


def test_another_agents_version_is_not_there(invoke: Any, candidate: Any) -> None:
    assert invoke(who=WORKER, x_ambit_version=candidate(agent="echo-stream")).status == 404


def test_without_the_header_the_evaluation_tenant_runs_what_is_approved(invoke: Any, candidate: Any) -> None:
    candidate()
    assert invoke(who=WORKER).json["version"] == version_of("echo-agent")


def test_a_key_that_was_used_for_one_version_is_not_for_another(invoke: Any, candidate: Any) -> None:
    first, second = candidate(), candidate()
    assert invoke(who=WORKER, x_ambit_version=first, idempotency_key="k").status == 200
    assert invoke(who=WORKER, x_ambit_version=first, idempotency_key="k").headers["idempotency-replayed"] == "true"
    assert invoke(who=WORKER, x_ambit_version=second, idempotency_key="k").json["code"] == "IDEMPOTENCY_MISMATCH"
