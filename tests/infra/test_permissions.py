"""Who may do what, read from the templates as IAM would."""

import re
from typing import Any

import pytest

from infra import permissions
from infra.functions import FUNCTIONS, FunctionSpec
from platform_kit.access import OPERATORS, PLATFORM_ADMINS, ROUTES
from tests.infra import policies

ITEM_ACTIONS = {
    *("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"),
    *("dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem"),
}
LOOKS = ("runs", "runs/{runId}")
OWN_KEYS = "TENANT#${aws:PrincipalTag/tenant}#"  # written out: a constant that is widened must be seen here
SCOPED = [spec for spec in FUNCTIONS if "TENANT_ROLE_ARN" in spec.environment]


def _pascal(spec: FunctionSpec) -> str:
    return "".join(part.capitalize() for part in spec.name.split("_"))


def test_no_role_may_change_or_delete_in_the_ledger(stacks: Any) -> None:
    ledger = [grant for grant in policies.grants(stacks) if "Ledger" in grant.resources]

    assert [grant for grant in ledger if grant.actions & set(permissions.LEDGER_FORBIDDEN)] == []


def test_nobody_may_scan_or_speak_partiql(stacks: Any) -> None:
    forbidden = {"dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"}

    assert [grant for grant in policies.grants(stacks) if grant.actions & forbidden] == []


@pytest.mark.parametrize("spec", SCOPED, ids=lambda spec: spec.name)
def test_a_tenant_role_reaches_the_tagged_tenants_items_only(spec: FunctionSpec, stacks: Any) -> None:
    grants = [grant for grant in policies.of_role(stacks, f"{_pascal(spec)}TenantRole") if grant.actions & ITEM_ACTIONS]

    assert grants
    for grant in grants:
        keys = grant.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for key in [keys] if isinstance(keys, str) else keys:
            assert key.startswith(OWN_KEYS)
        assert grant.condition["Null"] == {"dynamodb:LeadingKeys": "false"}


def test_a_functions_own_role_reaches_the_platforms_items_only(stacks: Any) -> None:
    own = [g for g in policies.grants(stacks) if "TenantRole" not in g.role and g.actions & ITEM_ACTIONS]

    assert own
    for grant in (grant for grant in own if not is_membership_look_up(grant)):
        keys = grant.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        assert all(key.startswith("TENANT#platform#") for key in ([keys] if isinstance(keys, str) else keys))
        assert grant.condition["Null"] == {"dynamodb:LeadingKeys": "false"}


def is_membership_look_up(grant: policies.Grant) -> bool:
    keys = grant.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    return keys in (permissions.MEMBERSHIPS, [permissions.MEMBERSHIPS])


def test_the_authoriser_alone_reads_memberships_of_every_tenant_one_at_a_time(stacks: Any) -> None:
    across = [g for g in policies.grants(stacks) if g.actions & ITEM_ACTIONS and is_membership_look_up(g)]

    assert {grant.role.split("Role")[0] for grant in across} == {"Authoriser"}
    for grant in across:
        assert grant.actions == {"dynamodb:GetItem"}
        assert "Control" in grant.resources
        assert grant.condition["Null"] == {"dynamodb:LeadingKeys": "false"}


def test_a_tenant_role_touches_objects_below_the_tagged_tenants_prefix_only(stacks: Any) -> None:
    actions = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
    objects = [g for g in policies.grants(stacks) if "TenantRole" in g.role and g.actions & actions]

    assert objects
    below = re.compile(r"/tenants/\$\{aws:PrincipalTag/tenant\}/((exports|audit)/)?\*")
    assert [grant for grant in objects if not below.search(grant.resources)] == []


def test_only_the_lifecycle_function_removes_versions_and_credentials_of_others(stacks: Any) -> None:
    erasing = {grant.role for grant in policies.grants(stacks) if "s3:DeleteObjectVersion" in grant.actions}
    assert {role.split("TenantRole")[0] for role in erasing} == {"Lifecycle"}


def test_tenants_keys_are_destroyed_by_the_lifecycle_function_alone_and_each_by_its_tenants_session(
    stacks: Any,
) -> None:
    destroying = [grant for grant in policies.grants(stacks) if "kms:DisableKey" in grant.actions]
    assert {grant.role.split("TenantRole")[0] for grant in destroying} == {"Lifecycle"}
    for grant in destroying:
        bound = grant.condition["StringEquals"]
        assert bound["aws:ResourceTag/tenant"] == "${aws:PrincipalTag/tenant}"
        assert "aws:ResourceTag/ambit-stage" in bound


def test_nobody_brings_a_key_back_that_is_to_be_deleted(stacks: Any) -> None:
    revived = {"kms:CancelKeyDeletion", "kms:EnableKey", "kms:PutKeyPolicy"}
    assert [grant for grant in policies.grants(stacks) if grant.actions & revived] == []


