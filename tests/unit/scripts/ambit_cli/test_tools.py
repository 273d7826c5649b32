"""`ambit tools` as a tenant and an operator type it, over the wire."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from governance.toolbox.pack import entries
from scripts.ambit_cli.main import app
from tests.unit.governance.toolbox.test_custom import TOOL

FETCH = {**entries()["http.fetch"].as_dict(), "available": False}
REGISTERED = {**TOOL, "updatedBy": "usr:1:ops", "updatedAt": "2026-01-02T03:04:05.678Z"}
PATH = "/v1/platform/tools/crm.lookup"


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_tools_are_listed_with_whether_the_tier_reaches_them(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/tools", answer(body={"items": [FETCH], "nextCursor": "c"}))
    result = ambit("tools", "list")
    assert "http.fetch  medium  standard  no" in result.stdout
    assert "--cursor c" in result.stderr


def test_a_tool_is_shown_with_its_schema(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/tools/http.fetch", answer(body=FETCH))
    assert '"maxLength": 2048' in ambit("tools", "show", "http.fetch").stdout
    assert json.loads(ambit("tools", "show", "http.fetch", "--json").stdout) == FETCH


def test_what_is_registered_is_listed_with_where_it_runs(platform: Any, answer: Any) -> None:
    function = {**REGISTERED, "name": "crm.other", "target": {"function": "crm"}}
    platform.will_answer("GET /v1/platform/tools", answer(body={"items": [REGISTERED, function]}))
    result = ambit("tools", "registered")
    assert "https://crm.test/lookup" in result.stdout
    assert "function crm" in result.stdout


def test_a_tool_is_registered_from_a_file(platform: Any, answer: Any, tmp_path: Path) -> None:
    (tmp_path / "crm.json").write_text(json.dumps({"description": "x"}))
    platform.will_answer(f"GET {PATH}", answer(404, body={"code": "NOT_FOUND"}))
    platform.will_answer(f"PUT {PATH}", answer(201, body=REGISTERED))
    assert ambit("tools", "register", "crm.lookup", str(tmp_path / "crm.json")).exit_code == 0
    assert json.loads(platform.asked[-1].body) == {"description": "x"}
    assert "if-match" not in platform.asked[-1].headers


def test_a_tool_that_is_there_is_replaced_as_it_was_read(platform: Any, answer: Any, tmp_path: Path) -> None:
    (tmp_path / "crm.json").write_text("{}")
    platform.will_answer(f"GET {PATH}", answer(body=REGISTERED, headers={"etag": '"4"'}))
    platform.will_answer(f"PUT {PATH}", answer(body=REGISTERED))
    ambit("tools", "register", "crm.lookup", str(tmp_path / "crm.json"))
    assert platform.asked[-1].headers["if-match"] == '"4"'


def test_what_is_no_json_object_is_not_sent(platform: Any, tmp_path: Path) -> None:
    (tmp_path / "crm.json").write_text("[]")
    assert ambit("tools", "register", "crm.lookup", str(tmp_path / "crm.json")).exit_code != 0
    assert ambit("tools", "register", "crm.lookup", str(tmp_path / "none.json")).exit_code != 0
    assert [asked for asked in platform.asked if "PUT" in str(asked)] == []


def test_a_tool_is_removed(platform: Any, answer: Any) -> None:
    platform.will_answer(f"DELETE {PATH}", answer(204))
    assert ambit("tools", "remove", "crm.lookup").stdout == "crm.lookup is removed.\n"
