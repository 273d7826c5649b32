"""What differs between stages, typed. The only module that reads CDK context or the deploying machine's environment."""

import os
import platform
import sys
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

StageName = Literal["local", "dev", "staging", "prod"]
STAGES: Final[tuple[StageName, ...]] = ("local", "dev", "staging", "prod")
CLOUD_STAGES: Final[tuple[StageName, ...]] = ("dev", "staging", "prod")
LOCAL_ACCOUNT: Final = "000000000000"
LOCAL_STANDBY_REGION: Final = "us-west-2"
AUDIENCE: Final = "ambit-api"
# Where callers' roles may be proven: the Regions that every AWS account has
# (https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html).
STS_REGIONS: Final = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
    *("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
)
# The agents deployed with the platform. In the cloud each has an AgentCore runtime.
REFERENCE_AGENTS: Final = ("echo-agent", "echo-stream", "echo-async", "analyst-agent")
CLOUD_PYTHON: Final = (3, 13)
FUNCTION_PLATFORM: Final = "aarch64-manylinux_2_28"
# Agents bring numerical libraries, which publish no wheels for older systems than this (glibc 2.28).
AGENT_PLATFORM: Final = "aarch64-manylinux_2_28"


class ConfigurationError(Exception):
    """A context value that names no stage, or is not a number."""


class Context(Protocol):
    """Where context values come from: a construct's node."""

    def try_get_context(self, key: str, /) -> object:
        """The value given with `-c key=value`, or None."""


@dataclass(frozen=True)
class Plan:
    """One usage plan. Rate in requests a second, burst in requests, quota in requests a month, all per key."""

    tier: str
    rate: int
    burst: int
    monthly_quota: int | None


PLANS: Final = (
    Plan("basic", rate=10, burst=20, monthly_quota=100_000),
    Plan("standard", rate=50, burst=100, monthly_quota=1_000_000),
    Plan("premium", rate=200, burst=400, monthly_quota=10_000_000),
    Plan("platform", rate=50, burst=100, monthly_quota=None),
    # One key for every running agent: its limit is the platform's, the governor bounds each run.
    Plan("agents", rate=1_000, burst=2_000, monthly_quota=None),
    # One key a tier for the tenants that came after the account's last key: our own buckets keep each one's limit.
    Plan("shared", rate=1_500, burst=3_000, monthly_quota=None),
)


@dataclass(frozen=True)
class PackageTarget:
    """The interpreter a package is made for. `platform` None means the running interpreter's own wheels."""

    python: tuple[int, int]
    architecture: Literal["arm64", "x86_64"]
    platform: str | None

    @property
    def runtime(self) -> str:
        """The Lambda runtime's name, such as `python3.13`."""
        return f"python{self.python[0]}.{self.python[1]}"

    def for_agents(self) -> "PackageTarget":
        """The same machine, with the C library that agents' runtimes have."""
        return replace(self, platform=AGENT_PLATFORM) if self.platform else self

    @property
    def agent_runtime(self) -> str:
        """AgentCore's name for the same, such as `PYTHON_3_13`."""
        return f"PYTHON_{self.python[0]}_{self.python[1]}"


@dataclass(frozen=True)
class LocalEndpoints:
    """Where the parts of the local platform listen, all on the loopback interface."""

    port_offset: int

    def _url(self, port: int) -> str:
        return f"http://127.0.0.1:{port + self.port_offset}"

    @property
    def emulator(self) -> str:
        """The AWS endpoint."""
        return self._url(4566)

    @property
    def edge(self) -> str:
        """The one public URL: API and web app."""
        return self._url(8080)

    @property
    def identity_provider(self) -> str:
        """The OIDC provider."""
        return self._url(8090)

    @property
    def webhook_listener(self) -> str:
        """Where a developer may listen for webhooks: the one address on this machine that they are sent to."""
        return self._url(8098)

    @property
    def agent_host(self) -> str:
        """What stands in for AgentCore Runtime."""
        return self._url(8099)

    @property
    def standby_agent_host(self) -> str:
        """What stands in for AgentCore Runtime in the standby region, when it is up (`ambit failover standby`)."""
        return self._url(8097)

    def environment(self) -> dict[str, str]:
        """What sends boto3 to the local endpoints: it reads these variables by itself."""
        return {
            "AWS_ENDPOINT_URL": self.emulator,
            "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": self.agent_host,
            "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL": self.agent_host,
        }


