from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from evaluation.suites import Suite
from governance.manifest import Manifest
from scripts.agent_push.errors import PushError
from scripts.agent_push.folder import Agent, FolderError
from scripts.agent_push.suites import SuiteFile, push_suites, suites_of
from tests.unit.scripts.agent_push.test_runtime import agent

if TYPE_CHECKING:
    from scripts.agent_push.registry import Registry

__all__ = ["agent"]
CORE: dict[str, Any] = {
    "name": "core",
    "description": "What it must get right.",
    "agents": ["echo-agent"],
    "required": True,
    "threshold": 1.0,
    "cases": [{"caseId": "a", "input": "hi", "scorers": [{"type": "exact", "expected": "hi"}]}],
}


@pytest.fixture
def judged(agent: Agent) -> Agent:
    """An agent whose manifest names the suite `core`."""
    (agent.source.folder / "evaluations").mkdir()
    told = {"name": "echo-agent", "owner": "t", "description": "d", "mode": "sync", "handler": "e.a:app"}
    return replace(agent, manifest=Manifest.parse({**told, "evaluations": ["core"]}))


def write(agent: Agent, value: object, name: str = "core.json") -> None:
    text = value if isinstance(value, str) else json.dumps(value, indent=1)
    (agent.source.folder / "evaluations" / name).write_text(text)


def problems(agent: Agent) -> list[str]:
    with pytest.raises(FolderError) as refused:
        suites_of(agent)
    return [problem.rpartition("evaluations/")[2] for problem in refused.value.problems]


def test_a_folder_without_suites_has_none(agent: Agent) -> None:
    assert suites_of(agent) == []


def test_a_sound_suite_is_read(judged: Agent) -> None:
    write(judged, CORE)
    assert [one.suite.digest() for one in suites_of(judged)] == [Suite.model_validate(CORE).digest()]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('{"name": "core",\n "agents": [}', "core.json:2: this is no JSON: expecting value"),
        ("[" * 100_000, "core.json:1: this is no suite: it is nested too deep"),
        ("3", "core.json:1: the suite: Input should be"),
        ({**CORE, "threshold": 2}, "core.json:8: threshold: Input should be less than or equal to 1"),
        ({**CORE, "colour": 1}, "core.json:21: colour: Extra inputs"),
        ({**CORE, "cases": []}, "core.json:9: cases: List should have at least 1 item"),
        ({**CORE, "name": "other"}, "core.json:2: add 'other' to evaluations in [tool.ambit], or nothing requires it"),
        ({**CORE, "agents": ["another"]}, "core.json:4: add 'echo-agent' to its agents"),
    ],
)
def test_what_is_no_suite_is_told_with_its_line(judged: Agent, value: object, told: str) -> None:
    write(judged, value)
    (problem,) = problems(judged)
    assert problem.startswith(told), problem


def test_a_pattern_that_cannot_be_compiled_is_told_with_its_line(judged: Agent) -> None:
    case = {"caseId": "a", "input": "hi", "scorers": [{"type": "regex", "pattern": "("}]}
    write(judged, {**CORE, "cases": [case]})
    (problem,) = problems(judged)
    assert problem.startswith("core.json:14: cases.0.scorers.0: "), problem


def test_all_that_is_wrong_in_all_files_is_told_at_once(judged: Agent) -> None:
    write(judged, {**CORE, "name": "other", "agents": []}, "a.json")
    write(judged, CORE, "b.json")
    write(judged, CORE, "c.json")
    told = problems(judged)
    assert [problem.partition(":")[0] for problem in told] == ["a.json", "a.json", "c.json"]
    assert "b.json is the suite core already" in told[2]


class Suites:
    """The platform's suites. `meanwhile` is pushed by somebody else just before the next push."""

    def __init__(self, *known: dict[str, Any], meanwhile: list[dict[str, Any]] | None = None) -> None:
        self.known = {one["name"]: one for one in known}
        self.meanwhile = meanwhile or []
        self.sent: list[dict[str, Any]] = []
        self.looks = 0

    def suites(self) -> dict[str, dict[str, Any]]:
        self.looks += 1
        return dict(self.known)

    def push_suite(self, suite: dict[str, Any]) -> dict[str, Any] | None:
        if self.meanwhile:
            self.known["core"] = self.meanwhile.pop(0)
            return None
        self.sent.append(suite)
        self.known["core"] = in_force(suite)
        return {"name": suite["name"], "version": 7, "cases": len(suite["cases"])}


def in_force(suite: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {"version": 6, "digest": Suite.model_validate(suite).digest(), **{k: suite[k] for k in CORE if k != "cases"}}
    return {**told, **more}


def pushed(suites: Suites, agent: Agent, suite: dict[str, Any] | None = None) -> list[str]:
    path = agent.source.folder / "evaluations" / "core.json"
    return push_suites(cast("Registry", suites), [SuiteFile(path, Suite.model_validate(suite or CORE))])


def test_a_suite_is_sent_once(judged: Agent) -> None:
    suites = Suites()
    assert pushed(suites, judged) == ["core version 7, 1 cases"]
    assert pushed(suites, judged) == []
    assert [Suite.model_validate(one).digest() for one in suites.sent] == [Suite.model_validate(CORE).digest()]


def test_nothing_is_asked_where_there_is_no_suite() -> None:
    suites = Suites()
    assert (push_suites(cast("Registry", suites), []), suites.looks) == ([], 0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"agents": ["another", "echo-agent"]}, "it is for another no more"),
        ({"threshold": 1.0}, "its threshold falls from 1.0 to 0.5"),
        ({"required": True}, "it is not required any more"),
    ],
)
def test_a_push_weakens_no_suite(judged: Agent, change: dict[str, Any], told: str) -> None:
    less = {**CORE, "threshold": 0.5, "required": False}
    suites = Suites(in_force({**less, **change}))
    with pytest.raises(PushError, match=r"core would ask less.*ambit suites push ") as refused:
        pushed(suites, judged, less)
    assert told in str(refused.value)
    assert suites.sent == []


def test_a_suite_that_asks_more_is_sent(judged: Agent) -> None:
    suites = Suites(in_force({**CORE, "threshold": 0.5, "required": False}))
    assert pushed(suites, judged) == ["core version 7, 1 cases"]


def test_two_who_push_the_same_are_both_right(judged: Agent) -> None:
    suites = Suites(meanwhile=[in_force(CORE)])
    assert (pushed(suites, judged), suites.sent) == ([], [])


def test_two_who_push_different_cases_are_told(judged: Agent) -> None:
    other = in_force({**CORE, "description": "other"})
    suites = Suites(meanwhile=[other, other])
    with pytest.raises(PushError, match="somebody else pushes core at this moment"):
        pushed(suites, judged)
