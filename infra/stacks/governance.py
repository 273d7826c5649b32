"""The functions that govern, and those of the registry, of evaluations, tenants and files.

They are served by the API of the platform's stack, and in a stack of their own because a template holds 500 resources.
"""

import json
from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from governance.dead_letters import STEPS, asked_again
from infra import functions as specs
from infra import permissions
from infra.config import StageSettings
from infra.constructs.intercepted_gateway import InterceptedGateway
from infra.constructs.platform_function import FunctionPlatform, PlatformFunction
from infra.constructs.queue_with_dlq import DeadLetterQueue, RetriedQueue
from infra.stacks.identity import IdentityStack
from infra.stacks.platform_access import Access
from infra.stacks.served import Makes, pascal

_SCHEDULED: Final = {
    "failover": "Looks at the regions that agents run in",
    "inspect": "Looks at the versions that tenants run",
}


class GovernanceStack(Stack):
    """Comes before the API."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        *,
        settings: StageSettings,
        identity: IdentityStack,
        dead_letters: DeadLetterQueue,
        shared: FunctionPlatform,
        access: Access,
        environment: Mapping[str, str],
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self.stage = settings.stage
        self._quarantines = RetriedQueue(
            *(self, "Quarantines"),
            settings=settings,
            key=identity.platform_key,
            name="quarantines",
            visibility=Duration.seconds(6 * specs.INCIDENTS.timeout),
            dead_letters=dead_letters,
        )
        self._makes = Makes(shared, {**environment, "QUARANTINE_QUEUE_URL": self._quarantines.queue_url})
        self.functions = self._make_functions(access, dead_letters)
        self._end_quarantined(identity)
        self._by_schedule("WatchRegions", "failover", "rate(1 minute)", dead_letters)
        self._by_schedule("InspectVersions", "inspect", "rate(5 minutes)", dead_letters)
        if settings.agentcore_gateway:
            InterceptedGateway(self, "ToolsGateway", settings=settings, interceptors=self.functions["interceptors"])

    def _make_functions(self, access: Access, dead_letters: DeadLetterQueue) -> dict[str, PlatformFunction]:
        make, runs = self._makes.function, self._makes.workflows
        return {
            "agents": make(self, specs.AGENTS, access.agents, dead_letters=dead_letters),
            "tenants": make(self, specs.TENANTS, access.tenants, access.exports, runs.start_lifecycles),
            "files": make(self, specs.FILES, access.files, access.seals, access.audits),
            "audit": make(self, specs.AUDIT, access.audit, access.audits, access.cursors),
            "budgets": make(self, specs.BUDGETS, access.budgets, access.audits),
            "checkpoints": make(
                *(self, specs.CHECKPOINTS, access.checkpoints, access.cursors), dead_letters=dead_letters
            ),
            "policies": make(self, specs.POLICIES, access.policies, access.seals, access.audits, access.cursors),
            "approvals": make(
                *(self, specs.APPROVALS),
                *(access.approvals, access.seals, access.audits, access.cursors, runs.answer_runs),
            ),
            "incidents": make(
                *(self, specs.INCIDENTS),
                *(access.incidents, access.seals, access.audits, access.cursors, runs.stop_runs),
            ),
            "tenant_instances": make(self, specs.TENANT_INSTANCES, access.tenant_instances, access.cursors),
            "gateway": make(
                *(self, specs.GATEWAY),
                *(access.gateway, access.seals, access.tells, access.reaches_tools, runs.answer_runs),
            ),
            "interceptors": make(self, specs.INTERCEPTORS, access.interceptors, access.seals, runs.answer_runs),
            "models": make(self, specs.MODELS, access.models, access.seals, access.tells, runs.answer_runs),
            "model_registry": make(self, specs.MODEL_REGISTRY, access.model_registry, access.audits),
            "tools": make(self, specs.TOOLS, access.tools),
            "flags": make(self, specs.FLAGS, access.flags),
            "api_keys": make(self, specs.API_KEYS, access.api_keys),
            "members": make(self, specs.MEMBERS, access.members, access.audits, access.cursors),
            "issuers": make(self, specs.ISSUERS, access.issuers),
            "platform_ops": make(self, specs.PLATFORM_OPS, access.platform_ops),
            "dead_letters": make(self, specs.DEAD_LETTERS, access.dead_letters),
            "failover": make(self, specs.FAILOVER, access.failover, dead_letters=dead_letters),
        }

    def _by_schedule(self, rule_id: str, step: str, rate: str, dead_letters: DeadLetterQueue) -> None:
        """Ask the function of a step for it, again and again, and between its times when a dead letter says so."""
        function = self.functions[STEPS[step]].function
        target = events.CfnRule.TargetProperty(
            id=pascal(STEPS[step]),
            arn=function.function_arn,
            input=json.dumps({"step": step}),
            dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
        )
        rule = events.CfnRule(
            *(self, rule_id),
            description=_SCHEDULED[step],
            schedule_expression=rate,
            event_pattern=asked_again(step),
            targets=[target],
        )
        lambda_.CfnPermission(
            *(self, f"{rule_id}MayAsk"),
            action="lambda:InvokeFunction",
            function_name=function.function_name,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )

    def _end_quarantined(self, identity: IdentityStack) -> None:
        """Who serves operators tells of quarantined agents, who may touch runs ends theirs; one at a time and again."""
        told, ends = self.functions["tenant_instances"], self.functions["incidents"]
        key = permissions.use_key_through("sqs", self.region, identity.platform_key.key_arn)
        told.allow(permissions.allow(permissions.SEND_MESSAGE, self._quarantines.queue_arn), key)
        ends.allow(permissions.allow(permissions.TAKE_MESSAGES, self._quarantines.queue_arn), key)
        mapping = lambda_.CfnEventSourceMapping(
            *(self, "Quarantined"),
            function_name=ends.function.function_name,
            event_source_arn=self._quarantines.queue_arn,
            batch_size=1,
        )
        mapping.node.add_dependency(ends.role)
