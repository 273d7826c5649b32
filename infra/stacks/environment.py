"""The values of the functions' environment variables. Each function is given those it declares and no other."""

from aws_cdk import Stack

from infra.config import AUDIENCE, StageSettings
from infra.constructs.private_bucket import bucket_name
from infra.constructs.workflow import workflow_arn
from infra.queues import DEAD_LETTERS, RETRIED
from infra.stacks.agentcore import runtime_arn, runtime_name
from infra.stacks.data import DataStack
from infra.stacks.identity import IdentityStack

SYNC_TIMEOUT_SECONDS = 25  # the integration ends at 29
STREAM_TIMEOUT_SECONDS = 840  # the streaming integration and its function end at 900


def environment_of(
    stack: Stack, *, settings: StageSettings, data: DataStack, identity: IdentityStack, gateway_url: str
) -> dict[str, str]:
    """Every variable that is known before the API exists."""
    return {
        "STAGE": settings.stage,
        "VERSION": settings.version,
        "POWERTOOLS_METRICS_NAMESPACE": "Ambit",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "CONTROL_TABLE": data.control.table_name,
        "RUNS_TABLE": data.runs.table_name,
        "LEDGER_TABLE": data.ledger.table_name,
        "OPS_TABLE": data.ops.table_name,
        "TENANT_BUCKET": data.tenants.bucket_name,
        "ARTIFACT_BUCKET": data.artifacts.bucket_name,
        "AUDIT_BUCKET": data.audit.bucket_name,
        "AUDIT_KEY_ARN": identity.audit_key.key_arn,
        "EVIDENCE_KEY_ARN": identity.evidence_key.key_arn,
        "CURSOR_SECRET_ARN": identity.cursor_secret_arn,
        "BFF_SECRET_ARN": identity.bff_secret_arn,
        "MODEL_SECRET_ARN": identity.model_secret_arn,
        "TENANT_SECRETS": settings.tenant_secrets,
        "MODEL_PROVIDERS": " ".join(settings.model_providers),
        "RUN_TOKEN_KEY_ARN": identity.run_token_key.key_arn,
        "AUDIENCE": AUDIENCE,
        "OUTBOUND_ALLOW": settings.outbound_allow,
        "WEBHOOK_ALLOW": settings.webhook_allow,
        "CATALOGUE_CACHE_SECONDS": str(settings.catalogue_cache_seconds),
        "STANDBY_REGION": settings.standby_region,
        "STANDBY_RUNTIME_URL": settings.standby_runtime_url,
        "STANDBY_ARTIFACT_BUCKET": _standby_bucket(stack, settings, data),
        "RUNTIME_FAILING_SECONDS": str(settings.runtime_failing_seconds),
        "RUNTIME_STABLE_SECONDS": str(settings.runtime_stable_seconds),
        "PROBE_RUNTIME": runtime_arn(stack.account, "{region}", runtime_name(settings, "probe-0000000000")),
        "STS_HOSTS": " ".join(settings.sts_hosts),
        "PUBLIC_URL": settings.public_url,
        "GATEWAY_URL": gateway_url,
        "OIDC_ISSUER": settings.oidc_issuer,
        "OIDC_CLIENT_ID": "ambit-spa",
        "OWN_USAGE_KEYS": str(settings.own_usage_keys),
        "SYNC_TIMEOUT_SECONDS": str(SYNC_TIMEOUT_SECONDS),
        "STREAM_TIMEOUT_SECONDS": str(STREAM_TIMEOUT_SECONDS),
        "NO_REQUIRED_SUITE": "pass" if settings.passes_without_required_suite else "refuse",
        "QUIET_SECONDS": str(settings.quiet_seconds),
        "DEAD_LETTER_QUEUES": " ".join(entry.queue for entry in DEAD_LETTERS),
        "RETRIED_QUEUES": " ".join(entry.queue for entry in RETRIED),
        **_workflow_arns(stack, settings),
    }


def _standby_bucket(stack: Stack, settings: StageSettings, data: DataStack) -> str:
    """Where AgentCore takes packages from in the standby region; locally both regions have one bucket."""
    if settings.is_local:
        return data.artifacts.bucket_name
    region = settings.standby_region
    return bucket_name(settings, stack, "artifacts", region) if region else ""


def _workflow_arns(stack: Stack, settings: StageSettings) -> dict[str, str]:
    """By name, not by reference: provisioning comes after the API, whose plans it hands out keys of."""
    return {
        variable: workflow_arn(settings, account=stack.account, region=stack.region, name=name)
        for variable, name in (
            ("RUN_STATE_MACHINE_ARN", "run"),
            ("PROVISION_STATE_MACHINE_ARN", "provision"),
            ("LIFECYCLE_STATE_MACHINE_ARN", "lifecycle"),
            ("EVALUATION_STATE_MACHINE_ARN", "evaluation"),
        )
    }
