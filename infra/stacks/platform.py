"""The public API without its routes, the private one, and functions that start runs and keep credentials."""

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
from infra.stacks.identity import IdentityStack
from infra.stacks.platform_access import Access
from infra.stacks.served import Makes, pascal


class PlatformStack(Stack):
    """REST API, authoriser, and the functions that are not `governance`, made before and given.

    The public API's routes come after it, when there is every function that serves one.
    """

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
        authoriser = self.functions["authoriser"].function
        self.api = PlatformRestApi(self, "Api", settings=settings, authoriser=authoriser)
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
        for name in ("authoriser", "stream", "models", "bff"):
            CfnOutput(self, f"{pascal(name)}Function", value=self.functions[name].function.function_name)
