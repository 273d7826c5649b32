"""`ambit failover` and `ambit tenants regions` against an API that answers as told."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from scripts.ambit_cli.main import app

PATH = "/v1/platform/failover"
STANDING = {
    "active": "us-east-1",
    "home": "us-east-1",
    "standby": "us-west-2",
    "held": False,
    "token": 3,
    "failovers": 0,
    "stableSeconds": 600,
    "regions": [{"name": "us-east-1", "failures": 0}, {"name": "us-west-2", "failures": 2}],
}


def ambit(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def standing(platform: Any, answer: Any) -> Any:
    platform.will_answer(f"GET {PATH}", answer(body=STANDING, headers={"etag": '"3"'}))
    platform.will_answer(f"POST {PATH}", answer(body={**STANDING, "active": "us-west-2", "held": True}))
    return platform


def test_status_shows_where_agents_run_and_how_the_regions_answer(standing: Any) -> None:
    shown = ambit("failover", "status")

    assert shown.exit_code == 0
    assert "us-east-1" in shown.stdout
    assert "us-west-2" in shown.stdout


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (("start", "--reason", "x"), {"target": "us-west-2", "reason": "x", "hold": True}),
        (("start", "--no-hold", "--reason", "x"), {"target": "us-west-2", "reason": "x", "hold": False}),
        (("back", "--reason", "x"), {"target": "us-east-1", "reason": "x", "hold": False}),
        (("back", "--hold", "--reason", "x"), {"target": "us-east-1", "reason": "x", "hold": True}),
    ],
    ids=" ".join,
)
def test_a_switch_is_of_what_was_read(standing: Any, words: tuple[str, ...], body: dict[str, Any]) -> None:
    assert ambit("failover", *words, "--json").exit_code == 0

    sent = standing.asked[-1]
    assert (json.loads(sent.body), sent.headers["if-match"]) == (body, '"3"')


def test_a_switch_takes_a_reason(standing: Any) -> None:
    assert ambit("failover", "start").exit_code != 0
    assert standing.asked == []


def test_a_stage_with_one_region_has_nowhere_to_go(platform: Any, answer: Any) -> None:
    alone = {name: value for name, value in STANDING.items() if name != "standby"}
    platform.will_answer(f"GET {PATH}", answer(body=alone, headers={"etag": '"0"'}))
    refused = ambit("failover", "start", "--reason", "x")

    assert refused.exit_code != 0
    assert "one region" in refused.stderr


@pytest.mark.parametrize(("words", "regions"), [((), []), (("--region", "us-west-2"), ["us-west-2"])], ids=repr)
def test_where_a_tenants_agents_may_run_is_said_by_operators(
    platform: Any, answer: Any, words: tuple[str, ...], regions: list[str]
) -> None:
    platform.will_answer("GET /v1/tenants/acme", answer(body={"id": "acme"}, headers={"etag": '"1"'}))
    platform.will_answer("PATCH /v1/tenants/acme", answer(body={"id": "acme"}))

    assert ambit("tenants", "regions", "acme", *words).exit_code == 0
    assert json.loads(platform.asked[-1].body) == {"runtimeRegions": regions}
