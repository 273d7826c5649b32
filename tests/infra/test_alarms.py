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


def test_an_alarm_without_a_runbook_does_not_synthesise() -> None:
    stack = aws_cdk.Stack()
    metric = aws_cloudwatch.Metric(namespace="Ambit", metric_name="x")
    spec = AlarmSpec("nobody-wrote-it", "Something.", metric, 1)

    with pytest.raises(MissingRunbookError, match=r"runbooks/nobody-wrote-it\.md"):
        AlarmWithRunbook(stack, "Alarm", settings=settings_for("dev"), topic=aws_sns.Topic(stack, "Topic"), spec=spec)
