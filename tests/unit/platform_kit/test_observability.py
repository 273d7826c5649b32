import json

import pytest

from platform_kit import observability


def emitted(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def dimensions(line: dict[str, object]) -> list[list[str]]:
    directive = line["_aws"]["CloudWatchMetrics"][0]  # type: ignore[index] # the shape is what is under test
    return [sorted(names) for names in directive["Dimensions"]]


def test_a_count_is_one_line_of_embedded_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    observability.count("RunStarted", agent="echo")
    line = emitted(capsys)
    assert (line["RunStarted"], line["agent"]) == ([1.0], "echo")
    directive = line["_aws"]["CloudWatchMetrics"][0]  # type: ignore[index] # the shape is what is under test
    assert directive["Namespace"] == "Ambit"
    assert directive["Metrics"] == [{"Name": "RunStarted", "Unit": "Count"}]
    assert "agent" in directive["Dimensions"][0]


def test_a_metric_is_found_by_its_name_alone_whatever_function_counts_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alarm names one set of dimensions; a metric with `service` is another metric than one without."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "bridge")
    observability.count("RunStarted", agent="echo")
    assert dimensions(emitted(capsys)) == [["agent", "service"], []]
    observability.count("RunStarted")
    assert dimensions(emitted(capsys)) == [["service"], []]
    monkeypatch.delenv("POWERTOOLS_SERVICE_NAME")
    observability.count("RunStarted")
    assert dimensions(emitted(capsys)) == [[]]


def test_a_duration_is_in_milliseconds(capsys: pytest.CaptureFixture[str]) -> None:
    observability.duration_ms("RunDuration", 12.5)
    line = emitted(capsys)
    assert line["RunDuration"] == [12.5]
    assert line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"] == "Milliseconds"  # type: ignore[index] # as above


def test_a_function_has_one_logger() -> None:
    assert observability.logger() is observability.logger()
