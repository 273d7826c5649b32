"""`ambit invoke`: call an agent in any of its modes."""

import json
import mimetypes
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_json, print_json_line, text_of

if TYPE_CHECKING:
    from scripts.ambit_cli.client import Client

_POLL_SECONDS: Final = 0.5
TERMINAL: Final = frozenset({"succeeded", "failed", "halted", "cancelled", "timed_out"})


def invoke(
    agent: Annotated[str, typer.Argument(help="The agent's name, for example echo-agent.")],
    *,
    input_: Annotated[str, typer.Option("--input", "-i", help="The input; @FILE reads a file, - standard input.")],
    stream: Annotated[bool, typer.Option("--stream", help="Show the answer as it is produced.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="For a job: wait for its end.")] = False,
    file: Annotated[list[Path] | None, typer.Option(help="Upload this file and hand it to the agent.")] = None,
    context: Annotated[str | None, typer.Option(help="A JSON object for the agent.")] = None,
    session: Annotated[str | None, typer.Option(help="Continue this session.")] = None,
    tools: Annotated[str | None, typer.Option(help="Tools that the run may call, and no others: a,b.")] = None,
    autonomy_tier: Annotated[int | None, typer.Option(min=0, max=5, help="The run's autonomy tier at most.")] = None,
    idempotency_key: Annotated[str | None, typer.Option(help="Make a repetition of this call safe.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Invoke an agent. Exit code 0 only when the run succeeded; Ctrl-C cancels it."""
    if stream and wait:
        fail("--stream and --wait exclude each other: a stream waits by itself.")
    body = _body(_input(input_), context, session) | _scope(tools, autonomy_tier)
    client = tenant_client(tenant)
    if file:
        body["files"] = [upload(client, path) for path in file]
    headers = {"idempotency-key": idempotency_key} if idempotency_key else {}
    if stream:
        _stream(client, agent, body, headers, as_json=json_)
    else:
        _call(client, agent, body, headers, wait=wait, as_json=json_)


def upload(client: "Client", path: Path) -> str:
    """Upload one file; its id."""
    if not path.is_file():
        fail(f"{path} is not a file.")
    size = path.stat().st_size
    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    wanted = {"name": path.name, "contentType": media, "bytes": size, "uploadHeaders": True}
    made = client.post("/v1/files", wanted)
    with path.open("rb") as content:
        chunks = iter(lambda: content.read(1 << 20), b"")
        client.upload(made["uploadUrl"], chunks, headers=made["uploadHeaders"], length=size)
    typer.echo(f"uploaded {path.name} as {made['fileId']}", err=True)
    return str(made["fileId"])


def _input(text: str) -> str:
    if text == "-":
        return sys.stdin.read()
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"cannot read {text[1:]} as text: {error}")


def _body(text: str, context: str | None, session: str | None) -> dict[str, Any]:
    body: dict[str, Any] = {"input": text}
    if session:
        body["sessionId"] = session
    if context is not None:
        try:
            body["context"] = json.loads(context)
        except ValueError as error:
            fail(f"--context is not JSON: {error}")
    return body


def _scope(tools: str | None, autonomy_tier: int | None) -> dict[str, Any]:
    named = None if tools is None else [name.strip() for name in tools.split(",") if name.strip()]
    scope = {"tools": named, "autonomyTier": autonomy_tier}
    given = {name: value for name, value in scope.items() if value is not None}
    return {"scope": given} if given else {}


def _call(
    client: "Client", agent: str, body: dict[str, Any], headers: dict[str, str], *, wait: bool, as_json: bool
) -> None:
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    result = client.post(f"/v1/agents/{agent}/invoke", body, **named)
    if "jobId" in result and wait:
        result = _wait(client, result)
    finish(result, as_json=as_json)


def _wait(client: "Client", job: dict[str, Any]) -> dict[str, Any]:
    """Wait for a job's end; Ctrl-C cancels it."""
    try:
        return follow(client, str(job["jobId"]))
    except KeyboardInterrupt:
        _cancel(client, job["runId"])


def follow(client: "Client", job_id: str) -> dict[str, Any]:
    """Poll a job to its end; progress goes to standard error."""
    shown = None
    while (found := client.get(f"/v1/jobs/{job_id}"))["status"] not in TERMINAL:
        if (news := progress_of(found)) != shown:
            typer.echo(news, err=True)
            shown = news
        time.sleep(_POLL_SECONDS)
    return found


def progress_of(job: dict[str, Any]) -> str:
    """How a job stands, in a line."""
    progress = job.get("progress") or {}
    percent = f" {int(progress['percent'])} %" if progress.get("percent") is not None else ""
    return f"{job['status']}{percent} {progress.get('message') or ''}".rstrip()


def _stream(client: "Client", agent: str, body: dict[str, Any], headers: dict[str, str], *, as_json: bool) -> None:
    from scripts.ambit_cli.sse import events

    run_id, last = None, None
    try:
        with client.stream("POST", f"/v1/agents/{agent}/stream", body=body, headers=headers) as lines:
            for event in events(lines):
                run_id, last = event["runId"], event
                show_event(event, as_json=as_json)
    except KeyboardInterrupt:
        _cancel(client, run_id)
    if last is None or last["event"] not in TERMINAL:
        fail(f"the stream ended early; resume it with `ambit events {run_id or 'RUN'} --follow`.", Exit.UNAVAILABLE)
    if last["event"] != "succeeded":
        raise typer.Exit(Exit.FAILED)


def show_event(event: dict[str, Any], *, as_json: bool) -> None:
    """One event of a run: text as it comes, the rest as a line each."""
    if as_json:
        print_json_line(event)
        return
    payload = event["payload"]
    if payload.get("type") == "delta":
        typer.echo(payload.get("text", ""), nl=False)
    elif event["stream"] == "lifecycle":
        typer.echo(_lifecycle(event), err=True)
    elif payload.get("type") != "output":
        rest = {name: value for name, value in payload.items() if name != "type"}
        typer.echo(f"{event['event']}: {payload.get('text') or json.dumps(rest, ensure_ascii=False)}")
        for file in payload.get("files") or ():
            typer.echo(f"  {file['fileId']}  {file['name']}")


def _lifecycle(event: dict[str, Any]) -> str:
    error = event["payload"].get("error") or {}
    prefix = "" if event["event"] in {"started", "queued"} else "\n"
    return f"{prefix}[{event['event']}] {event['runId']} {error.get('message', '')}".rstrip()


def finish(result: dict[str, Any], *, as_json: bool) -> None:
    """Show how a call ended; exits with 1 when it did not succeed."""
    status = result["status"]
    if as_json:
        print_json(result)
    elif "jobId" in result and status not in TERMINAL:
        typer.echo(f"{result['jobId']} {status}; wait with `ambit events {result['runId']} --follow`")
    else:
        _summary(result)
    if status in TERMINAL and status != "succeeded":
        raise typer.Exit(Exit.FAILED)


def _summary(result: dict[str, Any]) -> None:
    answer = result.get("output") if "output" in result else (result.get("result") or {}).get("output")
    if answer is not None:
        typer.echo(text_of(answer))
    error = result.get("error") or {}
    cost = result.get("cost") or (result.get("result") or {}).get("cost") or {}
    spent = f" · {cost['amount']} {cost['currency']}" if cost else ""
    typer.echo(f"[{result['status']}] {result['runId']}{spent} {error.get('message', '')}".rstrip(), err=True)


def _cancel(client: "Client", run_id: str | None) -> NoReturn:
    if run_id is not None:
        client.post(f"/v1/runs/{run_id}/cancel")
        typer.echo(f"\n[cancelled] {run_id}", err=True)
    raise typer.Exit(Exit.INTERRUPTED)
