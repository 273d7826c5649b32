"""The evaluation stack: who reaches expected answers, and what starts evaluations."""

import json
from typing import Any

import pytest

from infra.constructs.workflow import DEFINITIONS
from infra.functions import EVALUATION_WORKER, FUNCTIONS

ALLOWED = {"evaluations", "evaluation_worker"}


def test_no_function_that_serves_agents_or_tenants_declares_the_suites_layer() -> None:
    assert {spec.name for spec in FUNCTIONS if "evaluation" in spec.layers} == ALLOWED


def test_the_worker_has_no_tenant_role_and_no_table_of_runs_or_of_the_ledger() -> None:
    """The control table it reads, for the version that evidence is about (tests of permissions say what of it)."""
    assert {"TENANT_ROLE_ARN", "RUNS_TABLE", "LEDGER_TABLE"}.isdisjoint(EVALUATION_WORKER.environment)


def test_only_evaluations_reach_the_suites(stacks: Any) -> None:
    texts = {
        name: json.dumps(resource)
        for template in stacks.templates.values()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Policy"
    }
    reaching = {name for name, text in texts.items() if "evaluations/suites/" in text}
    assert reaching
    assert all(name.startswith("Evaluation") for name in reaching)


@pytest.mark.parametrize("error", ["DependencyUnavailable", "Throttled", "CaseInProgress", "VersionNotReady"])
def test_what_another_attempt_cures_is_retried_by_its_class(error: str) -> None:
    states = json.loads((DEFINITIONS / "evaluation.asl.json").read_text())["States"]
    ask = states["Cases"]["ItemProcessor"]["States"]["Ask"]
    [retry] = [one for one in ask["Retry"] if error in one["ErrorEquals"]]
    assert retry["MaxAttempts"] >= 4
    assert ask["Catch"][0]["Next"] == "GiveUp"
