"""Alarms and runbooks: each has the other, and a runbook says what to do."""

import re
from typing import Any

import aws_cdk
import pytest
from aws_cdk import aws_cloudwatch, aws_sns

from infra.config import settings_for
from infra.constructs.alarm_with_runbook import RUNBOOKS, AlarmSpec, AlarmWithRunbook, MissingRunbookError

SECTIONS = ("## Meaning", "## Impact", "## Diagnosis", "## Mitigation")
NOT_ALARMS = frozenset({"README"})


def _runbooks_named(stacks: Any) -> set[str]:
    alarms = stacks.resources("AWS::CloudWatch::Alarm").values()
    descriptions = [alarm["Properties"]["AlarmDescription"] for alarm in alarms]
    return {match[1] for text in descriptions if (match := re.search(r"Runbook: runbooks/(.+)\.md$", text))}


def test_every_alarm_names_its_runbook(stacks: Any) -> None:
    for alarm in stacks.resources("AWS::CloudWatch::Alarm").values():
        properties = alarm["Properties"]
        name = re.search(r"Runbook: runbooks/(.+)\.md$", properties["AlarmDescription"])
        assert name
        assert properties["AlarmName"].startswith(f"ambit-{stacks.folder.name}-{name[1]}")


def test_every_alarm_runbook_belongs_to_an_alarm(prod: Any) -> None:
    texts = {path.stem: path.read_text() for path in RUNBOOKS.glob("*.md") if path.stem not in NOT_ALARMS}

    assert {stem for stem, text in texts.items() if "Alarm:" in text} == _runbooks_named(prod)


def test_every_alarm_tells_somebody(stacks: Any) -> None:
    alarms = stacks.resources("AWS::CloudWatch::Alarm").values()

    assert [alarm for alarm in alarms if not alarm["Properties"].get("AlarmActions")] == []


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_runbook_says_what_it_means_and_what_to_do(path: Any) -> None:
    if path.stem in NOT_ALARMS:
        return
    text = path.read_text()

    assert [section for section in SECTIONS if section not in text] == []
    assert "```" in text.split("## Diagnosis")[1], "diagnosis has commands"


def test_a_tenants_key_that_cannot_be_used_goes_off_but_not_while_a_new_one_is_made(prod: Any) -> None:
    alarms = [alarm["Properties"] for alarm in prod.resources("AWS::CloudWatch::Alarm").values()]
    (alarm,) = [alarm for alarm in alarms if alarm["AlarmName"] == "ambit-prod-tenant-key-unavailable"]
    metrics = {query["Id"]: query["MetricStat"]["Metric"] for query in alarm["Metrics"] if "MetricStat" in query}
    assert {metric["MetricName"] for metric in metrics.values()} == {"TenantKeyUnavailable"}
    assert "Dimensions" not in metrics["everywhere"]
    assert metrics["provisioning"]["Dimensions"] == [{"Name": "service", "Value": "provisioning"}]


def test_what_alarms_count_is_counted_somewhere(prod: Any) -> None:
    """A metric that nobody emits is never missing: its alarm would be silent for ever."""
    root = RUNBOOKS.parent
    sources = [path for folder in ("layers", "lambdas", "data_access_lib") for path in (root / folder).rglob("*.py")]
    told = set(re.findall(r'"([A-Z]\w+)"', "\n".join(path.read_text() for path in sources)))
    assert _ours(prod)
    assert _ours(prod) <= told


def _ours(stacks: Any) -> set[str]:
    """The names of the platform's own metrics that alarms look at."""
    alarms = [alarm["Properties"] for alarm in stacks.resources("AWS::CloudWatch::Alarm").values()]
    stats = [
        query["MetricStat"]["Metric"] for alarm in alarms for query in alarm.get("Metrics", []) if "MetricStat" in query
    ]
    named = [*stats, *(alarm for alarm in alarms if "MetricName" in alarm)]
    return {metric["MetricName"] for metric in named if metric["Namespace"] == "Ambit"}


def test_an_alarm_without_a_runbook_does_not_synthesise() -> None:
    stack = aws_cdk.Stack()
    metric = aws_cloudwatch.Metric(namespace="Ambit", metric_name="x")
    spec = AlarmSpec("nobody-wrote-it", "Something.", metric, 1)

    with pytest.raises(MissingRunbookError, match=r"runbooks/nobody-wrote-it\.md"):
        AlarmWithRunbook(stack, "Alarm", settings=settings_for("dev"), topic=aws_sns.Topic(stack, "Topic"), spec=spec)


def test_the_backlog_of_approvals_goes_off_by_age_by_number_and_by_what_nobody_decided(prod: Any) -> None:
    alarms = [alarm["Properties"] for alarm in prod.resources("AWS::CloudWatch::Alarm").values()]
    (alarm,) = [alarm for alarm in alarms if alarm["AlarmName"] == "ambit-prod-approval-backlog"]
    watched = {query["Id"]: query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query}
    told = {name: (stat["Metric"]["MetricName"], stat["Stat"]) for name, stat in watched.items()}
    assert told == {
        "longest": ("ApprovalWaiting", "Maximum"),
        "slices": ("ApprovalWaiting", "SampleCount"),
        "expired": ("ApprovalExpired", "Sum"),
    }


def test_a_tenant_that_stops_everything_goes_off_and_a_single_run_that_is_stopped_does_not(prod: Any) -> None:
    alarms = [alarm["Properties"] for alarm in prod.resources("AWS::CloudWatch::Alarm").values()]
    (alarm,) = [alarm for alarm in alarms if alarm["AlarmName"] == "ambit-prod-own-kill-switch"]
    metrics = {query["Id"]: query["MetricStat"]["Metric"] for query in alarm["Metrics"] if "MetricStat" in query}
    assert {metric["MetricName"] for metric in metrics.values()} == {"OwnKillSwitchSet"}
    assert metrics["everything"]["Dimensions"] == [
        {"Name": "scope", "Value": "tenant"},
        {"Name": "service", "Value": "incidents"},
    ]
    assert "Dimensions" not in metrics["anything"]
    (said,) = [query["Expression"] for query in alarm["Metrics"] if "Expression" in query]
    assert said == "IF(FILL(everything, 0) >= 1, 1, 0) + IF(FILL(anything, 0) >= 10, 1, 0)"
