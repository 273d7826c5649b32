import json
from collections.abc import Callable

import pytest

from lambdas.authoriser import telemetry


@pytest.mark.parametrize(
    ("emit", "metric", "level"),
    [
        (lambda: telemetry.refused("expired", "req-1"), "AuthRefused", "WARNING"),
        (lambda: telemetry.denied("expired", "req-1"), "AuthDenied", "WARNING"),
        (lambda: telemetry.dependency_down("expired", "req-1"), "AuthDependencyDown", "ERROR"),
    ],
)
def test_a_signal_is_one_line_of_embedded_metrics(
    emit: Callable[[], None], metric: str, level: str, capsys: pytest.CaptureFixture[str]
) -> None:
    emit()
    line = json.loads(capsys.readouterr().out)
    directive = line["_aws"]["CloudWatchMetrics"][0]
    assert (line[metric], line["reason"], line["level"], line["requestId"]) == (1, "expired", level, "req-1")
    assert (directive["Namespace"], directive["Metrics"]) == ("Ambit", [{"Name": metric, "Unit": "Count"}])
    assert all(name in line for names in directive["Dimensions"] for name in names)
    assert line["_aws"]["Timestamp"] > 1_700_000_000_000


def test_keys_that_cannot_be_fetched_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.keys_not_fetched("TimeoutError")
    assert json.loads(capsys.readouterr().out)["KeySetFetchFailed"] == 1