@dataclass(frozen=True)
class StageSettings:
    """Everything the stacks need to know about one stage."""

    stage: StageName
    version: str
    account: str | None  # None: whatever account the caller's credentials belong to
    region: str
    public_url: str
    oidc_issuer: str
    target: PackageTarget
    protected: bool  # deletion protection, retained data
    log_retention_days: int
    # Stage limits stand above the top plan's, or no tenant could ever use what it pays for.
    stage_rate: int = 2_000
    stage_burst: int = 4_000
    # How long API Gateway keeps the authoriser's answers: with its records' fifteen seconds and the functions' ten, a
    # suspension is felt within a minute.
    authoriser_cache_seconds: int = 30
    # How long a function that leads runs keeps a record of the catalogue: so much later a promotion takes effect.
    catalogue_cache_seconds: int = 10
    # An account has 10 000 API keys in a Region, not one more: from here on new tenants share their tier's.
    own_usage_keys: int = 9_000
    # The region whose runtimes agents run on while the stage's own do not answer; "" when it has none.
    standby_region: str = ""
    # How long runtimes must fail before they are left, and answer before they are taken again, in seconds.
    runtime_failing_seconds: int = 30
    runtime_stable_seconds: int = 600
    # After a tenant is closed: presigned uploads live 900 s, cached answers of the authoriser 60 s.
    quiet_seconds: int = 960
    # Whether a version of an agent that no suite is required of may be approved: never where customers depend on it.
    passes_without_required_suite: bool = False
    # How long S3 keeps checkpoints of audit chains from being changed; `final`: for the account itself too.
    audit_lock_days: int = 1
    audit_lock_final: bool = False
    local: LocalEndpoints | None = None
    # `agentcoreGateway` in the context of cdk.json: tools behind an AgentCore Gateway as well.
    agentcore_gateway: bool = False
    plans: tuple[Plan, ...] = PLANS

    @property
    def is_local(self) -> bool:
        """Whether this is a developer's machine: there are local endpoints."""
        return self.local is not None

    @property
    def standby_runtime_url(self) -> str:
        """Where the standby region's runtimes are, when that is not AWS's own address."""
        return self.local.standby_agent_host if self.local else ""

    @property
    def outbound_allow(self) -> str:
        """Origins that guarded requests may reach although they are not public: the local identity provider's."""
        return self.local.identity_provider if self.local else ""

    @property
    def webhook_allow(self) -> str:
        """Origins that webhook endpoints may have although they are not public: locally the developer's listener."""
        return self.local.webhook_listener if self.local else ""

    @property
    def sts_hosts(self) -> tuple[str, ...]:
        """Where AWS callers' proofs may lead: the regional endpoints of STS; locally the local endpoint alone."""
        if self.local:
            return (self.local.emulator.removeprefix("http://"),)
        return tuple(f"sts.{region}.amazonaws.com" for region in STS_REGIONS)

    @property
    def tenant_secrets(self) -> str:
        """What the names of tenants' secrets begin with; the tenant's id follows."""
        return f"ambit/{self.stage}/tenants"

    @property
    def model_providers(self) -> tuple[str, ...]:
        """Providers that are asked for models: locally none that would need an AWS account."""
        everywhere = ("local", "openai", "azure", "anthropic")
        return everywhere if self.is_local else (*everywhere, "bedrock")

    @property
    def domain(self) -> str:
        """The host name of the public URL."""
        return self.public_url.split("://", 1)[1].split(":", 1)[0]

    def name(self, suffix: str) -> str:
        """A physical name: `ambit-<stage>-<suffix>`."""
        return f"ambit-{self.stage}-{suffix}"

    def stack(self, suffix: str) -> str:
        """A stack id: `Ambit-<stage>-<Suffix>`."""
        return f"Ambit-{self.stage}-{suffix}"