def test_certificates_of_deletion_are_put_where_nobody_removes_them(stacks: Any) -> None:
    artifacts = [grant for grant in policies.grants(stacks) if "certificates/" in grant.resources]
    assert [(grant.role.split("Role")[0], set(grant.actions)) for grant in artifacts] == [
        ("Lifecycle", {"s3:PutObject"})
    ]


@pytest.mark.parametrize("function", ["Gateway", "Bridge", "Stream", "Jobs"])
def test_whoever_serves_a_run_cannot_write_what_binds_it(function: str, stacks: Any) -> None:
    writes = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
    granted = [grant for grant in policies.of_role(stacks, f"{function}TenantRole") if grant.actions & writes]
    control = [grant.condition["ForAllValues:StringLike"] for grant in granted if "Control" in grant.resources]

    assert [bound["dynamodb:LeadingKeys"] for bound in control] in ([f"{OWN_KEYS}INSTANCE"], [[f"{OWN_KEYS}INSTANCE"]])


def test_what_tenants_say_of_models_is_written_by_its_function_there_and_nowhere_else(stacks: Any) -> None:
    """The door where agents ask models reads it, and can change nothing that binds them."""
    writes = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
    granted = [g for g in policies.of_role(stacks, "ModelRegistryTenantRole") if "Control" in g.resources]
    assert [grant for grant in granted if grant.actions & writes]
    assert all("#MODEL" in str(grant.condition) for grant in granted if grant.actions & writes)
    for door in ("Models", "Gateway"):
        control = [g for g in policies.of_role(stacks, f"{door}TenantRole") if "Control" in g.resources]
        assert all("#INSTANCE" in str(grant.condition) for grant in control if grant.actions & writes)


def test_policies_are_written_by_their_function_in_their_partitions_only(stacks: Any) -> None:
    granted = [grant for grant in policies.of_role(stacks, "PoliciesTenantRole") if "Control" in grant.resources]
    written = [grant for grant in granted if grant.actions & {"dynamodb:PutItem", "dynamodb:UpdateItem"}]

    assert [grant.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] for grant in written] == [
        [f"{OWN_KEYS}POLICY#*", f"{OWN_KEYS}POLICYBINDING"]
    ]


