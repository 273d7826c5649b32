"""The stacks of one stage in the order in which they may know of one another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import aws_cdk as cdk
from constructs import Construct

from infra.bundling.bundler import Bundler
from infra.config import StageSettings
from infra.constructs.platform_function import FunctionPlatform, PlatformFunction
from infra.stacks.agentcore import AgentCoreStack
from infra.stacks.alarms import Watched
from infra.stacks.api import ApiStack
from infra.stacks.audit import AuditStack
from infra.stacks.data import DataStack
from infra.stacks.edge import EdgeStack
from infra.stacks.environment import environment_of
from infra.stacks.evaluations import EvaluationsStack
from infra.stacks.events import EventsStack
from infra.stacks.governance import GovernanceStack
from infra.stacks.identity import IdentityStack
from infra.stacks.network import NetworkStack
from infra.stacks.observability import ObservabilityStack
from infra.stacks.platform import PlatformStack
from infra.stacks.platform_access import Access
from infra.stacks.routes import RoutesStack, operators_routes, tenants_routes
from infra.stacks.schedules import SchedulesStack
from infra.stacks.tenant import TenantStack
from infra.stacks.workflows import WorkflowsStack


class _Options(TypedDict):
    settings: StageSettings
    env: cdk.Environment
    synthesizer: cdk.IStackSynthesizer
    termination_protection: bool


def _options(settings: StageSettings) -> _Options:
    """Locally the CLI's own credentials deploy, since the endpoint has no bootstrap roles to assume."""
    return {
        "settings": settings,
        "env": cdk.Environment(account=settings.account, region=settings.region),
        "synthesizer": cdk.CliCredentialsStackSynthesizer() if settings.is_local else cdk.DefaultStackSynthesizer(),
        "termination_protection": settings.protected,
    }


@dataclass(frozen=True)
class Foundation:
    """What functions stand on: keys, data, network, runtimes, and what all functions share."""

    identity: IdentityStack
    data: DataStack
    network: NetworkStack | None
    agentcore: AgentCoreStack
    shared: FunctionPlatform
    access: Access
    environment: dict[str, str]


def _lay(scope: Construct, settings: StageSettings, bundler: Bundler) -> Foundation:
    options = _options(settings)
    identity = IdentityStack(scope, settings.stack("Identity"), **options)
    data = DataStack(scope, settings.stack("Data"), **_options(settings))
    network = _network(scope, settings, identity)
    agentcore = AgentCoreStack(
        *(scope, settings.stack("AgentCore")),
        identity=identity,
        network=network,
        bundler=bundler,
        **_options(settings),
    )
    gateway_url = network.gateway_url if network else f"{settings.public_url}/v1/gateway"
    return Foundation(
        *(identity, data, network, agentcore),
        shared=FunctionPlatform(settings, bundler, identity.platform_key, identity.trace_policy),
        access=Access(data, identity, agentcore.runtime_arns),
        environment=environment_of(data, settings=settings, data=data, identity=identity, gateway_url=gateway_url),
    )


def _network(scope: Construct, settings: StageSettings, identity: IdentityStack) -> NetworkStack | None:
    """None locally: the agent host's processes share the machine's network."""
    if settings.is_local:
        return None
    return NetworkStack(scope, settings.stack("Network"), identity=identity, **_options(settings))


@dataclass(frozen=True)
class Stage:
    """The stacks of a stage."""

    foundation: Foundation
    workflows: WorkflowsStack
    evaluations: EvaluationsStack
    events: EventsStack
    schedules: SchedulesStack
    platform: PlatformStack
    api: ApiStack
    tenant: TenantStack
    audit: AuditStack
    edge: EdgeStack
    observability: ObservabilityStack

    @property
    def functions(self) -> tuple[PlatformFunction, ...]:
        """Every function of the stage."""
        return functions_of(
            *(self.workflows, self.evaluations, self.events, self.schedules, self.platform, self.tenant, self.audit)
        )


def functions_of(
    workflows: WorkflowsStack,
    evaluations: EvaluationsStack,
    told: EventsStack,
    schedules: SchedulesStack,
    platform: PlatformStack,
    tenant: TenantStack,
    audit: AuditStack,
) -> tuple[PlatformFunction, ...]:
    """Every function of a stage."""
    behind = (workflows.jobs, evaluations.worker, tenant.provisioning, tenant.lifecycle, audit.sequencer)
    return (*platform.functions.values(), *behind, schedules.runner, told.publisher, told.dispatcher)


