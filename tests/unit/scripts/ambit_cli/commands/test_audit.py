import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from lambdas.audit.formats import heading, line
from scripts.ambit_cli.main import app
from tests.unit.scripts.ambit_cli.test_audit_file import chain


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["audit", *words])


def test_entries_are_listed_in_the_order_and_with_the_filter_asked_for(platform: Any, answer: Any) -> None:
    entry = {**chain(1)[0], "principalId": "usr:1:ada"}
    platform.will_answer("GET /v1/audit", answer(200, {"items": [entry], "nextCursor": "more"}))
    shown = ambit("list", "--order", "oldest", "--action", "file.")
    assert "1    t     file.deleted  fil_1   allowed   usr:1:ada" in shown.output
    assert "--cursor more" in shown.output
    assert "order=oldest&action=file.&limit=20" in platform.asked[-1].path
    assert json.loads(ambit("list", "--json").stdout)["items"] == [entry]


def pieces(kind: str) -> list[bytes]:
    entries = chain(4)
    return [
        (heading(kind) + "".join(line(kind, entry) for entry in part)).encode() for part in (entries[:2], entries[2:])
    ]


def test_an_export_is_put_together_from_its_pieces_and_holds(platform: Any, answer: Any, tmp_path: Path) -> None:
    for kind in ("jsonl", "csv"):
        first, second = pieces(kind)
        link = {"link": f'</v1/audit/export?format={kind}&after=2&through=4>; rel="next"'}
        platform.will_answer("GET /v1/audit/export", answer(200, first, link), answer(200, second))
        out = tmp_path / f"export.{kind}"
        assert ambit("export", "--format", kind, "--out", str(out)).exit_code == 0
        assert platform.asked[-1].path.endswith("after=2&through=4")
        assert out.read_bytes().count(heading(kind).encode() or b"\0") == (kind == "csv")
        verdict = ambit("verify", str(out), "--json")
        assert json.loads(verdict.stdout) | {"head": ""} == {
            "holds": True,
            "entries": 4,
            "first": 1,
            "last": 4,
            "erased": 0,
            "head": "",
        }


def test_an_export_goes_to_standard_output(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/audit/export", answer(200, pieces("jsonl")[0]))
    shown = ambit("export", "--after", "0")
    assert [json.loads(text)["seq"] for text in shown.stdout.splitlines()] == [1, 2]


def test_verifying_needs_no_platform_and_says_the_first_break(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.delenv("AMBIT_API_URL", raising=False)
    path = tmp_path / "export.jsonl"
    entries = chain(4)
    path.write_text("".join(line("jsonl", entry) for entry in entries), encoding="utf-8")
    good = ambit("verify", str(path))
    assert (good.exit_code, "entries  4" in good.stdout) == (0, True)
    entries[2] |= {"target": "fil_2"}
    path.write_text("".join(line("jsonl", entry) for entry in entries), encoding="utf-8")
    bad = ambit("verify", str(path))
    assert bad.exit_code == 1
    assert "broken at entry 3" in bad.stderr
    told = ambit("verify", str(path), "--json")
    assert (told.exit_code, json.loads(told.stdout)["where"]) == (1, "entry 3")


def test_a_file_that_is_not_there_is_a_wrong_command_line(tmp_path: Path) -> None:
    assert ambit("verify", str(tmp_path / "none")).exit_code == 2
