"""The commands as a person types them, over the wire."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from platform_kit import api_key
from scripts.ambit_cli.main import app
from tests.local_stack import interruptible

RUN = {
    "runId": "run_1",
    "agent": "echo-agent",
    "mode": "sync",
    "status": "succeeded",
    "output": "hello",
    "usage": {"inputTokens": 0, "outputTokens": 0, "toolCalls": 0, "durationMs": 3},
    "cost": {"amount": "0.000020", "currency": "USD"},
}


def ambit(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=text)


def test_every_command_explains_itself() -> None:
    names = "invoke runs events tenants agents issuers flags members audit settings kill-switches login token doctor"
    names += " keys aws-callers retention break-glass security-events policy approvals budgets models tools"
    names += " incidents instances kill push init dev evidence suites evaluate evaluations templates versions"
    names += " packs bundle certifications canary webhooks dlq schedules failover jobs replay replays"
    for command in ([], *([name] for name in names.split())):
        assert ambit(*command, "--help").exit_code == 0


def test_help_imports_neither_the_http_client_nor_the_tables() -> None:
    code = "import sys; import scripts.ambit_cli.main; sys.exit(bool({'httpx', 'rich'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_invoke_prints_the_output_and_tells_the_cost(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/agents/echo-agent/invoke", answer(body=RUN))
    result = ambit("invoke", "echo-agent", "--input", "hello", "--context", '{"a": 1}', "--session", "ses_1")
    assert result.exit_code == 0
    assert result.stdout == "hello\n"
    assert "[succeeded] run_1 · 0.000020 USD" in result.stderr
    assert json.loads(platform.asked[0].body) == {"input": "hello", "context": {"a": 1}, "sessionId": "ses_1"}


@pytest.mark.parametrize(
    ("words", "scope"),
    [
        (["--tools", "files.read, http.fetch"], {"tools": ["files.read", "http.fetch"]}),
        (["--tools", "", "--autonomy-tier", "0"], {"tools": [], "autonomyTier": 0}),
    ],
)
def test_invoke_narrows_the_run(platform: Any, answer: Any, words: list[str], scope: dict[str, Any]) -> None:
    platform.will_answer("POST /v1/agents/echo-agent/invoke", answer(body=RUN))
    assert ambit("invoke", "echo-agent", "-i", "x", *words).exit_code == 0
    assert json.loads(platform.asked[0].body) == {"input": "x", "scope": scope}


def test_an_api_key_in_the_environment_is_who_calls(
    platform: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = api_key.mint()
    monkeypatch.setenv("AMBIT_API_KEY", key)
    platform.will_answer("POST /v1/agents/echo-agent/invoke", answer(body=RUN))
    assert ambit("invoke", "echo-agent", "--input", "x").exit_code == 0
    assert platform.asked[-1].headers["authorization"] == f"Bearer {key}"


def test_operators_commands_take_no_api_key(platform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIT_API_KEY", api_key.mint())
    for words in (("tenants", "list"), ("issuers", "list"), ("flags", "list"), ("kill-switches", "list")):
        refused = ambit(*words)
        assert (refused.exit_code, "operators" in refused.stderr) == (3, True)
    assert platform.asked == []


def test_invoke_reads_its_input_from_a_file_or_from_standard_input(platform: Any, answer: Any, tmp_path: Path) -> None:
    platform.will_answer("POST /v1/agents/echo-agent/invoke", answer(body=RUN))
    (tmp_path / "in.txt").write_text("from a file")
    ambit("invoke", "echo-agent", "-i", f"@{tmp_path}/in.txt")
    ambit("invoke", "echo-agent", "-i", "-", text="from a pipe")
    assert [json.loads(asked.body)["input"] for asked in platform.asked] == ["from a file", "from a pipe"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--input", "@/nowhere"], "cannot read"),
        (["--input", "x", "--context", "{"], "not JSON"),
        (["--input", "x", "--stream", "--wait"], "exclude each other"),
        (["--input", "x", "--file", "/nowhere"], "not a file"),
    ],
)
def test_bad_words_are_told_before_anything_is_sent(words: list[str], told: str, platform: Any) -> None:
    result = ambit("invoke", "echo-agent", *words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert platform.asked == []


def test_an_idempotency_key_is_sent_as_a_header(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/agents/echo-agent/invoke", answer(body=RUN))
    ambit("invoke", "echo-agent", "-i", "x", "--idempotency-key", "k1")
    assert platform.asked[0].headers["idempotency-key"] == "k1"


def test_a_file_is_uploaded_and_handed_over_by_its_id(platform: Any, answer: Any, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    headers = {"content-type": "text/csv", "x-amz-server-side-encryption": "aws:kms"}
    made = {"fileId": "fil_1", "uploadUrl": f"{platform.url}/put", "uploadHeaders": headers}
    platform.will_answer("POST /v1/files", answer(201, made))
    platform.will_answer("PUT /put", answer(200, b""))
    platform.will_answer("POST /v1/agents/analyst-agent/invoke", answer(body=RUN))
    assert ambit("invoke", "analyst-agent", "-i", "go", "--file", str(tmp_path / "data.csv")).exit_code == 0
    declared = {"name": "data.csv", "contentType": "text/csv", "bytes": 8, "uploadHeaders": True}
    assert json.loads(platform.asked[0].body) == declared
    assert platform.asked[1].headers.items() >= headers.items()
    assert platform.asked[1].body == b"a,b\n1,2\n"
    assert json.loads(platform.asked[2].body)["files"] == ["fil_1"]


def test_a_stream_shows_text_as_it_comes_and_ends_well(
    platform: Any, answer: Any, make_event: Any, make_sse: Any
) -> None:
    body = make_sse(
        make_event(1, "lifecycle", "started"),
        make_event(2, "assistant", "delta", text="hel"),
        make_event(3, "assistant", "delta", text="lo"),
        make_event(4, "lifecycle", "succeeded"),
    )
    platform.will_answer("POST /v1/agents/echo-stream/stream", answer(200, body, {"content-type": "text/event-stream"}))
    result = ambit("invoke", "echo-stream", "-i", "hello", "--stream")
    assert (result.exit_code, result.stdout) == (0, "hello")


def test_a_stream_that_breaks_off_says_how_to_go_on(platform: Any, answer: Any, make_event: Any, make_sse: Any) -> None:
    body = make_sse(make_event(1, "lifecycle", "started"))
    platform.will_answer("POST /v1/agents/echo-stream/stream", answer(200, body, {"content-type": "text/event-stream"}))
    result = ambit("invoke", "echo-stream", "-i", "hello", "--stream")
    assert result.exit_code == 7
    assert "ambit events run_1 --follow" in result.stderr


def test_a_failed_stream_leaves_with_one(platform: Any, answer: Any, make_event: Any, make_sse: Any) -> None:
    body = make_sse(make_event(1, "lifecycle", "failed", error={"code": "AGENT_FAILED", "message": "it broke"}))
    platform.will_answer("POST /v1/agents/echo-stream/stream", answer(200, body, {"content-type": "text/event-stream"}))
    result = ambit("invoke", "echo-stream", "-i", "hello", "--stream")
    assert result.exit_code == 1
    assert "it broke" in result.stderr


def test_waiting_for_a_job_shows_progress_and_ends_with_its_output(platform: Any, answer: Any) -> None:
    job = {"jobId": "job_1", "runId": "run_1", "status": "queued"}
    platform.will_answer("POST /v1/agents/echo-async/invoke", answer(202, job))
    running = {**job, "status": "running", "progress": {"percent": 50, "message": "half"}}
    done = {**job, "status": "succeeded", "result": {"output": "done", "cost": RUN["cost"]}}
    platform.will_answer("GET /v1/jobs/job_1", answer(body=running), answer(body=done))
    result = ambit("invoke", "echo-async", "-i", "x", "--wait")
    assert (result.exit_code, result.stdout) == (0, "done\n")
    assert "running 50 % half" in result.stderr


def test_a_job_without_waiting_says_how_to_follow_it(platform: Any, answer: Any) -> None:
    job = {"jobId": "job_1", "runId": "run_1", "status": "queued"}
    platform.will_answer("POST /v1/agents/echo-async/invoke", answer(202, job))
    assert "ambit events run_1 --follow" in ambit("invoke", "echo-async", "-i", "x").stdout


def test_interrupting_a_stream_cancels_its_run(platform: Any, answer: Any, make_event: Any, make_sse: Any) -> None:
    """A real process and a real Ctrl-C: the server holds the stream open."""
    body = make_sse(make_event(1, "lifecycle", "started"))
    headers = {"content-type": "text/event-stream"}
    platform.will_answer("POST /v1/agents/echo-stream/stream", answer(200, body, headers))
    platform.will_answer("POST /v1/runs/run_1/cancel", answer(body={"status": "cancelled"}))
    held = _hold_open(platform)
    command = [sys.executable, "-m", "scripts.ambit_cli.main", "invoke", "echo-stream", "-i", "x", "--stream"]
    root = Path(__file__).resolve().parents[4]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    process = subprocess.Popen(
        interruptible(*command), env=environment, text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stderr is not None
        assert "[started] run_1" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        held.set()
    assert process.returncode == 130, told
    assert "[cancelled] run_1" in told
    assert platform.asked[-1].path == "/v1/runs/run_1/cancel"


def _hold_open(platform: Any) -> Any:
    """Make the server send the stream's body without its end until the event is set."""
    import threading

    handler, release = platform.RequestHandlerClass, threading.Event()

    def serve(self: Any) -> None:
        if not self.path.endswith("/stream"):
            handler._serve(self)
            return
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        self.wfile.write(platform.next_answer(f"POST {self.path}").body)
        self.wfile.flush()
        release.wait(30)

    platform.RequestHandlerClass = type("Held", (handler,), {"do_POST": serve})
    return release


