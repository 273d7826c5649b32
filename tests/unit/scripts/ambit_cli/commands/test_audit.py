import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from lambdas.audit.formats import heading, line
from scripts.ambit_cli.main import app
from tests.audit_logs import attested, log, pem
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
    platform.will_answer("POST /v1/audit/checkpoints", answer(200, {"count": 4, "time": "noon"}))
    for kind in ("jsonl", "csv"):
        first, second = pieces(kind)
        link = {"link": f'</v1/audit/export?format={kind}&after=2&through=4>; rel="next"'}
        platform.will_answer("GET /v1/audit/export", answer(200, first, link), answer(200, second))
        out = tmp_path / f"export.{kind}"
        made = ambit("export", "--format", kind, "--out", str(out))
        assert made.exit_code == 0
        assert "ends in the checkpoint of 4 entries, signed noon" in made.stderr
        assert platform.asked[-2].path.endswith("after=0&through=4")
        assert platform.asked[-1].path.endswith("after=2&through=4")
        assert out.read_bytes().count(heading(kind).encode() or b"\0") == (kind == "csv")
        verdict = ambit("verify", str(out), "--json")
        assert json.loads(verdict.stdout).items() >= {"holds": True, "entries": 4, "last": 4, "erased": 0}.items()


def test_an_export_goes_to_standard_output(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/audit/export", answer(200, pieces("jsonl")[0]))
    shown = ambit("export", "--after", "0", "--no-checkpoint")
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


def points(number: int = 6) -> list[dict[str, Any]]:
    return [one.as_json() for one in attested(log(number), [number - 2, number])]


def test_checkpoints_are_listed_and_written_as_verify_reads_them(platform: Any, answer: Any, tmp_path: Path) -> None:
    first, second = points()
    pages = answer(200, {"items": [first], "nextCursor": "more"}), answer(200, {"items": [second]})
    platform.will_answer("GET /v1/audit/checkpoints", *pages, *pages, *pages)
    assert "t4" in ambit("checkpoints").stdout
    assert json.loads(ambit("checkpoints", "--json").stdout)["items"] == [first, second]
    platform.will_answer("POST /v1/audit/checkpoints", answer(200, second))
    platform.will_answer("GET /v1/audit/keys", answer(200, {"items": [{"keyId": "k1", "pem": pem().decode()}]}))
    for words in (("checkpoints", "--fresh", "--out", str(tmp_path / "cp")), ("keys", "--out", str(tmp_path / "key"))):
        assert ambit(*words).exit_code == 0
    assert ambit("keys").stdout == pem().decode()
    export = tmp_path / "export.jsonl"
    export.write_text("".join(line("jsonl", entry) for entry in log(7)), encoding="utf-8")
    words = ("verify", str(export), "--checkpoints", str(tmp_path / "cp"), "--key", str(tmp_path / "key"))
    good = ambit(*words, "--of", "acme")
    assert (good.exit_code, "covered  6" in good.stdout) == (0, True)
    assert "cannot be seen: whether entries after 6" in good.stderr
    wrong = ambit(*words, "--of", "globex")
    assert (wrong.exit_code, "(foreign)" in wrong.stderr) == (1, True)


def test_a_checkpoint_without_a_key_is_a_wrong_command_line(tmp_path: Path) -> None:
    export = tmp_path / "export.jsonl"
    export.touch()
    told = ambit("verify", str(export), "--checkpoints", str(export))
    assert (told.exit_code, "belong together" in told.stderr) == (2, True)
    assert ambit("verify", str(export), "--checkpoints", str(export), "--key", str(export)).exit_code == 2


def test_what_verifying_cannot_see_is_said(tmp_path: Path) -> None:
    export = tmp_path / "export.jsonl"
    export.write_text("".join(line("jsonl", entry) for entry in log(4)[2:]), encoding="utf-8")
    told = ambit("verify", str(export))
    assert "entries before 3" in told.stderr
    assert "no checkpoints" in told.stderr


def test_calls_without_an_outcome_are_told(tmp_path: Path) -> None:
    from data_access_lib.repositories.audit import FIRST, canonical, detail_hash, entry_hash

    lines, previous = [], FIRST
    acts = [("tool.called", {"callId": "c9", "tool": "files.write"}), ("run.failed", {})]
    for seq, (action, told) in enumerate(acts, start=1):
        detail = {**told, "principalId": "run:run_1"}
        bound = detail_hash("s", canonical(detail).decode())
        entry = {**log(1)[0], "seq": seq, "action": action, "target": "run_1", "detailHash": bound}
        entry |= {"prevHash": previous, "salt": "s", "detail": detail, "principalId": "run:run_1"}
        entry["hash"] = previous = entry_hash(entry)
        lines.append(line("jsonl", entry))
    export = tmp_path / "export.jsonl"
    export.write_text("".join(lines), encoding="utf-8")
    shown = ambit("verify", str(export))
    assert "no outcome: entry 1, call c9 of files.write in run_1" in shown.stdout, shown.stderr


CHECKED = {"tenant": "acme", "holds": True, "entries": 4, "last": 4, "head": 4, "covered": 3, "repaired": False}
UNJOINED = {"seq": 2, "callId": "c", "tool": "t", "runId": "run_1"}


def test_operators_check_a_log_where_it_lies(platform: Any, answer: Any) -> None:
    broken = {**CHECKED, "holds": False, "entry": 3, "kind": "altered", "why": "it is another", "unjoined": []}
    good = {**CHECKED, "unjoined": [UNJOINED]}
    platform.will_answer(
        "POST /v1/tenants/acme/audit-check", *(answer(200, one) for one in (good, good, broken, broken))
    )
    told = ambit("check", "acme", "--repair-head")
    assert told.exit_code == 0
    assert "no outcome: entry 2" in told.stdout
    assert json.loads(platform.asked[-1].body) == {"repairHead": True}
    assert ambit("check", "acme", "--json").exit_code == 0
    refused = ambit("check", "acme")
    assert (refused.exit_code, "broken at entry 3: it is another (altered)" in refused.stderr) == (1, True)
    assert ambit("check", "acme", "--json").exit_code == 1


def test_a_log_is_handed_to_a_file_and_on_from_there(platform: Any, answer: Any, tmp_path: Path) -> None:
    entries = chain(3)
    empty = answer(200, {"items": []})
    platform.will_answer("GET /v1/audit", answer(200, {"items": entries}), empty, empty)
    words = ("tail", "--to-file", str(tmp_path / "siem"), "--state", str(tmp_path / "state"))
    assert "3 entries" in ambit(*words).stderr
    assert [json.loads(one)["seq"] for one in (tmp_path / "siem").read_text().splitlines()] == [1, 2, 3]
    assert ambit(*words, "--action", "tool.").exit_code == 0
    assert "after=3" in platform.asked[-1].path


def test_a_tail_that_cannot_begin_says_why(platform: Any, tmp_path: Path) -> None:
    state = tmp_path / "state"
    for words in ((), ("--to-file", "x", "--to-url", "y"), ("--to-url", "http://10.0.0.1/x"), ("--to-url", "ftp:x")):
        assert ambit("tail", *words, "--state", str(state)).exit_code == 2
    state.write_text("[]")
    assert ambit("tail", "--to-file", str(tmp_path / "x"), "--state", str(state)).exit_code == 2
    assert platform.asked == []


def test_a_sink_that_takes_nothing_is_told(platform: Any, answer: Any, tmp_path: Path) -> None:
    platform.will_answer("GET /v1/audit", answer(200, {"items": chain(1)}))
    told = ambit("tail", "--to-file", str(tmp_path / "none" / "x"), "--state", str(tmp_path / "state"))
    assert (told.exit_code, "took no entries" in told.stderr) == (1, True)
