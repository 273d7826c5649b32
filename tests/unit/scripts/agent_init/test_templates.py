"""What the templates' own code does apart from the platform; the whole of them runs in tests/e2e/test_push.py."""

from __future__ import annotations

from typing import Any

import pytest
from ambit_agent import GatewayError

from scripts.agent_init.templates.basic.agent_package.agent import describe
from scripts.agent_init.templates.multi_agent.agent_package.agent import coordinate, plan
from scripts.agent_init.templates.rag.agent_package.agent import answer as answer_from_documents
from scripts.agent_init.templates.rag.agent_package.retrieval import find
from scripts.agent_init.templates.tools.agent_package.agent import answer as answer_with_tools


class Asked:
    """An invocation: its input is all that the templates read."""

    def __init__(self, text: str) -> None:
        self.input = text


class FakeGateway:
    """Tools and a model that answer at once, or refuse."""

    def __init__(self, *, refuse: bool = False) -> None:
        self.refuse = refuse
        self.calls: list[tuple[str, Any]] = []
        self.tools: Any = self

    def call(self, name: str, body: Any = None, /, **arguments: Any) -> dict[str, Any]:
        self.calls.append((name, body or arguments))
        if self.refuse:
            raise GatewayError(403, "POLICY_DENIED", "not this one")
        if name.startswith("/openai"):
            return {"choices": [{"message": {"content": "said"}}]}
        return {"result": "42", "local": "2026-01-01T00:00:00+01:00", "weekday": "Thursday"}


@pytest.mark.parametrize(
    ("text", "words", "sentences"),
    [("", 0, 0), ("...", 0, 0), ("One", 1, 1), ("It's one. It is two!", 5, 2), ("a-b c", 2, 1)],
)
def test_basic_counts(text: str, words: int, sentences: int) -> None:
    assert describe(Asked(text)) == {"words": words, "sentences": sentences, "characters": len(text)}


def test_tools_hands_the_sum_to_the_calculator() -> None:
    gateway = FakeGateway()
    assert answer_with_tools(Asked("What is 2 ^ 3 + 1, please?"), gateway) == "2 ** 3 + 1 = 42"
    assert gateway.calls == [("calculator", {"expression": "2 ** 3 + 1"})]
    assert "Europe/Berlin" in answer_with_tools(Asked("the time in Europe/Berlin?"), gateway)
    assert "POLICY_DENIED" in answer_with_tools(Asked("1 + 1"), FakeGateway(refuse=True))


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("How many days of leave are there?", "leave.md"),
        ("May I fly?  Do flights need approval?", "travel.md"),
        ("Where are passwords kept?", "security.md"),
    ],
)
def test_rag_finds_the_passage(question: str, document: str) -> None:
    assert find(question)[0].document == document


def test_rag_finds_nothing_where_nothing_is() -> None:
    assert find("Who won the cup?") == []
    assert find("what is it") == []


def test_rag_quotes_the_best_passage_when_no_model_may_be_asked() -> None:
    asked = Asked("What may a hotel cost?")
    assert answer_from_documents(asked, FakeGateway())["answer"] == "said"
    alone = answer_from_documents(asked, FakeGateway(refuse=True))
    assert alone["answer"].endswith("[travel.md]")
    assert alone["citations"][0]["document"] == "travel.md"


def test_the_team_gets_each_part_to_who_takes_it() -> None:
    assert [(task, member.name) for task, member in plan("6 * 7;\n write a line ;; 1+1")] == [
        ("6 * 7", "calculator"),
        ("write a line", "writer"),
        ("1+1", "calculator"),
    ]


def test_one_of_the_team_who_fails_does_not_take_the_others_down() -> None:
    *_, last = coordinate(Asked("6 * 7; write"), FakeGateway(refuse=True))
    assert last["output"]["complete"] is False
    *_, last = coordinate(Asked("6 * 7; write"), FakeGateway())
    assert last["output"]["complete"] is True
    assert [part["by"] for part in last["output"]["parts"]] == ["calculator", "writer"]
    assert last["output"]["parts"][1]["critique"] == "said"
