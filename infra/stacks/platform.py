"""The API and the functions behind it, together: a route and what serves it are deployed as one."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra import functions as specs
from infra.config import StageSettings
from infra.constructs.log_count import ANSWERS_429, LogCount
from infra.constructs.platform_function import FunctionPlatform, PlatformFunction
from infra.constructs.platform_log_group import PlatformLogGroup
from infra.constructs.rest_api import AgentGatewayApi, PlatformRestApi
from infra.constructs.rest_routes import RestRoutes
from infra.stacks.identity import IdentityStack
from infra.stacks.platform_access import Access
from infra.stacks.served import Makes, pascal
from platform_kit.access import ROUTES


class PlatformStack(Stack):
    """REST API, authoriser and the functions of every capability, but for those of `governance`, which are given."""

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
        governance: Mapping[str, PlatformFunction],
        agent_gateway: apigateway.CfnRestApi | None,
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self._makes = Makes(shared, environment)
        self.functions = {**self._make_functions(access), **governance}
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

    def _make_functions(self, access: Access) -> dict[str, PlatformFunction]:
        runs = self._makes.workflows
        make = self._makes.function
        return {
            "authoriser": make(self, specs.AUTHORISER, access.authoriser),
            "bridge": make(
                *(self, specs.BRIDGE),
                *(access.running, access.seals, access.cursors, access.tells, access.break_glass, runs.start_runs),
            ),
            "stream": make(
                *(self, specs.STREAM), *(access.running, access.seals, access.cursors, access.tells, runs.start_runs)
            ),
            "bff": make(self, specs.BFF, access.bff),
        }

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
            functions={name: self.functions[name].function for name in ("gateway", "models")},
            access_log=self.access_log,
        )

    def _publish(self) -> None:
        CfnOutput(self, "RestApiId", value=self.api.rest_api_id)
        CfnOutput(self, "RestApiStage", value=self.api.deployment_stage.stage_name)
        for name in ("authoriser", "stream", "models", "bff"):
            CfnOutput(self, f"{pascal(name)}Function", value=self.functions[name].function.function_name)
