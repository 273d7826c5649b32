from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lambdas.evaluations.triggers import Triggers, _agent_of
from platform_kit.errors import DependencyUnavailable, VersionTampered
from tests.stores import HandClock


@pytest.mark.parametrize(
    ("partition", "agent"),
    [
        ("TENANT#platform#VERSION#echo-agent", "echo-agent"),
        ("TENANT#platform#TEMPLATE", None),
        ("TENANT#acme#VERSION#echo-agent", None),
        ("TENANT#platform#VERSION#Echo", None),
        ("nonsense", None),
    ],
)
def test_only_the_platforms_versions_are_looked_at(partition: str, agent: str | None) -> None:
    assert _agent_of(partition) == agent


class Registry:
    """Versions by id, of which some cannot be read; and the suites that are asked for."""

    def __init__(self, faults: Mapping[str, Exception]) -> None:
        self.faults = faults
        self.looked_at: list[str] = []

    def find(self, agent: str, version_id: str) -> dict[str, Any]:
        self.looked_at.append(version_id)
        if version_id in self.faults:
            raise self.faults[version_id]
        return {"agent": agent, "versionId": version_id, "contentHash": "c" * 64, "status": "candidate"}

    def of_agent(self, agent: str) -> Iterator[dict[str, Any]]:
        assert agent == "echo-agent"
        return iter(())


def changed(*versions: str) -> list[Mapping[str, Any]]:
    place = {"S": "TENANT#platform#VERSION#echo-agent"}
    return [{"dynamodb": {"Keys": {"pk": place, "sk": {"S": one}}, "SequenceNumber": f"at-{one}"}} for one in versions]


def triggers(registry: Registry) -> Triggers:
    whatever = cast("Any", None)
    return Triggers(cast("Any", registry), whatever, cast("Any", registry), whatever, whatever)


def test_a_tampered_version_does_not_keep_those_after_it_from_being_evaluated() -> None:
    registry = Registry({"first": VersionTampered("its record does not hold")})
    assert triggers(registry).take(changed("first", "second")) == []
    assert registry.looked_at == ["first", "second"]


def test_what_cannot_be_read_now_is_tried_again() -> None:
    registry = Registry({"first": DependencyUnavailable("later")})
    assert triggers(registry).take(changed("first", "second")) == ["at-first"]
    assert registry.looked_at == ["first"]


def test_what_cannot_be_started_now_keeps_nothing_else_from_being_started() -> None:
    started: list[str] = []

    def start(evaluation_id: str, _attempt: int) -> None:
        started.append(evaluation_id)
        if evaluation_id == "first":
            raise DependencyUnavailable("later")

    queued = {"status": "queued", "attempt": 1, "createdAt": "2026-03-04T05:00:00.000Z", "agent": "echo-agent"}
    items = [{**queued, "evaluationId": one} for one in ("first", "second")]
    whatever = cast("Any", None)
    page = SimpleNamespace(items=items, next_id=None)
    evaluations = SimpleNamespace(list=lambda **_: page)
    starter = SimpleNamespace(workflows=SimpleNamespace(start=start))
    clock = HandClock(datetime(2026, 3, 4, 5, 30, tzinfo=UTC))
    watching = Triggers(whatever, cast("Any", evaluations), whatever, cast("Any", starter), clock)
    assert watching.watch() == {"restarted": 1, "stuck": 0}
    assert started == ["first", "second"]
