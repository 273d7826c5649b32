"""What every stage must have, and how large a stack may get."""

from typing import Any

import pytest

from infra.config import STAGES, ConfigurationError, Context, settings_for, settings_from
from infra.guard.control_tower import EXCLUSIONS
from infra.guard.metadata import REASONS
from infra.guard.verdict import judge

MOST_RESOURCES = 400
SHORTEST_REASON = 20
OUTPUTS = {
    *("RestApiId", "RestApiStage", "TenantBucket", "ArtifactBucket", "SpaBucket"),
    *("ControlTable", "RunsTable", "LedgerTable", "OpsTable"),
    *("AuthoriserFunction", "StreamFunction", "BffFunction"),
    *("RunStateMachineArn", "ProvisionStateMachineArn", "AgentExecutionRoleArn"),
    *("UsagePlanBasic", "UsagePlanStandard", "UsagePlanPremium", "UsagePlanPlatform", "UsagePlanAgents"),
    *("PlatformApiKeyId", "AgentsApiKeyId"),
}
EVERYWHERE = {"Audit", "Identity", "Data", "AgentCore", "Workflows", "Platform", "Tenant", "Edge", "Observability"}
EVERYWHERE |= {"Governance", "Evaluations", "Events", "Schedules", "TenantRoutes", "OperatorRoutes", "Api"}
ROOM_FOR_ROUTES = 2 * 70
"""A route is a method, and as a rule a resource of its own."""


def test_every_stage_has_its_stacks(stacks: Any) -> None:
    network = set() if "local" in str(stacks.folder.name) else {"Network"}

    assert set(stacks.templates) == EVERYWHERE | network


def test_no_stack_comes_near_the_limit_of_500_resources(stacks: Any) -> None:
    sizes = {name: len(template["Resources"]) for name, template in stacks.templates.items()}

    assert {name: size for name, size in sizes.items() if size > MOST_RESOURCES} == {}


def test_either_stack_of_routes_has_room_for_seventy_more(stacks: Any) -> None:
    for name in ("TenantRoutes", "OperatorRoutes"):
        assert len(stacks.templates[name]["Resources"]) + ROOM_FOR_ROUTES <= MOST_RESOURCES


def test_every_stage_publishes_the_outputs_that_scripts_read(stacks: Any) -> None:
    assert set(stacks.outputs()) >= OUTPUTS


def test_the_guard_finds_nothing_in_any_stage(stacks: Any) -> None:
    assert judge(stacks.folder, stacks.folder.name).broken == ()


def test_every_suppression_has_a_written_reason(stacks: Any) -> None:
    resources = [item for template in stacks.templates.values() for item in template["Resources"].items()]
    unexplained = [
        (name, rule)
        for name, resource in resources
        for rule in resource.get("Metadata", {}).get("guard", {}).get("SuppressedRules", [])
        if len(resource["Metadata"].get(REASONS, {}).get(rule, "")) < SHORTEST_REASON
    ]

    assert unexplained == []


def test_every_rule_that_is_not_asked_has_a_written_reason() -> None:
    assert [item.rule for item in EXCLUSIONS if len(item.reason) < SHORTEST_REASON] == []


def test_no_custom_resource_is_needed_to_deploy(stacks: Any) -> None:
    kinds = {resource["Type"] for template in stacks.templates.values() for resource in template["Resources"].values()}

    assert {kind for kind in kinds if kind.startswith(("Custom::", "AWS::CloudFormation::CustomResource"))} == set()


def test_protected_stages_keep_their_data(stacks: Any) -> None:
    kept = settings_for(stacks.folder.name).protected
    tables = stacks.resources("AWS::DynamoDB::Table").values()

    assert {table["DeletionPolicy"] for table in tables} == {"Retain" if kept else "Delete"}
    assert {table["Properties"].get("DeletionProtectionEnabled", False) for table in tables} == {kept}


def test_tenant_uploads_are_allowed_from_the_web_app_only(stacks: Any) -> None:
    buckets = stacks.resources("AWS::S3::Bucket").values()
    cors = [bucket["Properties"].get("CorsConfiguration", {}) for bucket in buckets]
    rules = [rule for configuration in cors for rule in configuration.get("CorsRules", [])]

    assert [rule["AllowedOrigins"] for rule in rules] == [[settings_for(stacks.folder.name).public_url]]


class FixedContext:
    def __init__(self, **values: object) -> None:
        self.values = values

    def try_get_context(self, key: str, /) -> object:
        return self.values.get(key)


def _settings(**values: object) -> Any:
    context: Context = FixedContext(**values)
    return settings_from(context)


def test_the_stage_is_local_when_none_is_named() -> None:
    assert _settings().stage == "local"


def test_the_port_offset_moves_every_local_endpoint() -> None:
    local = _settings(portOffset="200").local

    assert (local.emulator, local.edge) == ("http://127.0.0.1:4766", "http://127.0.0.1:8280")
    assert local.environment()["AWS_ENDPOINT_URL_BEDROCK_AGENTCORE"] == "http://127.0.0.1:8299"


def test_a_gateway_of_agentcores_is_there_when_it_is_asked_for() -> None:
    assert _settings(stage="dev", agentcoreGateway="true").agentcore_gateway
    assert not _settings(stage="dev", agentcoreGateway="false").agentcore_gateway
    assert not _settings(stage="dev").agentcore_gateway
    assert not _settings(stage="local", agentcoreGateway="true").agentcore_gateway


@pytest.mark.parametrize(
    "values",
    [
        *({"stage": "production"}, {"portOffset": "many"}),
        {"stage": "dev", "agentcoreGateway": "perhaps"},
    ],
    ids=str,
)
def test_a_context_value_that_means_nothing_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        _settings(**values)


@pytest.mark.parametrize("stage", STAGES)
def test_stage_limits_stand_above_every_plan(stage: str) -> None:
    settings = settings_for(stage)

    assert max(plan.rate for plan in settings.plans) < settings.stage_rate
    assert max(plan.burst for plan in settings.plans) < settings.stage_burst
