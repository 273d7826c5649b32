"""What makes the public API's routes reachable: its deployment and its stage."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.config import StageSettings
from infra.constructs.platform_log_group import PlatformLogGroup
from infra.constructs.rest_api import PlatformRestApi, deploy, stage_options


class ApiStack(Stack):
    """Comes after the routes: a deployment is a picture of what is there when it is taken."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        *,
        settings: StageSettings,
        api: PlatformRestApi,
        access_log: PlatformLogGroup,
        routes: tuple[Stack, ...],
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        for stack in routes:
            self.add_stack_dependency(stack)
        stage = apigateway.Stage(
            *(self, "Stage"),
            deployment=deploy(self, api, settings),
            **stage_options(settings, access_log)._values,  # noqa: SLF001 - jsii keeps an options object's values there and takes them nowhere as one
        )
        api.deployment_stage = stage
        CfnOutput(self, "RestApiId", value=api.rest_api_id)
        CfnOutput(self, "RestApiStage", value=stage.stage_name)
