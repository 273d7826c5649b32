"""`ambit policy test|simulate|diff|shadow|rollback|export`: try a policy before it counts, and take one back."""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.commands.policy import PolicyId, app, document_of, show_policy
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_json, print_table

__all__ = ["app"]
_ADMIN = "Tenant.Admin"
_CONTEXTS = ("tool", "action", "params", "costUsage", "callsSoFar", "tainted", "input")
Candidate = Annotated[str, typer.Argument(help='A file with the override, or the JSON: {"autonomyTier": 1}.')]


@app.command("test")
def try_cases(
    cases: Annotated[str, typer.Argument(help="A JSON file: {agent|policyId, cases: [{tool, params?, …, decision}]}.")],
    *,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Ask every case of a file, and hold the answers against what is expected there. Exits with 1 on a difference."""
    given = document_of(cases)
    question: dict[str, Any] = {name: given[name] for name in ("agent", "policyId", "version") if name in given}
    wanted = given.get("cases")
    if not question or not isinstance(wanted, list) or not wanted or not all(map(_is_case, wanted)):
        fail('give {"agent": …} or {"policyId": …} and "cases": [{"tool": …, "decision": …}].')
    client = tenant_client(tenant)
    answers = [client.post("/v1/policy/evaluate", {**question, "context": _context(case)}) for case in wanted]
    pairs = list(zip(wanted, answers, strict=True))
    differing = [pair for pair in pairs if not _as_expected(*pair)]
    if json_:
        print_json(
            [{"case": case, "answer": answer, "as_expected": _as_expected(case, answer)} for case, answer in pairs]
        )
    else:
        _print_cases(pairs)
        typer.echo(f"{len(pairs) - len(differing)} of {len(pairs)} as expected")
    raise typer.Exit(Exit.FAILED if differing else Exit.OK)


@app.command("simulate")
def simulate(
    override: Candidate,
    *,
    agent: Annotated[str, typer.Option(help="The agent whose runs are decided again.")],
    runs: Annotated[int, typer.Option(min=1, max=100, help="How many of its latest runs.")] = 20,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """What would become of the calls of an agent's latest runs under another override. Nothing is called."""
    body = {"agent": agent, "override": document_of(override), "runs": runs}
    found = tenant_client(tenant, role=_ADMIN).post("/v1/policy/simulate", body)
    if json_:
        print_json(found)
        return
    rows = [(move["from"], move["to"], move["count"]) for move in found["counts"]]
    print_table(("FROM", "TO", "CALLS"), rows, empty="No recorded calls.")
    for change in found["changes"]:
        after, where = change["after"], f"{change['runId']} event {change['event']}"
        typer.echo(f"{change['direction']}  {change['tool']}  {where}  {after['ruleId']}: {after['explanation']}")
    unknown = f", {found['undecidable']} undecidable" if found["undecidable"] else ""
    typer.echo(f"{found['changed']} of {found['total']} calls in {found['runs']} runs would change{unknown}")


@app.command("diff")
def diff(
    policy_id: PolicyId,
    *,
    from_: Annotated[int, typer.Option("--from", min=1, help="The version to begin at.")],
    to: Annotated[int | None, typer.Option(min=1, help="The version to compare with; left out: the newest.")] = None,
    tenant: Tenant = None,
) -> None:
    """How two versions of a policy differ."""
    client = tenant_client(tenant)
    one, two = (client.get(f"/v1/policies/{policy_id}", version=version) for version in (from_, to))
    _print_diff(one, two)


@app.command("shadow")
def shadow(
    policy_id: PolicyId,
    override: Annotated[str | None, typer.Argument(help="A file with the override to ask beside, or the JSON.")] = None,
    *,
    end: Annotated[bool, typer.Option("--end", help="Ask none beside any more.")] = False,
    promote: Annotated[bool, typer.Option("--promote", help="Put what is in shadow in force.")] = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Ask another override beside the one in force: it decides nothing, and where it differs the runs' logs say so."""
    if sum((override is not None, end, promote)) != 1:
        fail("give an override, --end or --promote.")
    client = tenant_client(tenant, role=_ADMIN)
    path = f"/v1/policies/{policy_id}"
    found, etag = client.find(path)
    present = found or fail("there is no such policy.", Exit.NOT_FOUND)
    if override is None and present.get("shadow") is None:
        fail("nothing is in shadow.", Exit.REFUSED)
    body: dict[str, Any] = {"override": present["shadow"] if promote else present["override"]}
    body |= {} if override is None else {"shadow": document_of(override)}
    show_policy(client.put(path, body, if_match=etag), as_json=json_)


@app.command("rollback")
def rollback(
    policy_id: PolicyId,
    *,
    to: Annotated[int, typer.Option(min=1, help="The version whose override is put in force again.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Put an earlier version's override in force again, as the next version. Effective within 15 s."""
    client = tenant_client(tenant, role=_ADMIN)
    path = f"/v1/policies/{policy_id}"
    found, etag = client.find(path)
    present = found or fail("there is no such policy.", Exit.NOT_FOUND)
    earlier = client.get(path, version=to)
    if not json_:
        _print_diff(present, earlier)
    if not yes:
        typer.confirm(f"Put version {to} of {policy_id} in force again?", abort=True, err=True)
    show_policy(client.put(path, {"override": earlier["override"]}, if_match=etag), as_json=json_)


@app.command("export")
def export(
    *,
    agent: Annotated[str, typer.Option(help="The agent whose envelope is exported.")],
    into: Annotated[Path, typer.Option(help="The directory to write the three files into.")] = Path(),
    tenant: Tenant = None,
) -> None:
    """What is in force for an agent, in Cedar: policies, schema and entities, each a file."""
    found = tenant_client(tenant).get("/v1/policy/cedar", agent=agent)
    into.mkdir(parents=True, exist_ok=True)
    names = {"policies": ".cedar", "cedarSchema": ".cedarschema", "entities": ".entities.json"}
    for name, ending in names.items():
        place = into / f"{agent}{ending}"
        place.write_text(found[name], encoding="utf-8")
        typer.echo(str(place))


def _is_case(case: object) -> bool:
    return isinstance(case, dict) and isinstance(case.get("tool"), str) and isinstance(case.get("decision"), str)


def _context(case: dict[str, Any]) -> dict[str, Any]:
    return {name: case[name] for name in _CONTEXTS if name in case}


def _as_expected(case: dict[str, Any], answer: dict[str, Any]) -> bool:
    return all(answer[name] == case[name] for name in ("decision", "ruleId") if name in case)


def _print_cases(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    rows = [
        ("ok" if _as_expected(case, answer) else "DIFFERS", case["tool"], case["decision"], answer["decision"], why)
        for case, answer in pairs
        if (why := f"{answer['ruleId']}: {answer['explanation']}")
    ]
    print_table(("", "TOOL", "EXPECTED", "ANSWER", "WHY"), rows, empty="")


def _print_diff(one: dict[str, Any], two: dict[str, Any]) -> None:
    before, after = list(_lines(one)), list(_lines(two))
    first, second = (f"version {policy['version']}" for policy in (one, two))
    lines = list(difflib.unified_diff(before, after, first, second, lineterm="", n=3))
    typer.echo("\n".join(lines) or "No difference.")


def _lines(policy: dict[str, Any]) -> Iterator[str]:
    """A version as lines: what it says, and what it asks beside."""
    for name in ("override", "shadow"):
        if policy.get(name) is not None:
            yield from f"{name}: {json.dumps(policy[name], indent=2, sort_keys=True, ensure_ascii=False)}".splitlines()