def test_kill_switches_of_tenants_are_set_and_cleared_by_their_function_in_their_partition_only(stacks: Any) -> None:
    key = f"{OWN_KEYS}KILLSWITCH"
    [grant] = [
        grant
        for grant in policies.of_role(stacks, "IncidentsTenantRole")
        if key in str(grant.condition) and "Control" in grant.resources
    ]
    assert grant.actions == {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"}
    for function in ("Gateway", "Models", "Bridge", "Stream", "Jobs"):
        assert not any(
            grant.actions & {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
            and key in str(grant.condition)
            for grant in policies.of_role(stacks, f"{function}TenantRole")
        )


def test_own_roles_touch_no_tenant_object(stacks: Any) -> None:
    actions = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
    own = [g for g in policies.grants(stacks) if "TenantRole" not in g.role and g.actions & actions]

    assert [grant for grant in own if "Tenants" in grant.resources] == []


@pytest.mark.parametrize("spec", SCOPED, ids=lambda spec: spec.name)
def test_a_tenant_role_is_assumed_with_the_tenant_tag_and_no_other(spec: FunctionSpec, stacks: Any) -> None:
    roles = stacks.resources("AWS::IAM::Role")
    (role,) = [role for name, role in roles.items() if name.startswith(f"{_pascal(spec)}TenantRole")]
    for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
        condition = statement["Condition"]
        assert condition["ForAllValues:StringEquals"]["aws:TagKeys"] in ("tenant", ["tenant"])
        assert condition["StringLike"] == {"aws:RequestTag/tenant": "?*"}
        assert condition["Null"] == {"aws:RequestTag/tenant": "false"}
        assert f"{_pascal(spec)}Role" in str(statement["Principal"]["AWS"])


def test_each_tenant_role_is_assumed_by_its_own_function_only(stacks: Any) -> None:
    assuming = [grant for grant in policies.grants(stacks) if "sts:AssumeRole" in grant.actions]

    assert len(assuming) == len(SCOPED)
    for grant in assuming:
        function = grant.role.split("Role")[0]
        assert f"{function}TenantRole" in grant.resources


def test_the_agents_role_holds_no_permission_on_data(prod: Any) -> None:
    actions = {action for grant in policies.of_role(prod, "ExecutionRole") for action in grant.actions}

    assert {action.split(":")[0] for action in actions} == {"logs"}


@pytest.mark.parametrize("function", ["Bridge", "Stream", "Jobs"])
def test_those_who_call_agents_may_call_every_pushed_version_of_their_stage_and_no_other(
    function: str, stacks: Any
) -> None:
    (call,) = [g for g in policies.of_role(stacks, f"{function}Role") if "bedrock-agentcore:" in str(g.actions)]
    (stage,) = set(re.findall(r"ambit-(local|dev|staging|prod)", str(stacks.resources("AWS::IAM::Role"))))

    assert call.resources.rstrip("'}]").endswith(f":runtime/ambit_{stage}_*")


def test_only_those_who_start_runs_sign_their_tokens(stacks: Any) -> None:
    signing = [grant for grant in policies.grants(stacks) if "kms:Sign" in grant.actions]
    tokens = {grant.role.split("Role")[0] for grant in signing if "RunTokenKey" in grant.resources}

    assert tokens == {"Bridge", "Stream", "Jobs", "Gateway", "Scheduler"}
    keys = ("RunTokenKey", "AuditKey", "EvidenceKey")
    assert [grant.role for grant in signing if sum(key in grant.resources for key in keys) != 1] == []


def test_evidence_is_signed_and_written_by_the_worker_alone(stacks: Any) -> None:
    granted = list(policies.grants(stacks))
    signing = {g.role for g in granted if "kms:Sign" in g.actions and "EvidenceKey" in g.resources}
    writing = {g.role for g in granted if "s3:PutObject" in g.actions and "/platform/evidence/" in g.resources}

    assert {role.split("Role")[0] for role in signing} == {"EvaluationWorker"}
    assert signing == writing


def test_the_worker_reads_single_versions_and_nothing_else_of_the_catalogue(stacks: Any) -> None:
    """What agents answer passes through it: it reaches no record of a credential, a person or a tenant."""
    reading = [one for one in policies.of_role(stacks, "EvaluationWorkerRole") if "Control" in one.resources]

    (keys,) = [one.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] for one in reading]
    assert keys in ("TENANT#platform#VERSION#*", ["TENANT#platform#VERSION#*"])
    assert [one.actions for one in reading] == [{"dynamodb:GetItem"}]


def test_checkpoints_are_signed_and_kept_by_their_function_alone_and_removed_by_nobody(stacks: Any) -> None:
    granted = list(policies.grants(stacks))
    signing = {g.role.split("Role")[0] for g in granted if "kms:Sign" in g.actions and "AuditKey" in g.resources}
    kept = [grant for grant in granted if "/audit/*" in grant.resources]

    assert signing == {"Checkpoints"}
    assert {(g.role.split("Role")[0], *sorted(g.actions)) for g in kept} == {
        ("CheckpointsTenant", "s3:GetObject", "s3:PutObject"),
        ("Checkpoints", "s3:GetObject", "s3:PutObject"),
    }
    own = [g for g in kept if not g.role.startswith("CheckpointsTenant")]
    assert [g for g in own if "'/platform/audit/*'" not in g.resources] == []
    bypass = {"s3:BypassGovernanceRetention", "s3:PutObjectRetention", "s3:PutBucketObjectLockConfiguration"}
    assert [grant for grant in granted if grant.actions & bypass] == []


def test_each_stream_is_read_by_who_is_known_to_and_by_no_other(stacks: Any) -> None:
    """That of runs, which has sealed content, by the sequencer; that of the control table, keys alone, by evaluations.

    And both, with that of the ops table, by the publisher of events, which no key opens content for.
    """
    reading = [grant for grant in policies.grants(stacks) if "dynamodb:GetRecords" in grant.actions]
    found = {(g.role.split("Role")[0], "Runs" in g.resources, "Control" in g.resources) for g in reading}
    assert found == {("Sequencer", True, False), ("Evaluations", False, True), ("EventPublisher", True, True)}
    opens = [grant for grant in policies.of_role(stacks, "EventPublisherTenantRole") if "kms:Decrypt" in grant.actions]
    assert all("kms:ViaService" in str(grant.condition) for grant in opens)


BREAK_GLASS = {route for route in ROUTES if route.function == "bridge" and route.roles & OPERATORS}
SERVE_OPERATORS = sorted({route.function for route in set(ROUTES) - BREAK_GLASS if route.roles & OPERATORS})


def test_those_who_run_agents_serve_operators_with_break_glass_access_alone() -> None:
    paths = {route.path for route in BREAK_GLASS}

    assert paths == {f"/v1/tenants/{{id}}/{rest}" for rest in ("break-glass", "break-glass/{grantId}", *LOOKS)}
    looks = [route for route in BREAK_GLASS if route.path.endswith(LOOKS)]
    assert [route for route in looks if route.method != "GET" or route.roles != PLATFORM_ADMINS] == []


EVENTS = {"SECURITY", "INCIDENT", "INCIDENTEPOCH", "TIMELINE"}
"""What every function writes of the platform's: that something happened, and the incident of it."""


def test_break_glass_access_writes_grants_answers_and_audit_entries_alone(stacks: Any) -> None:
    writes = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
    own = [grant for grant in policies.of_role(stacks, "BridgeRole") if grant.actions & writes]
    kinds = {
        str(g.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]).split("#")[2].rstrip("']") for g in own
    }

    how_runtimes_answer = {"RUNTIMEHEALTH"}
    assert kinds == EVENTS | how_runtimes_answer | {"BREAKGLASS", "IDEM", "AUDIT", "AUDITHEAD", "AUDITDETAIL"}
    assert {grant.role for grant in policies.grants(stacks) if "BREAKGLASS" in str(grant.condition)} == {
        grant.role for grant in policies.of_role(stacks, "BridgeRole")
    }


