"""Counts made from logs, where AWS publishes no metric of its own."""

from typing import Final

from aws_cdk import aws_logs as logs
from constructs import Construct

ANSWERS_429: Final = "ApiAnswers429"  # API Gateway counts 4xx as one
TASKS_TIMED_OUT: Final = "TasksTimedOut"  # Step Functions counts no heartbeat of a task token


def log_metrics(stage: str) -> str:
    """The namespace of a stage's log counts."""
    return f"Ambit/{stage}"


class LogCount(logs.MetricFilter):
    """Counts the log lines that match a pattern; zero where none does, so that a rate can be read."""

    def __init__(
        self, scope: Construct, count_id: str, *, stage: str, log_group: logs.ILogGroup, name: str, pattern: str
    ) -> None:
        super().__init__(
            scope,
            count_id,
            log_group=log_group,
            filter_pattern=logs.FilterPattern.literal(pattern),
            metric_namespace=log_metrics(stage),
            metric_name=name,
            metric_value="1",
            default_value=0,
        )
