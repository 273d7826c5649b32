"""The hostile agent set loose once on the running platform, and all that watches it meanwhile."""

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import boto3
import httpx

from platform_kit.run_token import RunClaims, key_id_of, kms_signer, mint
from scripts.local_platform.layout import REGION, ROOT_KEY, layout_from_environment
from tests.local_stack import ROOT, LocalStack, eventually
from tests.traps import Traps

AGENT: Final = "hostile-agent"
LIMIT: Final = 3
TERMINAL: Final = {"succeeded", "failed", "halted", "cancelled", "timed_out"}
# Tried in the second run of the session, which knows the first one's token; and by a run of its own.
RACE: Final = "many calls at once, to outrun its limit"  # in a run of its own, whose limit nobody has touched
# Each in a run of its own: so many refusals halt a run, and what is tried after that is refused whatever it is.
ALONE = (
    RACE,
    "a tool that is not in its manifest",
    "asking for the log only",
    "another tenant's name in headers and arguments",
)
LATER: Final = ("a token that has expired", "the token of a run that has ended", "ending twice")
LAYOUT: Final = layout_from_environment()
_MOST_SOCKETS: Final = 40
"""Of this machine, the newest; an invocation takes 32 000 bytes along."""


def push() -> None:
    """Push the agent as anybody pushes one."""
    command = [sys.executable, "-m", "scripts.agent_push", "--agent", AGENT, "--folder", "tests", "--no-smoke"]
    done = subprocess.run(command, cwd=ROOT, timeout=300, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass
class Siege:
    """One attack: what the agent says of its ways, and what was seen from outside."""

    stack: LocalStack
    traps: Traps
    began: datetime
    log_mark: int = 0
    report: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    files_before: set[str] = field(default_factory=set)
    host_before: dict[str, Any] = field(default_factory=dict)
    foreign_file: str = ""
    held_token: str = ""

    def tries(self, way: str) -> dict[str, str]:
        """What was answered to each try of a way; fails when one got through, or none was made."""
        tries = self.report[way]
        through = [f"{one['what']}: {one['told']}" for one in tries if one["through"]]
        assert tries, f"{way}: nothing was tried"
        assert through == [], f"{way}: got through: {through}"
        return {one["what"]: one["told"] for one in tries}

    def host(self) -> dict[str, Any]:
        """What the agent host says of its sandbox."""
        found: dict[str, Any] = httpx.get(f"{LAYOUT.agent_host_url}/sandbox", timeout=5).json()
        return found

    def turned_away(self, reason: str) -> int:
        """How often the doors of sandboxes refused for a reason during the attack."""
        before = self.host_before["refusals"].get(reason, 0)
        return int(self.host()["refusals"].get(reason, 0)) - int(before)

    def security_events(self, run: str) -> set[tuple[str, str]]:
        """Operation and code of what the platform took down about a run's agent."""
        found: set[tuple[str, str]] = set()
        with self.stack.client("platform-operator", patient=True) as operator:
            query: dict[str, Any] = {"limit": 100}
            while True:
                page = operator.get("/v1/platform/security-events", params=query).raise_for_status().json()
                found |= {
                    (item["operation"], item["attempted"])
                    for item in page["items"]
                    if item["type"] == "agent.refused" and item["principalId"] == f"run:{run}"
                }
                if not page.get("nextCursor"):
                    return found
                query["cursor"] = page["nextCursor"]

    def events(self, run: str) -> list[dict[str, Any]]:
        """The run's log."""
        with self.stack.client("acme-developer", patient=True) as client:
            return events_of(client, run)

    def refused_credentials(self) -> Counter[str]:
        """What the authoriser took down since the attack began, by reason."""
        with (LAYOUT.logs / "functions.log").open("rb") as log:
            log.seek(self.log_mark)
            lines = log.read().decode("utf-8", "replace").splitlines()
        found = [line[line.index("{") :] for line in lines if '"AuthRefused":1' in line]
        return Counter(json.loads(line)["reason"] for line in found)

    def host_log(self) -> str:
        """What the agents printed."""
        return (LAYOUT.logs / "agent-host.log").read_text("utf-8", "replace")


def start(client: httpx.Client, ways: list[str], facts: dict[str, Any], session: str | None = None) -> dict[str, Any]:
    """Invoke the agent; the job."""
    hidden = list(json.dumps(facts).encode())  # as text, the guardrails would mask the tokens
    body: dict[str, Any] = {"input": "go", "context": {"ways": ways, "facts": hidden}}
    answer = client.post(f"/v1/agents/{AGENT}/invoke", json={**body, **({"sessionId": session} if session else {})})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def end_of(client: httpx.Client, job: dict[str, Any], seconds: float = 240) -> dict[str, Any]:
    """The job when it is over."""

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"/v1/jobs/{job['jobId']}").raise_for_status().json()
        return found if found["status"] in TERMINAL else None

    return eventually(look, seconds=seconds, every=0.5)


