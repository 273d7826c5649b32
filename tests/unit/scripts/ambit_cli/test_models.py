"""`ambit models` as a tenant and an operator type it, over the wire."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

GOOD = {"name": "openai/a", "price": "a@1", "inputPico": 400_000, "outputPico": 1_600_000}
GOOD |= {"circuit": "closed", "failures": 0, "openings": 0}
BAD = {**GOOD, "name": "azure/a", "circuit": "open", "openings": 2, "openUntil": "2026-01-02T03:04:05.678Z"}
FOUND = {"models": [GOOD, BAD], "aliases": {"small": ["openai/a", "azure/a"], "large": ["azure/a"]}}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture(autouse=True)
def _models(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/platform/models", answer(body=FOUND))


def test_models_are_listed_with_prices_a_million_tokens(platform: Any) -> None:
    lines = ambit("models", "targets").stdout.splitlines()

    assert lines[1].split() == ["openai/a", "0.40", "1.60", "closed", "small"]
    assert lines[2].split() == ["azure/a", "0.40", "1.60", "open", "small", "large"]
    assert json.loads(ambit("models", "targets", "--json").stdout) == FOUND


def test_one_model_is_shown(platform: Any) -> None:
    assert "openUntil   2026-01-02T03:04:05.678Z" in ambit("models", "show", "azure/a").stdout
    assert json.loads(ambit("models", "show", "azure/a", "--json").stdout) == BAD
    missing = ambit("models", "show", "azure/b")
    assert (missing.exit_code, "ambit models targets" in missing.stderr) == (2, True)


def test_check_fails_when_a_model_is_not_being_asked(platform: Any, answer: Any) -> None:
    failing = ambit("models", "check")
    assert (failing.exit_code, "azure/a" in failing.stdout) == (1, True)
    platform.will_answer("GET /v1/platform/models", answer(body={**FOUND, "models": [GOOD]}))
    well = ambit("models", "check")
    assert (well.exit_code, well.stdout) == (0, "All models are being asked.\n")
    assert json.loads(ambit("models", "check", "--json").stdout) == []


TARGET = {"name": "openai/a", "provider": "openai", "model": "a", "usable": True}
TARGET |= {"price": {"input": {"amount": "0.400000"}, "output": {"amount": "1.600000"}}}
NAMED = {"alias": "fast", "source": "tenant", "enabled": True, "ownKeys": False, "usable": True, "targets": [TARGET]}
PATH = "/v1/models/fast"


def test_the_names_that_agents_may_ask_for_are_listed(platform: Any, answer: Any) -> None:
    away = {**TARGET, "name": "bedrock/b", "usable": False}
    off = {**NAMED, "alias": "off", "enabled": False, "usable": False}
    gone = {**NAMED, "alias": "gone", "usable": False, "targets": []}
    body = {"items": [{**NAMED, "targets": [TARGET, away]}, off, gone], "offered": []}
    platform.will_answer("GET /v1/models", answer(body=body))

    lines = [line.split() for line in ambit("models", "list").stdout.splitlines()]

    assert lines[1] == ["fast", "tenant", "yes", "openai/a", "0.40", "1.60"]
    assert lines[2] == ["fast", "tenant", "not", "here", "bedrock/b", "0.40", "1.60"]
    assert lines[3] == ["off", "tenant", "off", "openai/a", "0.40", "1.60"]
    assert lines[4] == ["gone", "tenant", "no"]
    assert json.loads(ambit("models", "list", "--json").stdout) == body


def test_a_name_is_bound_for_the_first_time(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET {PATH}", answer(404, body={"code": "NOT_FOUND"}))
    platform.will_answer(f"PUT {PATH}", answer(201, body=NAMED))

    assert ambit("models", "set", "fast", "openai/a", "--own-keys").exit_code == 0

    asked = platform.asked[-1]
    assert json.loads(asked.body) == {"targets": ["openai/a"], "ownKeys": True, "enabled": True}
    assert "if-match" not in asked.headers


def test_a_name_is_switched_off_as_it_was_read(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET {PATH}", answer(body=NAMED, headers={"etag": '"4"'}))
    platform.will_answer(f"PUT {PATH}", answer(body=NAMED))

    assert ambit("models", "set", "fast", "--off", "--json").exit_code == 0

    asked = platform.asked[-1]
    assert (json.loads(asked.body), asked.headers["if-match"]) == ({"ownKeys": False, "enabled": False}, '"4"')


def test_what_was_said_is_taken_back(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET {PATH}", answer(body=NAMED, headers={"etag": '"4"'}))
    platform.will_answer(f"DELETE {PATH}", answer(204))

    assert ambit("models", "remove", "fast").stdout == "fast is as the platform has it.\n"
    assert platform.asked[-1].headers["if-match"] == '"4"'


def test_what_was_never_said_is_not_taken_back(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET {PATH}", answer(body={**NAMED, "source": "platform"}))

    missing = ambit("models", "remove", "fast")

    assert (missing.exit_code, "said nothing of fast" in missing.stderr) == (2, True)