def test_runs_are_listed_as_a_table_with_the_way_to_the_next_page(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/runs", answer(body={"items": [RUN], "nextCursor": "abc"}))
    result = ambit("runs", "--limit", "1")
    assert "run_1" in result.stdout
    assert "--cursor abc" in result.stderr


@pytest.mark.parametrize("words", [["runs"], ["runs", "list"], ["agents"], ["agents", "list"]])
def test_a_group_of_its_own_is_its_list(words: list[str], platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/runs", answer(body={"items": [RUN]}))
    platform.will_answer("GET /v1/agents", answer(body={"items": [{"name": "echo-agent", "mode": "sync"}]}))
    result = ambit(*words)
    assert (result.exit_code, platform.asked[0].path.partition("?")[0]) == (0, f"/v1/{words[0]}")
    assert "echo-agent" in result.stdout


def test_a_command_that_is_not_there_is_named(platform: Any) -> None:
    result = ambit("runs", "nope")
    assert (result.exit_code, "No such command 'nope'" in result.stderr) == (2, True)


def test_an_empty_list_says_what_to_do_next(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/runs", answer(body={"items": []}))
    platform.will_answer("GET /v1/agents", answer(body={"items": []}))
    assert "ambit invoke" in ambit("runs").stdout
    assert "ambit push" in ambit("agents").stdout


@pytest.mark.parametrize(
    "words", [["runs"], ["runs", "show", "run_1"], ["runs", "cancel", "run_1"], ["agents"], ["agents", "show", "a"]]
)
def test_json_is_one_document_of_the_answer(words: list[str], platform: Any, answer: Any) -> None:
    body = {"items": [], "name": "a", "runId": "run_1"}
    for key in (
        "GET /v1/runs",
        "GET /v1/runs/run_1",
        "POST /v1/runs/run_1/cancel",
        "GET /v1/agents",
        "GET /v1/agents/a",
    ):
        platform.will_answer(key, answer(body=body))
    assert json.loads(ambit(*words, "--json").stdout) == body


def test_one_run_shows_its_usage_cost_error_and_output(platform: Any, answer: Any) -> None:
    failed = {**RUN, "status": "failed", "error": {"code": "AGENT_FAILED", "message": "it broke"}}
    platform.will_answer("GET /v1/runs/run_1", answer(body=failed))
    shown = ambit("runs", "show", "run_1").stdout
    for part in ("0.000020 USD", "durationMs", "AGENT_FAILED: it broke", "hello"):
        assert part in shown


def test_a_run_is_shown_with_what_was_decided_about_its_calls(platform: Any, answer: Any) -> None:
    denied = {"seq": 2, "tool": "http.send", "outcome": "refused", "ruleId": "deny-scope", "explanation": "Left out."}
    stopped = {"seq": 3, "tool": "time", "outcome": "refused", "code": "BUDGET_EXCEEDED"}
    body = {"runId": "run_1", "policyDecisions": [denied, stopped], "policyDecisionsOmitted": True}
    platform.will_answer("GET /v1/runs/run_1", answer(body=body))
    told = ambit("runs", "show", "run_1")
    _, first, second = [line.split() for line in told.stdout.splitlines()[-3:]]
    assert first == ["2", "http.send", "refused", "deny-scope", "Left", "out."]
    assert (second[:3], second[-1]) == (["3", "time", "refused"], "BUDGET_EXCEEDED")
    assert "ambit events run_1" in told.stderr


def test_events_are_listed_in_order_and_followed_to_the_end(
    platform: Any, answer: Any, make_event: Any, make_sse: Any
) -> None:
    first, last = make_event(1, "lifecycle", "started"), make_event(2, "lifecycle", "succeeded")
    platform.will_answer("GET /v1/runs/run_1/events", answer(body={"items": [first, last]}))
    assert [line.split()[0] for line in ambit("events", "run_1").stdout.splitlines()] == ["1", "2"]
    platform.will_answer(
        "GET /v1/runs/run_1/events", answer(200, make_sse(first, last), {"content-type": "text/event-stream"})
    )
    followed = ambit("events", "run_1", "--follow", "--json").stdout.splitlines()
    assert [json.loads(line)["seq"] for line in followed] == [1, 2]


def test_creating_a_tenant_waits_for_its_provisioning(platform: Any, answer: Any) -> None:
    operation = {"operationId": "opn_1", "status": "running"}
    platform.will_answer("POST /v1/tenants", answer(202, operation))
    platform.will_answer(
        "GET /v1/operations/opn_1", answer(body=operation), answer(body={**operation, "status": "succeeded"})
    )
    result = ambit("tenants", "create", "initech", "--tier", "premium")
    assert (result.exit_code, result.stdout) == (0, "initech succeeded\n")
    assert json.loads(platform.asked[0].body) == {"id": "initech", "name": "initech", "tier": "premium"}


def test_a_failed_provisioning_leaves_with_one_and_its_reason(platform: Any, answer: Any) -> None:
    failed = {"operationId": "opn_1", "status": "failed", "error": {"message": "the plan is gone"}}
    platform.will_answer("POST /v1/tenants", answer(202, failed))
    result = ambit("tenants", "create", "initech")
    assert result.exit_code == 1
    assert "the plan is gone" in result.stdout


def test_suspending_needs_a_reason_and_sends_it(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/tenants/acme/suspend", answer(body={"id": "acme", "status": "suspended"}))
    platform.will_answer("POST /v1/tenants/acme/reinstate", answer(body={"id": "acme", "status": "active"}))
    assert ambit("tenants", "suspend", "acme").exit_code == 2
    assert "suspended" in ambit("tenants", "suspend", "acme", "--reason", "unpaid").stdout
    assert json.loads(platform.asked[0].body) == {"reason": "unpaid"}
    assert "active" in ambit("tenants", "reinstate", "acme").stdout


@pytest.mark.parametrize("command", ["rotate-key", "rekey"])
def test_a_tenants_key_is_rotated_and_waited_for(command: str, platform: Any, answer: Any) -> None:
    begun = {"operationId": "opn_1", "status": "queued"}
    platform.will_answer("POST /v1/tenants/acme/rotate-key", answer(202, begun))
    platform.will_answer("GET /v1/operations/opn_1", answer(body={**begun, "status": "succeeded"}))
    assert "acme succeeded" in ambit("tenants", command, "acme").stdout
    assert "acme queued" in ambit("tenants", command, "acme", "--no-wait").stdout


def test_a_rotation_that_failed_says_why(platform: Any, answer: Any) -> None:
    failed = {"operationId": "opn_1", "status": "failed", "error": {"code": "X", "message": "Rotate it again."}}
    platform.will_answer("POST /v1/tenants/acme/rotate-key", answer(202, failed))
    result = ambit("tenants", "rotate-key", "acme")
    assert "Rotate it again." in result.stdout
    assert result.exit_code != 0


def test_tenants_are_listed_and_shown(platform: Any, answer: Any) -> None:
    tenant = {"id": "acme", "name": "Acme", "tier": "basic", "status": "active"}
    platform.will_answer("GET /v1/tenants", answer(body={"items": [tenant]}))
    platform.will_answer("GET /v1/tenants/acme", answer(body=tenant))
    assert "Acme" in ambit("tenants", "list", "--status", "active").stdout
    assert "status=active" in platform.asked[0].path
    assert "Acme" in ambit("tenants", "show", "acme").stdout


def exported(platform: Any, body: bytes, sha256: str) -> dict[str, Any]:
    file = {"name": "manifest.json", "bytes": len(body), "sha256": sha256, "url": f"{platform.url}/signed"}
    part = {**file, "name": "../part-000001.jsonl"}
    return {"operationId": "opn_1", "status": "succeeded", "progress": 100, "downloads": [file, part]}


def test_an_export_is_followed_fetched_and_checked(platform: Any, answer: Any, tmp_path: Path) -> None:
    body = b'{"a": 1}'
    running = {"operationId": "opn_1", "status": "running", "progress": 40}
    done = exported(platform, body, hashlib.sha256(body).hexdigest())
    last = {**done, "downloads": done["downloads"][:1]}
    platform.will_answer("POST /v1/tenants/acme/export", answer(202, running))
    platform.will_answer("GET /v1/operations/opn_1", answer(body=done), answer(body=last))
    platform.will_answer("GET /signed", answer(body=body))
    result = ambit("tenants", "export", "acme", "--to", str(tmp_path / "out"))
    assert (result.exit_code, result.stdout) == (0, "acme succeeded\n")
    assert "40 %" in result.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["manifest.json", "part-000001.jsonl"]
    assert not [asked for asked in platform.asked if asked.path == "/signed" and "authorization" in asked.headers]


def test_a_file_with_another_hash_is_not_kept(platform: Any, answer: Any, tmp_path: Path) -> None:
    platform.will_answer("POST /v1/tenants/acme/export", answer(202, exported(platform, b"x", "0" * 64)))
    platform.will_answer("GET /signed", answer(body=b"x"))
    result = ambit("tenants", "export", "acme", "--to", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "hash differs" in result.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_an_import_names_its_export_and_is_followed(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/tenants/acme/import", answer(202, {"operationId": "opn_2", "status": "running"}))
    platform.will_answer("GET /v1/operations/opn_2", answer(body={"operationId": "opn_2", "status": "succeeded"}))
    result = ambit("tenants", "import", "acme", "--export", "opn_1")
    assert (result.exit_code, result.stdout) == (0, "acme succeeded\n")
    assert json.loads(platform.asked[0].body) == {"exportOperationId": "opn_1"}


def test_deleting_needs_the_id_twice_and_ends_in_the_certificate(platform: Any, answer: Any) -> None:
    certificate = {"schema": "ambit-deletion/1", "sweep": {"found": 0}}
    ended = {"operationId": "opn_1", "status": "succeeded", "progress": 100, "certificate": certificate}
    platform.will_answer("GET /v1/tenants/acme", answer(body={"id": "acme"}, headers={"etag": '"7"'}))
    platform.will_answer("DELETE /v1/tenants/acme", answer(202, {"operationId": "opn_1", "status": "running"}))
    platform.will_answer("GET /v1/operations/opn_1", answer(body=ended))
    assert ambit("tenants", "delete", "acme").exit_code == 2
    refused = ambit("tenants", "delete", "acme", "--yes-delete", "acme-2")
    assert (refused.exit_code, "nothing was deleted" in refused.stderr, platform.asked) == (2, True, [])
    result = ambit("tenants", "delete", "acme", "--yes-delete", "acme")
    assert result.exit_code == 0
    assert '"ambit-deletion/1"' in result.stdout
    (sent,) = [asked for asked in platform.asked if asked.method == "DELETE"]
    assert (json.loads(sent.body), sent.headers["if-match"]) == ({"confirm": "acme"}, '"7"')


def test_a_token_is_for_the_local_stack_only(platform: Any) -> None:
    result = ambit("token")
    assert result.exit_code == 2
    assert "ambit login" in result.stderr


def test_the_doctor_names_what_is_wrong_and_leaves_with_one(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/health", answer(503, {"detail": "down"}))
    platform.will_answer("GET /oidc/.well-known/openid-configuration", answer(body={}))
    result = ambit("doctor", "--json")
    found = {finding["check"]: finding["ok"] for finding in json.loads(result.stdout)}
    assert result.exit_code == 1
    assert found["api"] is False
    assert found["identity provider"] is True


ISSUER = {"id": "7e21", "iss": "https://id.test", "boundTo": "acme", "status": "active", "audiences": ["a", "b"]}


def test_issuers_are_listed_and_shown(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/issuers", answer(body={"items": [ISSUER], "nextCursor": "c"}))
    platform.will_answer("GET /v1/issuers/7e21", answer(body=ISSUER))
    listed = ambit("issuers", "list")
    assert "https://id.test" in listed.stdout
    assert "--cursor c" in listed.stderr
    assert "a, b" in ambit("issuers", "show", "7e21").stdout
    assert json.loads(ambit("issuers", "list", "--json").stdout)["items"] == [ISSUER]


def test_an_issuer_is_registered_with_what_is_said_of_it(platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/issuers", answer(201, ISSUER))
    words = ["--bound-to", "acme", "--jwks-uri", "https://id.test/jwks", "--audience", "a", "--audience", "b"]
    result = ambit("issuers", "add", "https://id.test", *words, "--roles-claim", "groups", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, ISSUER)
    assert json.loads(platform.asked[0].body) == {
        "iss": "https://id.test",
        "boundTo": "acme",
        "jwksUri": "https://id.test/jwks",
        "audiences": ["a", "b"],
        "rolesClaim": "groups",
    }


@pytest.mark.parametrize(("word", "status"), [("disable", "disabled"), ("enable", "active")])
def test_an_issuer_is_disabled_and_enabled_as_it_is_now(word: str, status: str, platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/issuers/7e21", answer(body=ISSUER, headers={"etag": '"3"'}))
    platform.will_answer("PATCH /v1/issuers/7e21", answer(body={**ISSUER, "status": status}))
    assert status in ambit("issuers", word, "7e21").stdout
    changed = platform.asked[-1]
    assert (changed.headers["if-match"], json.loads(changed.body)) == ('"3"', {"status": status})


def test_an_issuer_that_is_not_there_is_not_changed(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/issuers/7e21", answer(404, {"detail": "There is no such issuer."}))
    result = ambit("issuers", "disable", "7e21")
    assert (result.exit_code, len(platform.asked)) == (4, 1)
    assert "no such issuer" in result.stderr