def limit_tool(admin: httpx.Client) -> None:
    """A policy of the tenant's: three calls of the one tool in a run."""
    override = {"tools": [{"name": "files.read", "maxCallsPerRun": LIMIT}]}
    answer = admin.post("/v1/policies", json={"name": "few reads", "agent": AGENT, "override": override})
    assert answer.status_code in (201, 409), answer.text


def events_of(client: httpx.Client, run: str) -> list[dict[str, Any]]:
    """The run's log so far."""
    answer = client.get(f"/v1/runs/{run}/events", headers={"accept": "application/json"}).raise_for_status()
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def held_token(client: httpx.Client, run: str) -> str:
    """The run token that a held agent shows in its log, when it has."""

    def look() -> str | None:
        found = [item["payload"]["parts"] for item in events_of(client, run) if item["payload"].get("type") == "held"]
        return bytes.fromhex("".join(found[0])).decode()[::-1] if found else None

    return eventually(look, seconds=60, every=0.5)


def signed_by_the_platform(run: dict[str, Any], now: datetime) -> str:
    """A run token with the platform's own signature, minted at another time than now."""
    aws = boto3.Session(ROOT_KEY, ROOT_KEY, region_name=REGION)
    function = aws.client("lambda", endpoint_url=LAYOUT.emulator_url).get_function_configuration(
        FunctionName="ambit-local-gateway"
    )
    key = function["Environment"]["Variables"]["RUN_TOKEN_KEY_ARN"]
    claims = RunClaims("acme", run["runId"], AGENT, run["version"], run["sessionId"], "async", "somebody")
    sign = kms_signer(aws.client("kms", endpoint_url=LAYOUT.emulator_url), key)
    return mint(claims, sign, key_id_of(key), now)


def own_address() -> str:
    """This machine's address on its network; connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out, suppress(OSError):
        out.connect(("192.0.2.1", 9))
        return str(out.getsockname()[0])
    return "127.0.1.1"


def machine_facts(traps: Traps) -> dict[str, Any]:
    """What an attacker could know of this machine."""
    state = LAYOUT.state
    pids = [json.loads(path.read_text())["pid"] for path in LAYOUT.pids.glob("*.json")]
    newest = sorted(Path("/tmp").glob("ambit-*/*.sock"), key=lambda path: path.lstat().st_mtime)  # noqa: S108 - where the host keeps them
    sockets = [str(path) for path in newest[-_MOST_SOCKETS:]]
    return {
        "ports": {
            **traps.ports, "emulator": LAYOUT.emulator_port, "idp": LAYOUT.idp_port,
            "host": LAYOUT.agent_host_port, "edge": LAYOUT.edge_port,
        },
        "address": own_address(),
        "unix": [*traps.unix, *sockets],
        "homes": [str(Path.home())],
        "paths": [
            str(LAYOUT.dev_json), str(state / "agent-host" / "packages"), str(state / "agent-host" / "sessions"),
            str(state / "agent-host" / "runtimes.json"), str(ROOT / "pyproject.toml"), "/etc/shadow", "/var", "/run",
            "/sys", "/home", "/proc/1/root/etc/shadow", *sockets,
        ],
        "pids": [os.getpid(), *map(int, pids)],
        "limit": LIMIT,
    }  # fmt: skip


def files_of(client: httpx.Client) -> set[str]:
    """The ids of the tenant's newest files."""
    return {item["fileId"] for item in client.get("/v1/files?limit=100").raise_for_status().json()["items"]}


def leave_file(client: httpx.Client) -> str:
    """A file in another tenant's bucket, for the agent to reach for."""
    made = client.post("/v1/files", json={"name": "mine.txt", "contentType": "text/plain", "bytes": 6}).json()
    httpx.put(made["uploadUrl"], content=b"secret", headers={"content-type": "text/plain"}).raise_for_status()
    return str(made["fileId"])