def _host_architecture() -> Literal["arm64", "x86_64"]:
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def _local(port_offset: int) -> StageSettings:
    endpoints = LocalEndpoints(port_offset)
    running = (sys.version_info.major, sys.version_info.minor)
    return StageSettings(
        stage="local",
        version=_version(),
        account=LOCAL_ACCOUNT,
        region="us-east-1",
        public_url=endpoints.edge,
        oidc_issuer=f"{endpoints.identity_provider}/oidc",
        target=PackageTarget(running, _host_architecture(), platform=None),
        protected=False,
        log_retention_days=7,
        quiet_seconds=2,
        passes_without_required_suite=True,
        authoriser_cache_seconds=3,  # whoever tries something out sees at once what it does
        catalogue_cache_seconds=1,  # and whoever pushes an agent is answered by it
        standby_region=LOCAL_STANDBY_REGION,
        runtime_failing_seconds=8,
        runtime_stable_seconds=15,
        local=endpoints,
    )


def _cloud(stage: StageName, *, protected: bool, log_retention_days: int) -> StageSettings:
    domain = os.environ.get("AMBIT_DOMAIN", "ambit.example.com")
    host = domain if stage == "prod" else f"{stage}.{domain}"
    return StageSettings(
        stage=stage,
        version=_version(),
        account=os.environ.get("CDK_DEFAULT_ACCOUNT"),
        region="us-east-1",
        public_url=f"https://{host}",
        oidc_issuer=os.environ.get("AMBIT_OIDC_ISSUER", f"https://login.{domain}"),
        target=PackageTarget(CLOUD_PYTHON, "arm64", platform=FUNCTION_PLATFORM),
        protected=protected,
        log_retention_days=log_retention_days,
        audit_lock_days=3653 if stage == "prod" else log_retention_days,  # ten years: see the certificate of deletion
        audit_lock_final=stage == "prod",
    )


def _version() -> str:
    return "0.1.0"


def settings_for(stage: str, *, port_offset: int = 0) -> StageSettings:
    """The settings of a stage; raises ConfigurationError for a name that is none."""
    match stage:
        case "local":
            return _local(port_offset)
        case "dev":
            return _cloud("dev", protected=False, log_retention_days=30)
        case "staging":
            return _cloud("staging", protected=True, log_retention_days=90)
        case "prod":
            return _cloud("prod", protected=True, log_retention_days=365)
        case _:
            raise ConfigurationError(f"-c stage={stage}: must be one of {', '.join(STAGES)}")


def settings_from(context: Context) -> StageSettings:
    """Settings as `-c stage=…`, `-c portOffset=…` and `-c agentcoreGateway=…` ask for; `local` when not given.

    ConfigurationError for a value that is none. Locally there is no AgentCore Gateway, whatever is asked for.
    """
    stage = context.try_get_context("stage") or "local"
    offset = context.try_get_context("portOffset") or 0
    try:
        port_offset = int(str(offset))
    except ValueError:
        raise ConfigurationError(f"-c portOffset={offset}: must be a whole number") from None
    settings = settings_for(str(stage), port_offset=port_offset)
    return replace(settings, agentcore_gateway=_agentcore_gateway(context, settings))


def _agentcore_gateway(context: Context, settings: StageSettings) -> bool:
    asked = str(context.try_get_context("agentcoreGateway") or "false").lower()
    if asked not in {"true", "false"}:
        raise ConfigurationError(f"-c agentcoreGateway={asked}: must be true or false")
    return asked == "true" and not settings.is_local
