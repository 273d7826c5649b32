import json
from typing import Any

from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

TENANT = {
    "id": "acme",
    "name": "Acme",
    "tier": "standard",
    "monthlyBudget": {"amount": "250.000000", "currency": "USD"},
}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["settings", *words])


def test_the_settings_are_shown(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/tenant", answer(200, TENANT))
    assert "monthlyBudget  250.000000 USD" in ambit("show").stdout
    assert json.loads(ambit("show", "--json").stdout) == TENANT


def test_only_what_is_said_is_changed_and_as_it_is_now(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/tenant", answer(200, TENANT, {"etag": '"4"'}))
    platform.will_answer("PATCH /v1/tenant", answer(200, {**TENANT, "name": "B"}))
    assert "name           B" in ambit("set", "--name", "B").stdout
    assert (json.loads(platform.asked[-1].body), platform.asked[-1].headers["if-match"]) == ({"name": "B"}, '"4"')
    ambit("set", "--admin-email", "it@acme.test", "--json")
    assert json.loads(platform.asked[-1].body) == {"adminEmail": "it@acme.test"}


def test_a_change_of_nothing_is_not_sent(platform: Any) -> None:
    assert ambit("set").exit_code == 2
    assert platform.asked == []
