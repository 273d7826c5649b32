"""`ambit evaluate` and `ambit evaluations`: what agents' versions show by their suites."""

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.exits import Exit
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page, print_table

if TYPE_CHECKING:
    from scripts.ambit_cli.client import Client

app = typer.Typer(help="What versions show by their suites.", no_args_is_help=True, rich_markup_mode=None)
EvaluationId = Annotated[str, typer.Argument(help="evl_…")]
_RUNS: Final = "/v1/evaluation-runs"
_GOING: Final = frozenset({"queued", "running"})
_CANDIDATES: Final = ("candidate", "approved")
_LOOK_EVERY: Final = 1.0


def evaluate(
    agent: Annotated[str, typer.Argument(help="The agent's name.")],
    *,
    version: Annotated[str | None, typer.Option(help="ver_…; left out: the newest candidate or approved.")] = None,
    suite: Annotated[str | None, typer.Option(help="One suite; left out: all that the agent has.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, show how it goes; 1 unless all pass.")] = False,
    json_: Json = False,
) -> None:
    """Evaluate a version of an agent by its suites."""
    client = operator_client()
    version_id = version or _newest(client, agent)
    names = [suite] if suite else _suites_of(client, agent)
    started = [client.post(_RUNS, {"versionId": version_id, "suite": name}) for name in names]
    ended = [_watched(client, one["evaluationId"]) for one in started] if watch else started
    if json_:
        print_json({"items": ended})
    else:
        _print(ended)
    if watch and any(one.get("verdict") != "passed" for one in ended):
        raise typer.Exit(Exit.FAILED)


@app.command("list")
def list_evaluations(
    *,
    version: Annotated[str | None, typer.Option(help="Only of this version, ver_….")] = None,
    agent: Annotated[str | None, typer.Option(help="Only of this agent's versions.")] = None,
    suite: Annotated[str | None, typer.Option(help="Only by this suite.")] = None,
    status: Annotated[str | None, typer.Option(help="queued, running, succeeded, failed or cancelled.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    json_: Json = False,
) -> None:
    """List evaluations, newest first."""
    only = {"versionId": version, "agent": agent, "suite": suite, "status": status}
    found = operator_client().get(_RUNS, **only, limit=limit, cursor=cursor)
    print_page(found, _COLUMNS, [_row(one) for one in found["items"]], empty="Nothing was evaluated.", as_json=json_)


@app.command("show")
def show(
    evaluation_id: EvaluationId,
    *,
    every: Annotated[bool, typer.Option("--all", help="Cases that passed, too.")] = False,
    json_: Json = False,
) -> None:
    """One evaluation, with the cases that did not pass."""
    client = operator_client()
    found, cases = client.get(f"{_RUNS}/{evaluation_id}"), _cases(client, evaluation_id)
    if json_:
        print_json({**found, "results": cases})
        return
    print_fields((name, value) for name, value in found.items() if name != "flaky")
    if found.get("flaky"):
        typer.echo(f"flaky: {', '.join(found['flaky'])}")
    typer.echo("")
    rows = [
        (one["caseId"], one["repeat"], one["status"], _why(one), one.get("runId"))
        for one in cases
        if every or one["status"] != "passed"
    ]
    print_table(("CASE", "REPEAT", "STATUS", "WHY", "RUN"), rows, empty="Every case that is decided has passed.")


@app.command("watch")
def watch(evaluation_id: EvaluationId, *, json_: Json = False) -> None:
    """Stay until an evaluation ends and show how it goes."""
    ended = _watched(operator_client(), evaluation_id)
    if json_:
        print_json(ended)
    else:
        _print([ended])
    if ended.get("verdict") != "passed":
        raise typer.Exit(Exit.FAILED)


@app.command("cancel")
def cancel(evaluation_id: EvaluationId, *, json_: Json = False) -> None:
    """Cancel an evaluation; what is decided stays."""
    _told(operator_client().post(f"{_RUNS}/{evaluation_id}/cancel"), as_json=json_)


@app.command("resume")
def resume(evaluation_id: EvaluationId, *, json_: Json = False) -> None:
    """Resume an evaluation that stopped; no case that is decided is asked again."""
    _told(operator_client().post(f"{_RUNS}/{evaluation_id}/resume"), as_json=json_)


@app.command("compare")
def compare(
    evaluation_id: EvaluationId,
    baseline: Annotated[str | None, typer.Argument(help="evl_…; left out: the parent version's latest.")] = None,
    *,
    json_: Json = False,
) -> None:
    """Compare an evaluation with another, case by case."""
    found = operator_client().get(f"{_RUNS}/{evaluation_id}/comparison", **{"with": baseline})
    if json_:
        print_json(found)
        return
    print_fields((name, value) for name, value in found.items() if not isinstance(value, list))
    for name in ("worse", "better"):
        typer.echo(f"{name}: {', '.join(found[name]) or 'none'}")


_COLUMNS: Final = ("EVALUATION", "AGENT", "VERSION", "SUITE", "STATUS", "VERDICT", "PASSED", "95 %")


def _row(one: dict[str, Any]) -> tuple[object, ...]:
    interval = f"{one['interval']['low']:.0%}-{one['interval']['high']:.0%}"
    passed = f"{one['passed']}/{one['decided']} of {one['cases']}"
    named = (one["evaluationId"], one["agent"], one["versionId"], f"{one['suite']} v{one['suiteVersion']}")
    return (*named, one["status"], one.get("verdict"), passed, interval)


def _print(found: list[dict[str, Any]]) -> None:
    print_table(_COLUMNS, [_row(one) for one in found], empty="Nothing was evaluated.")


def _told(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        _print([found])


def _watched(client: "Client", evaluation_id: str) -> dict[str, Any]:
    """The evaluation once it has ended; how far it is goes to the terminal meanwhile, one line that is rewritten."""
    shown = ""
    while True:
        found: dict[str, Any] = client.get(f"{_RUNS}/{evaluation_id}")
        line = f"{found['suite']}: {found['decided']}/{found['cases']} decided, {found['passed']} passed"
        if line != shown:
            typer.echo(f"\r{line}" if sys.stderr.isatty() else line, err=True, nl=not sys.stderr.isatty())
            shown = line
        if found["status"] not in _GOING:
            if sys.stderr.isatty():
                typer.echo("", err=True)
            return found
        time.sleep(_LOOK_EVERY)


def _newest(client: "Client", agent: str) -> str:
    """The agent's newest candidate, else its approved version."""
    found = client.get("/v1/versions", agent=agent, limit=100)["items"]
    for status in _CANDIDATES:
        for one in found:
            if one["status"] == status:
                return str(one["versionId"])
    raise typer.BadParameter(f"{agent} has no candidate and no approved version")


def _suites_of(client: "Client", agent: str) -> list[str]:
    suites = client.get("/v1/evaluation-suites", limit=100)["items"]
    names = [str(one["name"]) for one in suites if agent in one["agents"]]
    if not names:
        raise typer.BadParameter(f"no suite is for {agent}; push one: ambit suites push FILE")
    return names


def _cases(client: "Client", evaluation_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = client.get(f"{_RUNS}/{evaluation_id}/cases", limit=100, cursor=cursor)
        found += page["items"]
        cursor = page.get("nextCursor")
        if cursor is None:
            return found


def _why(case: dict[str, Any]) -> str:
    if case.get("error"):
        return f"{case['error'].get('code')}: {case['error'].get('message')}"
    return "; ".join(f"{one['scorer']}: {one['reason']}" for one in case["scores"] if not one["passed"])
