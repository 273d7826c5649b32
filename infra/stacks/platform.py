"""The API and the functions behind it, together: a route and what serves it are deployed as one."""

from collections.abc import Callable, Mapping

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra import functions as specs
from infra import permissions
from infra.config import StageSettings
from infra.constructs.log_count import ANSWERS_429, LogCount
from infra.constructs.platform_function import FunctionPlatform, PlatformFunction
from infra.constructs.platform_log_group import PlatformLogGroup
from infra.constructs.rest_api import AgentGatewayApi, PlatformRestApi
from infra.constructs.rest_routes import RestRoutes
from infra.stacks.identity import IdentityStack
from infra.stacks.platform_access import Access
from platform_kit.access import ROUTES


class PlatformStack(Stack):
    """REST API, authoriser and the functions of every capability."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        *,
        settings: StageSettings,
        identity: IdentityStack,
        shared: FunctionPlatform,
        access: Access,
        environment: Mapping[str, str],
        agent_gateway: apigateway.CfnRestApi | None,
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self._shared = shared
        self._access = access
        self._environment = environment
        self.functions = self._make_functions()
        self.access_log = PlatformLogGroup(
            self, "AccessLog", settings=settings, key=identity.platform_key, name=f"/ambit/{settings.stage}/api-access"
        )
        self.api = PlatformRestApi(self, "Api", settings=settings, access_log=self.access_log)
        self._route()
        self.agent_gateway = self._open_to_agents(settings, agent_gateway) if agent_gateway else None
        LogCount(
            self,
            "Answers429",
            stage=settings.stage,
            log_group=self.access_log,
            name=ANSWERS_429,
            pattern='{ $.status = "429" }',
        )
        self._publish()

    def _make_functions(self) -> dict[str, PlatformFunction]:
        access = self._access
        return {
            "authoriser": self._function(specs.AUTHORISER, access.authoriser),
            "bridge": self._function(
                specs.BRIDGE, access.running, access.seals, access.cursors, access.break_glass, self._start_runs
            ),
            "stream": self._function(specs.STREAM, access.running, access.seals, access.cursors, self._start_runs),
            "agents": self._function(specs.AGENTS, access.agents),
            "files": self._function(specs.FILES, access.files, access.seals, access.audits),
            "api_keys": self._function(specs.API_KEYS, access.api_keys),
            "tenants": self._function(specs.TENANTS, access.tenants, access.exports, self._start_lifecycles),
            "members": self._function(specs.MEMBERS, access.members, access.audits, access.cursors),
            "issuers": self._function(specs.ISSUERS, access.issuers),
            "audit": self._function(specs.AUDIT, access.audit, access.audits, access.cursors),
            "gateway": self._function(specs.GATEWAY, access.gateway, access.seals, self._answer_runs),
            "platform_ops": self._function(specs.PLATFORM_OPS, access.platform_ops),
            "flags": self._function(specs.FLAGS, access.flags),
            "bff": self._function(specs.BFF, access.bff),
        }

    def _function(self, spec: specs.FunctionSpec, *grants: Callable[[PlatformFunction], None]) -> PlatformFunction:
        made = PlatformFunction(self, _pascal(spec.name), shared=self._shared, spec=spec, environment=self._environment)
        for grant in grants:
            grant(made)
        return made

    def _start_runs(self, function: PlatformFunction) -> None:
        """Start the run workflow, and stop one of its executions when its run is cancelled."""
        machine = self._environment["RUN_STATE_MACHINE_ARN"]
        executions = machine.replace(":stateMachine:", ":execution:") + ":*"
        function.allow(
            permissions.allow(permissions.START_WORKFLOW, machine),
            permissions.allow(permissions.STOP_WORKFLOW, executions),
        )

    def _start_lifecycles(self, function: PlatformFunction) -> None:
        machines = (self._environment[f"{name}_STATE_MACHINE_ARN"] for name in ("PROVISION", "LIFECYCLE"))
        function.allow(permissions.allow(permissions.START_WORKFLOW, *machines))

    def _answer_runs(self, function: PlatformFunction) -> None:
        """A task token names its execution; the action is granted on the state machine."""
        machine = self._environment["RUN_STATE_MACHINE_ARN"]
        function.allow(permissions.allow(permissions.ANSWER_WORKFLOW, machine))

    def _route(self) -> None:
        authoriser = self.api.authorise_with(self.functions["authoriser"].function)
        served = {name: function.function for name, function in self.functions.items()}
        RestRoutes(self.api, authoriser, served).add(ROUTES)

    def _open_to_agents(self, settings: StageSettings, shell: apigateway.CfnRestApi) -> AgentGatewayApi:
        """The gateway's routes once more, on the private API that agents in the VPC can reach."""
        return AgentGatewayApi(
            self,
            "AgentGateway",
            settings=settings,
            shell=shell,
            authoriser=self.functions["authoriser"].function,
            gateway=self.functions["gateway"].function,
            access_log=self.access_log,
        )

    def _publish(self) -> None:
        CfnOutput(self, "RestApiId", value=self.api.rest_api_id)
        CfnOutput(self, "RestApiStage", value=self.api.deployment_stage.stage_name)
        for name in ("authoriser", "stream", "bff"):
            CfnOutput(self, f"{_pascal(name)}Function", value=self.functions[name].function.function_name)


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