def build(scope: Construct, settings: StageSettings, bundler: Bundler | None = None) -> Stage:
    """Make every stack of the stage. `bundler` is given by tests that need no packages."""
    base = _lay(scope, settings, bundler or Bundler(settings.target))
    workflows = WorkflowsStack(
        *(scope, settings.stack("Workflows")),
        identity=base.identity,
        shared=base.shared,
        access=base.access,
        environment=base.environment,
        **_options(settings),
    )
    governance = _governance(scope, settings, base, workflows)
    evaluations = _evaluations(scope, settings, base, workflows)
    told = _events(scope, settings, base)
    schedules = _schedules(scope, settings, base)
    served = {**governance.functions, **evaluations.functions, **told.functions, **schedules.functions}
    platform = _platform(scope, settings, base, served)
    api = _api(scope, settings, platform)
    tenant = _tenant(scope, settings, base, workflows, platform)
    audit = _audit(scope, settings, base, workflows, platform)
    edge = EdgeStack(
        *(scope, settings.stack("Edge")),
        identity=base.identity,
        data=base.data,
        api=platform.api,
        **_options(settings),
    )
    functions = functions_of(workflows, evaluations, told, schedules, platform, tenant, audit)
    watched = _watched(settings, base, workflows, told, platform, tenant, audit)
    observability = ObservabilityStack(
        *(scope, settings.stack("Observability")),
        identity=base.identity,
        functions=functions,
        watched=watched,
        **_options(settings),
    )
    return Stage(base, workflows, evaluations, told, schedules, platform, api, tenant, audit, edge, observability)


def _governance(
    scope: Construct, settings: StageSettings, base: Foundation, workflows: WorkflowsStack
) -> GovernanceStack:
    return GovernanceStack(
        *(scope, settings.stack("Governance")),
        identity=base.identity,
        dead_letters=workflows.dead_letters,
        shared=base.shared,
        access=base.access,
        environment=base.environment,
        **_options(settings),
    )


def _evaluations(
    scope: Construct, settings: StageSettings, base: Foundation, workflows: WorkflowsStack
) -> EvaluationsStack:
    return EvaluationsStack(
        *(scope, settings.stack("Evaluations")),
        shared=base.shared,
        workflow_platform=workflows.workflow_platform,
        dead_letters=workflows.dead_letters,
        access=base.access,
        environment=base.environment,
        **_options(settings),
    )


def _events(scope: Construct, settings: StageSettings, base: Foundation) -> EventsStack:
    return EventsStack(
        *(scope, settings.stack("Events")),
        identity=base.identity,
        shared=base.shared,
        access=base.access,
        environment=base.environment,
        **_options(settings),
    )


def _schedules(scope: Construct, settings: StageSettings, base: Foundation) -> SchedulesStack:
    return SchedulesStack(
        *(scope, settings.stack("Schedules")),
        identity=base.identity,
        shared=base.shared,
        access=base.access,
        environment=base.environment,
        **_options(settings),
    )


def _platform(
    scope: Construct, settings: StageSettings, base: Foundation, functions: Mapping[str, PlatformFunction]
) -> PlatformStack:
    return PlatformStack(
        *(scope, settings.stack("Platform")),
        governance=functions,
        identity=base.identity,
        shared=base.shared,
        access=base.access,
        environment=base.environment,
        agent_gateway=base.network.gateway_api if base.network else None,
        **_options(settings),
    )


def _audit(
    scope: Construct, settings: StageSettings, base: Foundation, workflows: WorkflowsStack, platform: PlatformStack
) -> AuditStack:
    return AuditStack(
        *(scope, settings.stack("Audit")),
        identity=base.identity,
        shared=base.shared,
        access=base.access,
        environment=base.environment,
        checkpoints=platform.functions["checkpoints"],
        dead_letters=workflows.dead_letters,
        **_options(settings),
    )


def _api(scope: Construct, settings: StageSettings, platform: PlatformStack) -> ApiStack:
    """The public API's routes in two stacks that may be deployed at once, and after both what makes them reachable."""
    tenants, operators = (
        RoutesStack(
            *(scope, settings.stack(name)),
            api=platform.api,
            functions=platform.functions,
            routes=routes,
            **_options(settings),
        )
        for name, routes in (("TenantRoutes", tenants_routes()), ("OperatorRoutes", operators_routes()))
    )
    return ApiStack(
        *(scope, settings.stack("Api")),
        api=platform.api,
        access_log=platform.access_log,
        routes=(tenants, operators),
        **_options(settings),
    )


def _tenant(
    scope: Construct,
    settings: StageSettings,
    base: Foundation,
    workflows: WorkflowsStack,
    platform: PlatformStack,
) -> TenantStack:
    return TenantStack(
        *(scope, settings.stack("Tenant")),
        api=platform.api,
        agent_gateway=platform.agent_gateway,
        shared=base.shared,
        workflow_platform=workflows.workflow_platform,
        dead_letters=workflows.dead_letters,
        access=base.access,
        environment=base.environment,
        **_options(settings),
    )


def _watched(
    settings: StageSettings,
    base: Foundation,
    workflows: WorkflowsStack,
    told: EventsStack,
    platform: PlatformStack,
    tenant: TenantStack,
    audit: AuditStack,
) -> Watched:
    return Watched(
        stage=settings.stage,
        api=platform.api,
        authoriser=platform.functions["authoriser"],
        bridge=platform.functions["bridge"],
        tables=base.data.tables,
        sequencer=audit.sequencer,
        publisher=told.publisher,
        followers=[platform.functions["evaluations"]],
        run_workflow_arn=workflows.run.arn,
        provision_workflow_arn=tenant.provision.arn,
        lifecycle_workflow_arn=tenant.lifecycles.arn,
    )
