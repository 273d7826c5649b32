from dataclasses import replace
from typing import Any

import pytest

from lambdas.gateway.tools import BadArguments, BuiltIn, Made, built_in
from platform_kit.errors import Forbidden, Unprocessable
from tests.guarded_door import allowing, replying, saying, serving
from tests.unit.lambdas.gateway.gateway_fakes import TOOLS, World, asked, world


def act(found: World, name: str, /, **arguments: Any) -> Made:
    call = asked(name, **arguments)
    return call.act(found.desk, found.runs.record, call.action)


@pytest.mark.parametrize(
    ("name", "arguments", "place"),
    [
        ("calculator", {}, "/expression"),
        ("calculator", {"expression": "1", "precision": 9}, "/precision"),
        ("time", {"zone": 1}, "/zone"),
        ("http.fetch", {"url": "http:/127.0.0.1"}, "/url"),
        ("http.fetch", {"url": "https://a.test/", "headers": {}}, "/headers"),
        ("search", {"query": " "}, "/query"),
    ],
)
def test_bad_arguments_are_named_by_their_place(name: str, arguments: dict[str, Any], place: str) -> None:
    with pytest.raises(BadArguments, match=f"^{place}: "):
        asked(name, **arguments)


@pytest.mark.parametrize("given", [None, [], "x", 7])
def test_arguments_are_an_object(given: object) -> None:
    with pytest.raises(BadArguments):
        TOOLS["time"].read(given)


def test_a_sum_and_the_time_are_the_platforms_own_words() -> None:
    made = act(world(), "calculator", expression="6*7")
    assert (made.structured, made.words(None), made.outcome.own) == ({"result": "42", "exact": True}, "42", True)
    assert act(world(), "time").structured["utc"] == "2026-01-02T03:04:05.000Z"


@pytest.mark.parametrize(
    ("name", "arguments"), [("calculator", {"expression": "1/0"}), ("time", {"zone": "Mars/Olympus"})]
)
def test_what_cannot_be_computed_is_told_to_the_agent(name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable):
        act(world(), name, **arguments)


def test_policy_is_asked_about_the_host_that_a_request_reaches() -> None:
    assert asked("http.fetch", url="https://a.test/x").action.hosts == ("a.test",)
    assert asked("calculator", expression="1").action.hosts == ()


def test_what_comes_from_elsewhere_is_not_vouched_for() -> None:
    with serving(saying(b"hello", "text/plain")) as origin:
        call = built_in(allowing(origin))["http.fetch"].read({"url": f"{origin}/"})
        made = call.act(world().desk, {}, call.action)
    assert (made.outcome.own, made.structured) == (False, None)
    assert made.words({**made.outcome.result, "text": "cleaned"}) == "cleaned"


@pytest.mark.parametrize(
    "rewritten",
    [
        {"url": "https://other.test/", "method": "GET"},
        {"url": "https://a.test.evil.test/", "method": "GET"},
        {"url": "[EMAIL]", "method": "GET"},
        {"method": "GET"},
    ],
)
def test_a_request_leaves_for_the_host_that_was_decided_on_or_not_at_all(rewritten: dict[str, Any]) -> None:
    call = asked("http.fetch", url="https://a.test/")
    with pytest.raises(Unprocessable, match="guardrails"):
        call.act(world().desk, {}, replace(call.action, arguments=rewritten))


def test_a_request_leaves_as_the_guardrails_have_rewritten_it() -> None:
    seen: list[str] = []

    def run(_desk: Any, _run: Any, wanted: Any) -> Any:
        seen.append(wanted.body)
        raise Forbidden("seen")

    tool = TOOLS["http.send"]
    assert isinstance(tool, BuiltIn)
    call = replace(tool, run=run).read({"url": "https://a.test/", "body": "secret"})
    with pytest.raises(Forbidden, match="seen"):
        call.act(world().desk, {}, replace(call.action, arguments={**call.action.arguments, "body": "[SECRET]"}))
    assert seen == ["[SECRET]"]


def test_a_host_that_does_not_answer_is_an_outage_and_no_error_of_the_agents() -> None:
    with serving(replying(b"")) as origin:
        gone = origin
    call = built_in(allowing(gone))["http.fetch"].read({"url": f"{gone}/"})
    made = call.act(world().desk, {}, call.action)
    assert (made.outcome.status, made.outcome.error) == ("outage", "TOOL_UNREACHABLE")
    assert made.failure is not None
