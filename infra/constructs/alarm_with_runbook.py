"""Alarms that say what to do: one without a runbook does not synthesise."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.config import StageSettings

RUNBOOKS: Final = Path(__file__).resolve().parents[2] / "runbooks"


class MissingRunbookError(Exception):
    """An alarm whose runbook was never written."""


@dataclass(frozen=True)
class AlarmSpec:
    """When an alarm goes off: `threshold` reached in `datapoints` of `periods` evaluation periods."""

    name: str  # also the runbook's file name
    meaning: str
    metric: cloudwatch.IMetric
    threshold: float
    periods: int = 1
    datapoints: int = 1
    subject: str = ""  # what it watches, when one alarm exists for several things


class AlarmWithRunbook(cloudwatch.Alarm):
    """`ambit-<stage>-<name>[-<subject>]`, described by `runbooks/<name>.md`, sent to the alarm topic."""

    def __init__(
        self, scope: Construct, alarm_id: str, *, settings: StageSettings, topic: sns.ITopic, spec: AlarmSpec
    ) -> None:
        runbook = RUNBOOKS / f"{spec.name}.md"
        if not runbook.is_file():
            raise MissingRunbookError(f"write runbooks/{spec.name}.md: the alarm {spec.name!r} has none")
        super().__init__(
            scope,
            alarm_id,
            alarm_name=settings.name("-".join(filter(None, (spec.name, spec.subject)))),
            alarm_description=f"{spec.meaning} Runbook: runbooks/{spec.name}.md",
            metric=spec.metric,
            threshold=spec.threshold,
            evaluation_periods=spec.periods,
            datapoints_to_alarm=spec.datapoints,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self.add_alarm_action(actions.SnsAction(topic))
        self.add_ok_action(actions.SnsAction(topic))
