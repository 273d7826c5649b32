"""Logs and metrics of a function: JSON lines with correlation ids, EMF metrics, nothing that identifies a secret."""

import json
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.base import SingleMetric

NAMESPACE: Final = "Ambit"


@cache
def logger() -> Logger:
    """The function's logger; its service name and level come from the Powertools variables."""
    return Logger(utc=True, use_rfc3339=True)


def count(name: str, value: int = 1, **dimensions: str) -> None:
    """Record a count as one EMF line of its own, at once: nothing is lost when the handler fails later."""
    _emit(name, MetricUnit.Count, value, dimensions)


def duration_ms(name: str, milliseconds: float, **dimensions: str) -> None:
    """Record a duration in milliseconds as one EMF line."""
    _emit(name, MetricUnit.Milliseconds, milliseconds, dimensions)


def _emit(name: str, unit: MetricUnit, value: float, dimensions: dict[str, str]) -> None:
    metric = SingleMetric(namespace=NAMESPACE)
    metric.add_metric(name=name, unit=unit, value=value)
    for key, label in dimensions.items():
        metric.add_dimension(key, label)
    line = json.dumps(_also_by_name(metric.serialize_metric_set()), separators=(",", ":"))
    print(line)  # noqa: T201 - the Lambda log takes standard output


def _also_by_name(line: dict[str, Any]) -> dict[str, Any]:
    """Without dimensions too: an alarm looks at one set of them, and Powertools puts the function's name into each."""
    sets = line["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
    if [] not in sets:
        sets.append([])
    return line
