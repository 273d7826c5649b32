"""One construct for every function: package, roles, logs, tracing, dead letters. Permissions are added one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import permissions
from infra.bundling.bundler import Bundler
from infra.config import StageSettings
from infra.constructs.platform_log_group import PlatformLogGroup
from infra.constructs.queue_with_dlq import DeadLetterQueue
from infra.functions import FunctionSpec

# https://aws.github.io/aws-lambda-web-adapter: a public layer of AWS's, version 1.0 for arm64.
_WEB_ADAPTER_LAYER: Final = "arn:aws:lambda:{region}:753240598075:layer:LambdaAdapterLayerArm64:26"
_WEB_ADAPTER: Final = {
    "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
    "AWS_LWA_INVOKE_MODE": "response_stream",
    "AWS_LWA_PORT": "8080",
    "AWS_LWA_READINESS_CHECK_PROTOCOL": "tcp",
}
_TRACES: Final = "trace-writer"


@dataclass(frozen=True)
class FunctionPlatform:
    """What every function of a stage shares."""

    settings: StageSettings
    bundler: Bundler
    log_key: kms.IKey
    trace_policy: iam.IManagedPolicy


class PlatformFunction(Construct):
    """A function of the platform, its own role, and the role it takes on to act for one tenant."""

    def __init__(
        self,
        scope: Construct,
        function_id: str,
        *,
        shared: FunctionPlatform,
        spec: FunctionSpec,
        environment: Mapping[str, str],
        dead_letters: DeadLetterQueue | None = None,
    ) -> None:
        super().__init__(scope, function_id)
        if spec.asynchronous and dead_letters is None:
            raise ValueError(f"{spec.name} is invoked asynchronously: it needs a dead-letter queue")
        self.spec = spec
        self._settings = shared.settings
        self.log_group = self._make_log_group(shared)
        self.role = self._make_role(shared)
        self.tenant_role = self._make_tenant_role() if "TENANT_ROLE_ARN" in spec.environment else None
        self.function = self._make_function(shared, self._environment(environment))
        if dead_letters is not None:
            self._keep_dead_letters(dead_letters, shared.log_key)

    def allow(self, *statements: iam.PolicyStatement) -> None:
        """Grant to the function's own role."""
        for statement in statements:
            self.role.add_to_principal_policy(statement)

    def allow_tenant(self, *statements: iam.PolicyStatement) -> None:
        """Grant to the role that is assumed with a tenant tag."""
        if self.tenant_role is None:
            raise ValueError(f"{self.spec.name} reads no TENANT_ROLE_ARN: it cannot act for a tenant")
        for statement in statements:
            self.tenant_role.add_to_principal_policy(statement)

    def tenant_policy(self, name: str, *statements: iam.PolicyStatement) -> iam.Policy:
        """A policy of its own on the role that is assumed with a tenant tag."""
        if self.tenant_role is None:
            raise ValueError(f"{self.spec.name} reads no TENANT_ROLE_ARN: it cannot act for a tenant")
        return iam.Policy(self, name, statements=list(statements), roles=[self.tenant_role])

    @property
    def stage(self) -> str:
        """The stage it is deployed in."""
        return self._settings.stage

    @property
    def tenant_secrets(self) -> str:
        """What the names of tenants' secrets begin with in this stage."""
        return self._settings.tenant_secrets

    def _make_log_group(self, shared: FunctionPlatform) -> PlatformLogGroup:
        name = f"/ambit/{shared.settings.stage}/functions/{self.spec.name}"
        return PlatformLogGroup(self, "Logs", settings=shared.settings, key=shared.log_key, name=name)

    def _make_role(self, shared: FunctionPlatform) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            role_name=self._settings.name(self.spec.name),
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"{self.spec.name}: its own needs; tenants' data only through its tenant role",
            managed_policies=[shared.trace_policy],
        )
        role.add_to_principal_policy(permissions.allow(permissions.WRITE_LOGS, self.log_group.log_group_arn))
        return role

    def _make_tenant_role(self) -> iam.Role:
        tenant_role = iam.Role(
            self,
            "TenantRole",
            role_name=self._settings.name(f"{self.spec.name}-tenant"),
            assumed_by=iam.SessionTagsPrincipal(self._tagged_with_tenant()),
            description=f"{self.spec.name} acting for the one tenant its session is tagged with",
        )
        self.role.add_to_principal_policy(permissions.allow(permissions.ACT_FOR_TENANT, tenant_role.role_arn))
        return tenant_role

    def _tagged_with_tenant(self) -> iam.PrincipalBase:
        """This function's role, provided it passes the tag `tenant` and no other."""
        conditions = {
            "StringLike": {f"aws:RequestTag/{permissions.TENANT_TAG}": "?*"},
            "ForAllValues:StringEquals": {"aws:TagKeys": [permissions.TENANT_TAG]},
            "Null": {f"aws:RequestTag/{permissions.TENANT_TAG}": "false"},
        }
        return iam.ArnPrincipal(self.role.role_arn).with_conditions(conditions)

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        known = dict(given)
        known["POWERTOOLS_SERVICE_NAME"] = self.spec.name
        if self.tenant_role is not None:
            known["TENANT_ROLE_ARN"] = self.tenant_role.role_arn
        chosen = {name: known[name] for name in self.spec.variables}
        local = self._settings.local
        adapter = _WEB_ADAPTER if self.spec.streaming and local is None else {}
        return {**chosen, **adapter, **(local.environment() if local else {})}

    def _make_function(self, shared: FunctionPlatform, environment: Mapping[str, str]) -> lambda_.Function:
        target = shared.settings.target
        function = lambda_.Function(
            self,
            "Function",
            function_name=self._settings.name(self.spec.name),
            runtime=lambda_.Runtime(target.runtime, lambda_.RuntimeFamily.PYTHON),
            architecture=_architecture(target.architecture),
            handler="run.sh" if self.spec.streaming else self.spec.handler,
            code=lambda_.Code.from_asset(str(shared.bundler.package(self.spec))),
            layers=self._layers(),
            role=self.role.without_policy_updates(),
            environment=dict(environment),
            memory_size=self.spec.memory,
            timeout=Duration.seconds(self.spec.timeout),
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
        )
        self._trace(function)
        function.node.add_dependency(self.role)
        return function

    def _layers(self) -> list[lambda_.ILayerVersion]:
        if not self.spec.streaming or self._settings.is_local:
            return []
        arn = _WEB_ADAPTER_LAYER.format(region=self._settings.region)
        return [lambda_.LayerVersion.from_layer_version_arn(self, "WebAdapter", arn)]

    @staticmethod
    def _trace(function: lambda_.Function) -> None:
        """Turn tracing on here: the L2 option would add its own statement on every resource to each role."""
        resource = function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101 - narrows jsii's type
        resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")

    def _keep_dead_letters(self, queue: DeadLetterQueue, key: kms.IKey) -> None:
        resource = self.function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101 - narrows jsii's type
        resource.dead_letter_config = lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=queue.queue_arn)
        self.allow(
            permissions.allow(permissions.SEND_MESSAGE, queue.queue_arn),
            permissions.use_key_through("sqs", Stack.of(self).region, key.key_arn),
        )


def _architecture(name: str) -> lambda_.Architecture:
    return lambda_.Architecture.ARM_64 if name == "arm64" else lambda_.Architecture.X86_64
