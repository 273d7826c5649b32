"""What tenants are given: usage plans and keys, and the workflows that provision, export and delete a tenant."""

import json
from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from governance.dead_letters import asked_again
from infra import permissions
from infra.config import Plan, StageSettings
from infra.constructs.platform_function import FunctionPlatform, PlatformFunction
from infra.constructs.queue_with_dlq import DeadLetterQueue
from infra.constructs.rest_api import AgentGatewayApi
from infra.constructs.workflow import Workflow, WorkflowPlatform
from infra.functions import LIFECYCLE, PROVISIONING
from infra.stacks.platform_access import Access
from infra.stacks.schedules import GROUP
from infra.suppressions import suppress

_TENANT_TIERS = ("basic", "standard", "premium")


class TenantStack(Stack):
    """Comes after the API: a usage plan names its stage, and provisioning puts tenants' keys into the plans."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        *,
        settings: StageSettings,
        api: apigateway.RestApi,
        agent_gateway: AgentGatewayApi | None,
        shared: FunctionPlatform,
        workflow_platform: WorkflowPlatform,
        dead_letters: DeadLetterQueue,
        access: Access,
        environment: Mapping[str, str],
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self._settings = settings
        self._agent_gateway = agent_gateway
        self.plans = {plan.tier: self._make_plan(plan, api) for plan in settings.plans}
        self._make_own_key("platform")
        self._make_own_key("agents")
        for tier in _TENANT_TIERS:
            self._make_shared_key(tier)
        self.provisioning = self._make_provisioning(shared, access, environment)
        self.provision = Workflow(
            self,
            "Provision",
            shared=workflow_platform,
            name="provision",
            tasks=[self.provisioning],
            substitutions={"ProvisioningFunctionArn": self.provisioning.function.function_arn},
        )
        self.provision.keep_failures(dead_letters)
        self.lifecycle = PlatformFunction(
            *(self, "Lifecycle"),
            shared=shared,
            spec=LIFECYCLE,
            environment={**environment, "SCHEDULE_GROUP": settings.name(GROUP)},
            dead_letters=dead_letters,
        )
        access.lifecycle(self.lifecycle)
        access.seals(self.lifecycle)
        access.shreds(self.lifecycle)
        self._stop_runs(self.lifecycle, environment["RUN_STATE_MACHINE_ARN"])
        self._forget_schedules(self.lifecycle)
        self.lifecycles = Workflow(
            self,
            "Lifecycles",
            shared=workflow_platform,
            name="lifecycle",
            tasks=[self.lifecycle, self.provisioning],
            substitutions={
                "LifecycleFunctionArn": self.lifecycle.function.function_arn,
                "ProvisioningFunctionArn": self.provisioning.function.function_arn,
            },
        )
        self.lifecycles.keep_failures(dead_letters)
        self._sweep_by_schedule(environment["LIFECYCLE_STATE_MACHINE_ARN"], dead_letters)
        self._publish()

    def _make_plan(self, plan: Plan, api: apigateway.RestApi) -> apigateway.UsagePlan:
        quota = plan.monthly_quota
        return apigateway.UsagePlan(
            self,
            f"{plan.tier.capitalize()}Plan",
            name=self._settings.name(plan.tier),
            api_stages=self._stages_of(plan, api),
            throttle=apigateway.ThrottleSettings(rate_limit=plan.rate, burst_limit=plan.burst),
            quota=apigateway.QuotaSettings(limit=quota, period=apigateway.Period.MONTH) if quota else None,
        )

    def _stages_of(self, plan: Plan, api: apigateway.RestApi) -> list[apigateway.UsagePlanPerApiStage]:
        """Agents come in by the private API too, where there is one."""
        stages = [apigateway.UsagePlanPerApiStage(api=api, stage=api.deployment_stage)]
        if plan.tier == "agents" and self._agent_gateway is not None:
            stage = self._agent_gateway.stage
            stages.append(apigateway.UsagePlanPerApiStage(api=stage.rest_api, stage=stage))
        return stages

    def _make_own_key(self, tier: str) -> None:
        """The key of the platform's own principals, or of its running agents; API Gateway makes up the value."""
        key = apigateway.ApiKey(self, f"{tier.capitalize()}Key", api_key_name=self._settings.name(tier))
        self.plans[tier].add_api_key(key)
        CfnOutput(self, f"{tier.capitalize()}ApiKeyId", value=key.key_id)

    def _make_shared_key(self, tier: str) -> None:
        """The key of all tenants of a tier that have none of their own; provisioning finds it by its name."""
        name = f"shared-{tier}"
        key = apigateway.ApiKey(self, f"Shared{tier.capitalize()}Key", api_key_name=self._settings.name(name))
        self.plans["shared"].add_api_key(key)

    def _make_provisioning(
        self, shared: FunctionPlatform, access: Access, environment: Mapping[str, str]
    ) -> PlatformFunction:
        plans = {tier: self.plans[tier].usage_plan_id for tier in _TENANT_TIERS}
        made = PlatformFunction(
            self,
            "Provisioning",
            shared=shared,
            spec=PROVISIONING,
            environment={**environment, "USAGE_PLAN_IDS": self.to_json_string(plans)},
        )
        access.provisioning(made)
        access.provides_keys(made)
        self._allow_keys(made, list(plans.values()))
        return made

    def _allow_keys(self, function: PlatformFunction, plan_ids: list[str]) -> None:
        """Make keys, put them into the tiers' plans and take them out again."""
        root = f"arn:aws:apigateway:{self.region}::"
        plans = [f"{root}/usageplans/{plan_id}/keys" for plan_id in plan_ids]
        function.allow(
            permissions.allow(permissions.CREATE_IN_API_GATEWAY, f"{root}/apikeys", *plans),
            permissions.allow(permissions.READ_IN_API_GATEWAY, f"{root}/apikeys"),
            permissions.allow(
                (*permissions.READ_IN_API_GATEWAY, *permissions.DELETE_IN_API_GATEWAY), *(f"{plan}/*" for plan in plans)
            ),
        )
        self._allow_removal(function, f"{root}/apikeys/*")

    def _allow_removal(self, function: PlatformFunction, keys: str) -> None:
        """Compensation deletes the key it made. A policy of its own, so that the exception covers nothing else."""
        statement = permissions.allow(permissions.DELETE_IN_API_GATEWAY, keys)
        policy = iam.Policy(self, "RemoveKeys", statements=[statement], roles=[function.role])
        reason = "API Gateway chooses a key's id when it is made, so no deployment can name it; deletion only."
        suppress(policy, "AMBIT_IAM_NO_WILDCARD_RESOURCE", reason)

    def _stop_runs(self, function: PlatformFunction, machine_arn: str) -> None:
        """A tenant that is deleted has its running jobs stopped."""
        executions = machine_arn.replace(":stateMachine:", ":execution:") + ":*"
        function.allow(permissions.allow(permissions.STOP_WORKFLOW, executions))

    def _forget_schedules(self, function: PlatformFunction) -> None:
        """A tenant that is deleted has its schedules forgotten."""
        schedules = f"arn:aws:scheduler:{self.region}:{self.account}:schedule/{self._settings.name(GROUP)}/*"
        function.allow(permissions.allow(permissions.FORGET_SCHEDULES, schedules))

    def _sweep_by_schedule(self, machine_arn: str, dead_letters: DeadLetterQueue) -> None:
        """Every night, remove what is past its time. The ARN is by name: the machine invokes this very function."""
        self.lifecycle.allow(permissions.allow(permissions.START_WORKFLOW, machine_arn))
        rule = events.CfnRule(
            self,
            "RetentionSweep",
            description="Begins the removal of what is past its time",
            schedule_expression="cron(17 3 * * ? *)",
            event_pattern=asked_again("retain"),
            targets=[
                events.CfnRule.TargetProperty(
                    id="Lifecycle",
                    arn=self.lifecycle.function.function_arn,
                    input=json.dumps({"step": "retain"}),
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
                )
            ],
        )
        lambda_.CfnPermission(
            self,
            "RetentionSweepMayInvoke",
            action="lambda:InvokeFunction",
            function_name=self.lifecycle.function.function_name,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )

    def _publish(self) -> None:
        CfnOutput(self, "ProvisionStateMachineArn", value=self.provision.arn)
        CfnOutput(self, "LifecycleStateMachineArn", value=self.lifecycles.arn)
        for tier, plan in self.plans.items():
            CfnOutput(self, f"UsagePlan{tier.capitalize()}", value=plan.usage_plan_id)