def lay(stack: LocalStack, traps: Traps, ways: list[str]) -> Siege:
    """Set the agent loose: a run that is held and cancelled, one that tries every way, one after its end."""
    siege = Siege(stack, traps, datetime.now(UTC))
    siege.log_mark = (LAYOUT.logs / "functions.log").stat().st_size
    siege.host_before = siege.host()
    acme, globex = stack.client("acme-developer", patient=True), stack.client("globex-developer", patient=True)
    with acme, globex, stack.client("acme-admin", patient=True) as admin:
        limit_tool(admin)
        admin.post(f"/v1/agents/{AGENT}/reset", json={"reason": "halted by an earlier siege"})
        siege.foreign_file = leave_file(globex)
        siege.files_before = files_of(acme)
        facts = {**machine_facts(traps), "foreign_file": siege.foreign_file, "person": stack.token("acme-developer")}
        held = start(acme, ["hold"], facts)
        siege.runs["held"] = held["runId"]
        siege.held_token = held_token(acme, held["runId"])
        facts |= {"tokens": {"a run beside it": siege.held_token}, "other_run": held["runId"]}
        foreign = start(globex, ["hold"], facts)
        facts["tokens"]["another tenant's"] = held_token(globex, foreign["runId"])
        for name in ALONE:
            attack(siege, acme, name, start(acme, [name], facts))
        first = start(acme, [name for name in ways if name not in (*LATER, *ALONE)], facts)
        attack(siege, acme, "first", first)
        second(siege, acme, facts)
        for client, job in ((acme, held), (globex, foreign)):
            client.post(f"/v1/runs/{job['runId']}/cancel").raise_for_status()
        siege.statuses["held"] = end_of(acme, held)["status"]
    return siege


def attack(siege: Siege, client: httpx.Client, name: str, job: dict[str, Any]) -> None:
    """Take down how an attack went."""
    siege.runs[name] = job["runId"]
    found = end_of(client, job)
    siege.statuses[name] = found["status"]
    assert found["status"] in {"succeeded", "halted"}, found
    halted = found["status"] == "halted"
    siege.report |= printed(siege, job["runId"]) if halted else found["result"]["output"]["report"]


def second(siege: Siege, client: httpx.Client, facts: dict[str, Any]) -> None:
    """In the same session, whose door lets the ended run's tokens pass: the gateway alone stands before them."""
    run = client.get(f"/v1/runs/{siege.runs['first']}").raise_for_status().json()
    now = datetime.now(UTC)
    more = {
        "expired": signed_by_the_platform(run, now - timedelta(hours=1)),
        "early": signed_by_the_platform(run, now + timedelta(hours=1)),
    }
    attack(siege, client, "second", start(client, list(LATER[:2]), {**facts, **more}, run["sessionId"]))
    job = start(client, list(LATER[2:]), {**facts, "output": "first"}, run["sessionId"])
    siege.runs["twice"] = job["runId"]
    siege.statuses["twice"] = end_of(client, job)["status"]
    siege.report |= printed(siege, job["runId"])


def printed(siege: Siege, run: str) -> dict[str, list[dict[str, Any]]]:
    """What an agent printed of its tries, where its run's output is not its to give any more."""

    def look() -> dict[str, list[dict[str, Any]]] | None:
        lines = [
            line.partition("TRIED ")[2] for line in siege.host_log().splitlines() if run in line and "TRIED " in line
        ]
        return {told["way"]: told["tries"] for told in map(json.loads, lines)} or None

    return eventually(look, seconds=30, every=0.5)


def afterlife(siege: Siege) -> list[dict[str, Any]]:
    """What the cancelled agent tried before its process was ended: nothing, or something that was refused."""
    lines = [line.partition("AFTERLIFE ")[2] for line in siege.host_log().splitlines() if "AFTERLIFE " in line]
    return [told for told in map(json.loads, lines) if told["run"] == siege.runs["held"]]


def beyond_the_grave(siege: Siege) -> dict[str, int]:
    """The cancelled run's token in the hands of somebody who kept it, outside any sandbox: what the gateway answers."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "files.read", "arguments": {}}}
    bodies: dict[str, Any] = {
        "mcp": call, "events": {"events": [{"stream": "assistant", "event": "note", "payload": {"late": True}}]},
        "complete": {"status": "succeeded", "output": "after all"}, "token": {},
    }  # fmt: skip
    headers = {"authorization": f"Bearer {siege.held_token}"}
    return {
        name: httpx.post(f"{siege.stack.api_url}/v1/gateway/{name}", json=body, headers=headers).status_code
        for name, body in bodies.items()
    }


def table(siege: Siege) -> list[str]:
    """The ways, how often each was tried, and what the first refusals were."""
    lines = [f"{'way':<56} {'tries':>5} {'through':>7}  refused with"]
    for way, tries in siege.report.items():
        through = sum(one["through"] for one in tries)
        words = list(dict.fromkeys(one["told"] for one in tries if not one["through"]))
        lines.append(f"{way:<56} {len(tries):>5} {through:>7}  {'; '.join(words)[:90]}")
    return lines
