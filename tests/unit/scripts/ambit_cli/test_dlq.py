"""`ambit dlq` as operators type it, over the wire."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

LETTER = {
    "messageId": "m-1",
    "origin": "execution",
    "subject": "arn:x",
    "reason": "AgentFailed",
    "sentAt": "t",
    "ageSeconds": 61,
    "receives": 2,
    "redrivable": True,
    "tenantId": "acme",
    "fields": {},
    "withheld": 3,
    "digest": "d",
}
REDRIVE = "POST /v1/platform/dlq/workflow/redrive"
PURGE = "POST /v1/platform/dlq/workflow/purge"


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["dlq", *words])


def outcome(result: str, name: str = "m-1") -> dict[str, Any]:
    return {"messageId": name, "result": result}


def outcomes(*items: dict[str, Any], waiting: int = 0) -> dict[str, Any]:
    done = sum(item["result"] in {"moved", "already_moved", "purged"} for item in items)
    return {"queue": "workflow", "items": list(items), "done": done, "waiting": waiting}


def bodies(platform: Any) -> list[Any]:
    return [json.loads(one.body) for one in platform.asked if one.body]


def test_queues_and_messages_are_listed(platform: Any, answer: Any) -> None:
    queue = {"name": "workflow", "waiting": 3, "hidden": 0, "retentionSeconds": 1}
    platform.will_answer("GET /v1/platform/dlq", answer(body={"queues": [queue]}))
    platform.will_answer(
        "GET /v1/platform/dlq/workflow/messages", answer(body={"queue": "workflow", "items": [LETTER], "more": True})
    )
    assert "workflow  3        0" in ambit("list").stdout
    told = ambit("inspect", "workflow")
    assert "m-1      execution  AgentFailed  acme    61 s  2     arn:x" in told.stdout
    assert "there are more" in told.stderr


def test_all_are_redriven_in_rounds_until_one_gets_nothing_done(platform: Any, answer: Any) -> None:
    stays = outcome("not_redrivable", "m-9")
    rounds = (
        outcomes(outcome("moved"), stays, waiting=2),
        outcomes(outcome("moved", "m-2"), stays, waiting=1),
        outcomes(stays, waiting=1),
    )
    platform.will_answer(REDRIVE, *(answer(body=one) for one in rounds))
    told = ambit("redrive", "workflow", "--all")
    assert told.exit_code == 1
    assert "2 done, about 1 waiting" in told.stderr
    assert told.stdout.count("m-9") == 1
    assert len({body["sentBefore"] for body in bodies(platform)}) == 1


def test_named_messages_are_redriven_once(platform: Any, answer: Any) -> None:
    platform.will_answer(REDRIVE, answer(body=outcomes(outcome("moved"))))
    told = ambit("redrive", "workflow", "--message", "m-1", "--json")
    assert (told.exit_code, json.loads(told.stdout)["items"]) == (0, [outcome("moved")])
    assert bodies(platform) == [{"messageIds": ["m-1"]}]


def test_purging_says_why_and_which_queue(platform: Any, answer: Any) -> None:
    platform.will_answer(PURGE, answer(body=outcomes(outcome("purged"))))
    told = ambit("purge", "workflow", "--message", "m-1", "--reason", "done by hand", "--confirm", "workflow")
    assert told.exit_code == 0
    assert bodies(platform) == [{"reason": "done by hand", "confirm": "workflow", "messageIds": ["m-1"]}]


@pytest.mark.parametrize("words", [[], ["--all", "--message", "m-1"]])
def test_it_is_some_or_all(words: list[str], platform: Any) -> None:
    assert ambit("redrive", "workflow", *words).exit_code == 2
    assert platform.asked == []
