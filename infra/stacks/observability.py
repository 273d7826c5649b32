"""Alarms, each with its runbook, and the dashboard that shows what they watch."""

from collections.abc import Iterable

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.config import StageSettings
from infra.constructs.alarm_with_runbook import AlarmSpec, AlarmWithRunbook
from infra.constructs.platform_function import PlatformFunction
from infra.stacks import alarms
from infra.stacks.identity import IdentityStack

_WIDTH = 8


class ObservabilityStack(Stack):
    """One topic for alarms, one dashboard."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        *,
        settings: StageSettings,
        identity: IdentityStack,
        functions: Iterable[PlatformFunction],
        watched: alarms.Watched,
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self._settings = settings
        self.topic = self._make_topic(identity)
        functions = tuple(functions)
        self.alarms = [self._alarm(spec) for spec in (*alarms.of_platform(watched), *alarms.of_functions(functions))]
        self._make_dashboard()
        CfnOutput(self, "AlarmTopicArn", value=self.topic.topic_arn)

    def _make_topic(self, identity: IdentityStack) -> sns.Topic:
        topic = sns.Topic(
            self,
            "Alarms",
            topic_name=self._settings.name("alarms"),
            master_key=identity.platform_key,
            enforce_ssl=not self._settings.is_local,
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        return topic

    def _alarm(self, spec: AlarmSpec) -> AlarmWithRunbook:
        alarm_id = "".join(part.capitalize() for part in f"{spec.name}-{spec.subject}".replace("_", "-").split("-"))
        return AlarmWithRunbook(self, alarm_id, settings=self._settings, topic=self.topic, spec=spec)

    def _make_dashboard(self) -> None:
        board = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=self._settings.name("platform"))
        status = cloudwatch.AlarmStatusWidget(alarms=list(self.alarms), width=24)
        board.add_widgets(status)
        shown = [alarm for alarm in self.alarms if not alarm.node.id.startswith("Function")]
        board.add_widgets(*(alarm_graph(alarm) for alarm in shown))


def alarm_graph(alarm: cloudwatch.Alarm) -> cloudwatch.AlarmWidget:
    """The watched metric with its threshold."""
    return cloudwatch.AlarmWidget(alarm=alarm, title=alarm.node.id, width=_WIDTH)