def test_who_shows_security_events_reads_nothing_else_in_the_tables(stacks: Any) -> None:
    found = [grant for grant in policies.of_role(stacks, "PlatformOpsRole") if grant.actions & ITEM_ACTIONS]

    read = {action for grant in found for action in grant.actions}
    assert read == {"dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"}
    leading = [str(g.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]) for g in found]
    assert {name.split("#")[2].rstrip("']") for name in leading} == EVENTS | {"CIRCUIT"}
    assert all(name.startswith("['TENANT#platform#") for name in leading)
    assert all("Ops" in grant.resources for grant in found)


@pytest.mark.parametrize("function", SERVE_OPERATORS)
def test_who_serves_operators_cannot_read_what_tenants_run_or_upload(function: str, stacks: Any) -> None:
    """Operators have no silent read of tenant content: what they are served has no key to it."""
    name = "".join(part.capitalize() for part in function.split("_"))
    for grant in (*policies.of_role(stacks, f"{name}TenantRole"), *policies.of_role(stacks, f"{name}Role")):
        if grant.actions & ITEM_ACTIONS:
            assert "Runs" not in grant.resources
        if "s3:GetObject" in grant.actions and "Tenants" in grant.resources:
            assert "/tenants/${aws:PrincipalTag/tenant}/exports/*" in grant.resources


def test_who_holds_tenants_agents_back_for_operators_can_tell_of_it_and_end_nothing_itself(stacks: Any) -> None:
    """The message goes to who may end runs, which looks for itself; invoking that function would open its routes."""
    own = policies.of_role(stacks, "TenantInstancesRole")
    tenants = policies.of_role(stacks, "TenantInstancesTenantRole")
    assert {action.split(":")[0] for grant in (*own, *tenants) for action in grant.actions} == {
        *("dynamodb", "kms", "logs", "secretsmanager", "sqs", "sts")
    }
    reached = {str(grant.condition.get("ForAllValues:StringLike", "")) for grant in tenants} - {""}
    kinds = set(re.findall(r"#([A-Z]+)(?:#\*)?'", " ".join(reached)))
    assert kinds == {"INSTANCE", "HOLD", "HOLDBAR", "AUDITHEAD", "AUDITDETAIL", "AUDIT", "CANARY"}
    sending = [g for g in policies.grants(stacks) if "sqs:SendMessage" in g.actions and "Quarantines" in g.resources]
    taking = [g for g in policies.grants(stacks) if "sqs:ReceiveMessage" in g.actions]
    assert [grant.role.split("Role")[0] for grant in sending] == ["TenantInstances"]
    taken = {g.role.split("Role")[0] for g in taking if "Quarantines" in g.resources}
    assert taken == {"Incidents"}


def test_a_tenants_model_credentials_are_bound_to_it_by_name_and_by_tags(stacks: Any) -> None:
    (found,) = [
        grant
        for grant in policies.of_role(stacks, "ModelsTenantRole")
        if "secretsmanager:GetSecretValue" in grant.actions
    ]

    stage, tenant = stacks.folder.name, "${aws:PrincipalTag/tenant}"
    assert f":secret:ambit/{stage}/tenants/{tenant}/models-??????" in str(found.resources)
    assert found.condition == {"StringEquals": {"aws:ResourceTag/tenant": tenant, "aws:ResourceTag/ambit-stage": stage}}


def test_providers_credentials_are_read_by_the_models_function_and_no_other(stacks: Any) -> None:
    readers = {
        grant.role
        for grant in policies.grants(stacks)
        if "secretsmanager:GetSecretValue" in grant.actions and "ModelSecret" in str(grant.resources)
    }

    assert len(readers) == 1
    assert all("ModelsRole" in role for role in readers)
