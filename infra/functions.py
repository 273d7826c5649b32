"""The functions of the platform: what each package carries and which environment it reads. One entry a function."""

from dataclasses import dataclass
from typing import Final

_COMMON: Final = (
    "STAGE",
    "VERSION",
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
)
_RUNNING: Final = (
    "CONTROL_TABLE",
    "RUNS_TABLE",
    "OPS_TABLE",
    "LEDGER_TABLE",
    "TENANT_BUCKET",
    "TENANT_ROLE_ARN",
    "RUN_TOKEN_KEY_ARN",
    "GATEWAY_URL",
    "CATALOGUE_CACHE_SECONDS",
    "STANDBY_REGION",
    "STANDBY_RUNTIME_URL",
)
_STARTING: Final = (
    *(*_RUNNING, "CURSOR_SECRET_ARN", "RUN_STATE_MACHINE_ARN"),
    *("SYNC_TIMEOUT_SECONDS", "STREAM_TIMEOUT_SECONDS"),
)
_RUN_SERVICES: Final = ("dynamodb", "sts", "s3", "kms", "bedrock-agentcore", "stepfunctions", "secretsmanager")


@dataclass(frozen=True)
class FunctionSpec:
    """One function. Memory in MB, timeout in seconds; `groups` are dependency groups of pyproject.toml.

    `data` are files that a distribution here carries and the package takes along without the distribution's code.
    """

    name: str
    folder: str
    handler: str
    services: tuple[str, ...]
    environment: tuple[str, ...]
    groups: tuple[str, ...] = ("function-base",)
    layers: tuple[str, ...] = ("platform_kit", "governance")
    memory: int = 512
    timeout: int = 29
    streaming: bool = False
    asynchronous: bool = False
    data: tuple[str, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable the function is given, common ones first."""
        return _COMMON + self.environment

    @property
    def app(self) -> str:
        """The ASGI application of a streaming function."""
        return self.handler if self.streaming else ""


def _served(name: str, *services: str, environment: tuple[str, ...], **options: object) -> FunctionSpec:
    handler = f"lambdas.{name}.handler.handle"
    return FunctionSpec(name, name, handler, services, environment, **options)  # type: ignore[arg-type] # options are FunctionSpec's own fields


_TOKENS: Final = ("function-base", "function-tokens")
_GUARDING: Final = (*_TOKENS, "function-guardrails")
_DECIDING: Final = "function-policy"
_RUN_LAYERS: Final = ("platform_kit", "governance", "run_lifecycle")
_ENFORCING: Final = (*_RUN_LAYERS, "enforcement")

AUTHORISER: Final = _served(
    "authoriser",
    *("dynamodb", "kms"),
    environment=("CONTROL_TABLE", "AUDIENCE", "RUN_TOKEN_KEY_ARN", "OUTBOUND_ALLOW", "STS_HOSTS"),
    groups=_TOKENS,
    timeout=10,
)
BRIDGE: Final = _served(
    "bridge",
    *_RUN_SERVICES,
    environment=_STARTING,
    groups=_GUARDING,
    layers=_RUN_LAYERS,
    memory=1024,
)
STREAM: Final = FunctionSpec(
    name="stream",
    folder="bridge",
    handler="lambdas.bridge.stream_app:app",
    services=_RUN_SERVICES,
    environment=_STARTING,
    groups=(*_GUARDING, "function-stream"),
    layers=_RUN_LAYERS,
    memory=1024,
    timeout=900,
    streaming=True,
)
SCHEDULER: Final = FunctionSpec(
    name="scheduler",
    folder="bridge",
    handler="lambdas.bridge.fired_handler.handle",
    services=(*_RUN_SERVICES, "sqs", "scheduler"),
    environment=(*_STARTING, "SCHEDULE_QUEUE_URL", "SCHEDULE_GROUP"),
    groups=(*_GUARDING, "function-schedules"),
    layers=_RUN_LAYERS,
    timeout=60,
)
SCHEDULES: Final = _served(
    "schedules",
    *("dynamodb", "sts", "kms", "sqs", "scheduler", "secretsmanager"),
    environment=(
        *("CONTROL_TABLE", "OPS_TABLE", "LEDGER_TABLE", "TENANT_ROLE_ARN", "CURSOR_SECRET_ARN", "SCHEDULE_GROUP"),
        *("SCHEDULE_QUEUE_URL", "SCHEDULE_QUEUE_ARN", "SCHEDULE_ROLE_ARN", "SCHEDULE_LETTERS_ARN"),
    ),
    groups=(*_TOKENS, "function-schedules"),
)
JOBS: Final = _served(
    "jobs",
    *("dynamodb", "sts", "s3", "kms", "bedrock-agentcore", "stepfunctions"),
    environment=(*_RUNNING, "RUN_STATE_MACHINE_ARN"),
    groups=_GUARDING,
    layers=_RUN_LAYERS,
    timeout=900,  # it leads a synchronous agent's run that was asked for as a job
    asynchronous=True,  # besides the workflow's tasks: the reaper, by schedule
)
AGENTS: Final = _served(
    "agents",
    *("dynamodb", "sts", "s3", "kms", "secretsmanager", "bedrock-agentcore-control"),
    environment=(
        *("CONTROL_TABLE", "OPS_TABLE", "LEDGER_TABLE", "ARTIFACT_BUCKET", "AUDIT_BUCKET", "EVIDENCE_KEY_ARN"),
        *("TENANT_ROLE_ARN", "CURSOR_SECRET_ARN", "NO_REQUIRED_SUITE"),
        *("STANDBY_REGION", "STANDBY_RUNTIME_URL", "STANDBY_ARTIFACT_BUCKET"),
    ),
    groups=_TOKENS,
    layers=_RUN_LAYERS,
    asynchronous=True,  # besides its routes: the inspection, by schedule
)
FILES: Final = _served(
    "files",
    *("dynamodb", "sts", "s3", "kms", "secretsmanager"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "OPS_TABLE", "LEDGER_TABLE"),
        *("TENANT_BUCKET", "TENANT_ROLE_ARN", "CURSOR_SECRET_ARN"),
    ),
    groups=_TOKENS,
)
API_KEYS: Final = _served(
    "api_keys",
    *("dynamodb", "sts", "secretsmanager"),
    environment=("CONTROL_TABLE", "LEDGER_TABLE", "OPS_TABLE", "TENANT_ROLE_ARN", "CURSOR_SECRET_ARN"),
)
TENANTS: Final = _served(
    "tenants",
    *("dynamodb", "sts", "s3", "stepfunctions", "secretsmanager"),
    environment=(
        *("CONTROL_TABLE", "LEDGER_TABLE", "OPS_TABLE", "TENANT_BUCKET", "TENANT_ROLE_ARN", "CURSOR_SECRET_ARN"),
        *("PROVISION_STATE_MACHINE_ARN", "LIFECYCLE_STATE_MACHINE_ARN"),
    ),
)
PROVISIONING: Final = FunctionSpec(
    name="provisioning",
    folder="tenants",
    handler="lambdas.tenants.tasks.handle",
    services=("dynamodb", "sts", "s3", "kms", "apigateway"),
    environment=("CONTROL_TABLE", "OPS_TABLE", "TENANT_BUCKET", "TENANT_ROLE_ARN", "USAGE_PLAN_IDS", "OWN_USAGE_KEYS"),
    timeout=60,
)
LIFECYCLE: Final = _served(
    "lifecycle",
    *("dynamodb", "sts", "s3", "kms", "stepfunctions", "scheduler"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "LEDGER_TABLE", "OPS_TABLE", "TENANT_BUCKET", "TENANT_ROLE_ARN"),
        *("ARTIFACT_BUCKET", "RUN_STATE_MACHINE_ARN", "LIFECYCLE_STATE_MACHINE_ARN", "QUIET_SECONDS", "SCHEDULE_GROUP"),
    ),
    groups=_TOKENS,
    memory=1024,
    timeout=300,
    asynchronous=True,  # besides the workflow's tasks: the daily sweep, by schedule
)
AUDIT: Final = _served(
    "audit",
    *("dynamodb", "sts", "secretsmanager"),
    environment=("OPS_TABLE", "LEDGER_TABLE", "TENANT_ROLE_ARN", "CURSOR_SECRET_ARN"),
)
CHECKPOINTS: Final = _served(
    "checkpoints",
    *("dynamodb", "sts", "s3", "kms", "secretsmanager"),
    environment=(
        *("CONTROL_TABLE", "LEDGER_TABLE", "OPS_TABLE", "AUDIT_BUCKET", "AUDIT_KEY_ARN"),
        *("TENANT_ROLE_ARN", "CURSOR_SECRET_ARN"),
    ),
    groups=_TOKENS,
    memory=1024,
    asynchronous=True,  # besides its routes: the checkpoints, by schedule
)
SEQUENCER: Final = _served(
    "sequencer",
    *("dynamodb", "dynamodbstreams", "sts", "kms", "sqs"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "LEDGER_TABLE", "OPS_TABLE"),
        *("TENANT_ROLE_ARN", "UNSEQUENCED_QUEUE_URL"),
    ),
    groups=_TOKENS,
    timeout=60,
    asynchronous=True,  # besides the stream: what dead letters tell of
)
MEMBERS: Final = _served(
    "members",
    *("dynamodb", "sts", "secretsmanager"),
    environment=("CONTROL_TABLE", "OPS_TABLE", "LEDGER_TABLE", "TENANT_ROLE_ARN", "CURSOR_SECRET_ARN"),
)
ISSUERS: Final = _served(
    "issuers",
    *("dynamodb", "secretsmanager"),
    environment=("CONTROL_TABLE", "OPS_TABLE", "LEDGER_TABLE", "CURSOR_SECRET_ARN", "OUTBOUND_ALLOW"),
    groups=_TOKENS,
)
GATEWAY: Final = _served(
    "gateway",
    *("dynamodb", "sts", "s3", "kms", "stepfunctions", "secretsmanager", "lambda"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "OPS_TABLE", "LEDGER_TABLE"),
        *("TENANT_BUCKET", "TENANT_ROLE_ARN", "RUN_TOKEN_KEY_ARN", "OUTBOUND_ALLOW"),
    ),
    groups=(*_TOKENS, _DECIDING, "function-guardrails", "function-tools"),
    layers=_ENFORCING,
)
INTERCEPTORS: Final = _served(
    "interceptors",
    *("dynamodb", "sts", "s3", "kms", "stepfunctions"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "OPS_TABLE", "LEDGER_TABLE"),
        *("TENANT_BUCKET", "TENANT_ROLE_ARN", "RUN_TOKEN_KEY_ARN"),
    ),
    groups=(*_TOKENS, _DECIDING, "function-guardrails", "function-tools"),
    layers=_ENFORCING,
)
MODELS: Final = FunctionSpec(
    name="models",
    folder="models",
    handler="lambdas.models.app:app",
    services=("dynamodb", "sts", "s3", "kms", "stepfunctions", "secretsmanager", "bedrock-runtime"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "OPS_TABLE", "LEDGER_TABLE", "TENANT_BUCKET", "TENANT_ROLE_ARN"),
        *("MODEL_SECRET_ARN", "TENANT_SECRETS", "MODEL_PROVIDERS"),
    ),
    groups=(*_TOKENS, _DECIDING, "function-guardrails", "function-stream", "function-models"),
    layers=(*_ENFORCING, "model_gateway"),
    memory=1024,
    timeout=900,
    streaming=True,
)
POLICIES: Final = _served(
    "policies",
    *("dynamodb", "sts", "kms", "secretsmanager"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "OPS_TABLE", "LEDGER_TABLE"),
        *("TENANT_ROLE_ARN", "CURSOR_SECRET_ARN"),
    ),
    groups=(*_TOKENS, _DECIDING, "function-tools"),  # tokens' group has the cipher of what runs have written
)
TOOLS: Final = _served(
    "tools",
    *("dynamodb", "sts", "secretsmanager"),
    environment=(
        *("CONTROL_TABLE", "OPS_TABLE", "LEDGER_TABLE"),
        *("TENANT_ROLE_ARN", "CURSOR_SECRET_ARN", "OUTBOUND_ALLOW"),
    ),
    groups=(*_TOKENS, "function-tools"),  # tokens' group has what packs' signatures are verified with
)
APPROVALS: Final = _served(
    "approvals",
    *("dynamodb", "sts", "kms", "secretsmanager", "stepfunctions"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "OPS_TABLE", "LEDGER_TABLE"),
        *("TENANT_ROLE_ARN", "CURSOR_SECRET_ARN"),
    ),
    groups=_TOKENS,
    layers=_RUN_LAYERS,
)
INCIDENTS: Final = _served(
    "incidents",
    *("dynamodb", "sts", "s3", "kms", "bedrock-agentcore", "stepfunctions", "secretsmanager"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "LEDGER_TABLE", "OPS_TABLE", "TENANT_BUCKET", "TENANT_ROLE_ARN"),
        *("CURSOR_SECRET_ARN", "RUN_STATE_MACHINE_ARN", "STANDBY_REGION", "STANDBY_RUNTIME_URL"),
    ),
    groups=_TOKENS,
    layers=_RUN_LAYERS,
)
TENANT_INSTANCES: Final = _served(
    "tenant_instances",
    *("dynamodb", "sts", "sqs", "secretsmanager"),
    environment=(
        *("CONTROL_TABLE", "LEDGER_TABLE", "OPS_TABLE", "TENANT_ROLE_ARN", "CURSOR_SECRET_ARN"),
        "QUARANTINE_QUEUE_URL",
    ),
    memory=256,
)
BUDGETS: Final = _served(
    "budgets",
    *("dynamodb", "sts"),
    environment=("CONTROL_TABLE", "OPS_TABLE", "LEDGER_TABLE", "TENANT_ROLE_ARN"),
    memory=256,
)
MODEL_REGISTRY: Final = _served(
    "model_registry",
    *("dynamodb", "sts"),
    environment=("CONTROL_TABLE", "OPS_TABLE", "LEDGER_TABLE", "TENANT_ROLE_ARN", "MODEL_PROVIDERS"),
    layers=("platform_kit", "governance", "model_gateway"),
    memory=256,
)
EVENT_PUBLISHER: Final = _served(
    "event_publisher",
    *("dynamodb", "dynamodbstreams", "sts", "events", "sqs"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "OPS_TABLE", "TENANT_ROLE_ARN"),
        *("EVENT_BUS", "DISPATCH_QUEUE_URL"),
    ),
    timeout=300,  # a version may be told to every tenant
    asynchronous=True,  # besides the streams: what dead letters tell of
)
WEBHOOK_DISPATCHER: Final = _served(
    "webhook_dispatcher",
    *("dynamodb", "sts", "kms", "sqs"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "OPS_TABLE", "LEDGER_TABLE", "TENANT_ROLE_ARN"),
        *("DISPATCH_QUEUE_URL", "WEBHOOK_ALLOW"),
    ),
    groups=_TOKENS,
    timeout=45,  # an attempt's fifteen seconds, all of a batch at once, and what is written around them
)
WEBHOOKS: Final = _served(
    "webhooks",
    *("dynamodb", "sts", "kms", "sqs", "secretsmanager"),
    environment=(
        *("CONTROL_TABLE", "RUNS_TABLE", "OPS_TABLE", "LEDGER_TABLE", "TENANT_ROLE_ARN"),
        *("CURSOR_SECRET_ARN", "DISPATCH_QUEUE_URL", "WEBHOOK_ALLOW"),
    ),
    groups=_TOKENS,
)
PLATFORM_OPS: Final = _served(
    "platform_ops",
    *("dynamodb", "s3", "secretsmanager"),
    environment=("CONTROL_TABLE", "RUNS_TABLE", "OPS_TABLE", "TENANT_BUCKET", "CURSOR_SECRET_ARN"),
    layers=("platform_kit", "governance", "model_gateway"),
    memory=256,
)
DEAD_LETTERS: Final = _served(
    "dead_letters",
    *("dynamodb", "sqs", "stepfunctions", "events"),
    environment=("OPS_TABLE", "LEDGER_TABLE", "DEAD_LETTER_QUEUES", "RETRIED_QUEUES"),
    memory=256,
)
FLAGS: Final = _served(
    "flags",
    *("dynamodb", "secretsmanager"),
    environment=("CONTROL_TABLE", "OPS_TABLE", "LEDGER_TABLE", "CURSOR_SECRET_ARN"),
)
FAILOVER: Final = _served(
    "failover",
    *("dynamodb", "bedrock-agentcore"),
    environment=(
        *("OPS_TABLE", "LEDGER_TABLE", "STANDBY_REGION", "STANDBY_RUNTIME_URL", "PROBE_RUNTIME"),
        *("RUNTIME_FAILING_SECONDS", "RUNTIME_STABLE_SECONDS"),
    ),
    layers=_RUN_LAYERS,
    memory=256,
    asynchronous=True,  # besides its routes: the watch, by schedule
)
_EVALUATING: Final = ("platform_kit", "governance", "evaluation")
EVALUATIONS: Final = _served(
    "evaluations",
    *("dynamodb", "s3", "kms", "stepfunctions", "secretsmanager"),
    environment=(
        *("CONTROL_TABLE", "OPS_TABLE", "LEDGER_TABLE", "ARTIFACT_BUCKET", "AUDIT_BUCKET", "EVIDENCE_KEY_ARN"),
        *("CURSOR_SECRET_ARN", "EVALUATION_STATE_MACHINE_ARN"),
    ),
    groups=(*_TOKENS, "function-scoring"),
    layers=_EVALUATING,
    asynchronous=True,  # besides its routes and the stream: the watch, by schedule
)
EVALUATION_WORKER: Final = _served(
    "evaluation_worker",
    *("dynamodb", "s3", "sts", "kms"),
    environment=(
        *("CONTROL_TABLE", "OPS_TABLE", "ARTIFACT_BUCKET", "AUDIT_BUCKET", "EVIDENCE_KEY_ARN"),
        *("PUBLIC_URL", "AUDIENCE"),
    ),
    groups=(*_TOKENS, "function-scoring", "function-evaluation"),
    layers=_EVALUATING,
    memory=1024,
    timeout=600,  # a case's longest time, and its judges'
    data=(
        "wordllama/weights/l2_supercat_256.safetensors",
        "wordllama/tokenizers/l2_supercat_tokenizer_config.json",
    ),
)
BFF: Final = _served(
    "bff",
    *("dynamodb", "secretsmanager"),
    environment=("OPS_TABLE", "BFF_SECRET_ARN", "PUBLIC_URL", "OIDC_ISSUER", "OIDC_CLIENT_ID"),
    groups=_TOKENS,
)

FUNCTIONS: Final = (
    *(AUTHORISER, BRIDGE, STREAM, JOBS, AGENTS, FILES, TENANTS, PROVISIONING, LIFECYCLE, GATEWAY, PLATFORM_OPS, BFF),
    *(API_KEYS, FLAGS, MEMBERS, ISSUERS, AUDIT, POLICIES, APPROVALS, BUDGETS, SEQUENCER, CHECKPOINTS, MODELS, TOOLS),
    *(INCIDENTS, TENANT_INSTANCES, INTERCEPTORS, MODEL_REGISTRY, EVALUATIONS, EVALUATION_WORKER),
    *(EVENT_PUBLISHER, WEBHOOK_DISPATCHER, WEBHOOKS),
    *(DEAD_LETTERS, SCHEDULER, SCHEDULES, FAILOVER),
)
