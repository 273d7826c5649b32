"""The stacks of one stage in the order in which they may know of one another."""

from dataclasses import dataclass
from typing import TypedDict

import aws_cdk as cdk
from constructs import Construct

from infra.bundling.bundler import Bundler
from infra.config import StageSettings
from infra.constructs.platform_function import FunctionPlatform
from infra.stacks.agentcore import AgentCoreStack
from infra.stacks.data import DataStack
from infra.stacks.edge import EdgeStack
from infra.stacks.environment import environment_of
from infra.stacks.identity import IdentityStack
from infra.stacks.platform import PlatformStack
from infra.stacks.platform_access import Access
from infra.stacks.tenant import TenantStack
from infra.stacks.workflows import WorkflowsStack


class _Options(TypedDict):
    settings: StageSettings
    env: cdk.Environment
    synthesizer: cdk.IStackSynthesizer
    termination_protection: bool


@dataclass(frozen=True)
class Stage:
    """The stacks of a stage."""

    identity: IdentityStack
    data: DataStack
    agentcore: AgentCoreStack
    workflows: WorkflowsStack
    platform: PlatformStack
    tenant: TenantStack
    edge: EdgeStack


def _options(settings: StageSettings) -> _Options:
    """Locally the CLI's own credentials deploy, since the endpoint has no bootstrap roles to assume."""
    return {
        "settings": settings,
        "env": cdk.Environment(account=settings.account, region=settings.region),
        "synthesizer": cdk.CliCredentialsStackSynthesizer() if settings.is_local else cdk.DefaultStackSynthesizer(),
        "termination_protection": settings.protected,
    }


def build(scope: Construct, settings: StageSettings, bundler: Bundler | None = None) -> Stage:
    """Make every stack of the stage. `bundler` is given by tests that need no packages."""
    identity = IdentityStack(scope, settings.stack("Identity"), **_options(settings))
    data = DataStack(scope, settings.stack("Data"), **_options(settings))
    agentcore = AgentCoreStack(scope, settings.stack("AgentCore"), identity=identity, **_options(settings))
    shared = FunctionPlatform(
        settings, bundler or Bundler(settings.target), identity.platform_key, identity.trace_policy
    )
    access = Access(data, identity, agentcore.runtime_arns)
    environment = environment_of(
        data, settings=settings, data=data, identity=identity, gateway_url=f"{settings.public_url}/v1/gateway"
    )
    workflows = WorkflowsStack(
        scope,
        settings.stack("Workflows"),
        identity=identity,
        shared=shared,
        access=access,
        environment=environment,
        **_options(settings),
    )
    platform = PlatformStack(
        scope,
        settings.stack("Platform"),
        identity=identity,
        shared=shared,
        access=access,
        environment=environment,
        **_options(settings),
    )
    tenant = TenantStack(
        scope,
        settings.stack("Tenant"),
        api=platform.api,
        shared=shared,
        workflow_platform=workflows.workflow_platform,
        dead_letters=workflows.dead_letters,
        access=access,
        environment=environment,
        **_options(settings),
    )
    edge = EdgeStack(scope, settings.stack("Edge"), logs=data.access_logs, **_options(settings))
    return Stage(identity, data, agentcore, workflows, platform, tenant, edge)
