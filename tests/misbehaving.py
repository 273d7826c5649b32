"""An agent that misbehaves on purpose, and runs of it, on a local platform."""

import os
import subprocess
import sys
from typing import Final

import httpx

from tests.local_stack import DEV_FILE, ROOT, eventually

MISBEHAVING: Final = "faulty-agent"


def have_misbehaving(operator: httpx.Client) -> None:
    """The agent that fails on purpose, pushed as a developer pushes one."""
    if operator.get(f"/v1/templates/{MISBEHAVING}").status_code == httpx.codes.OK:
        return
    command = [sys.executable, "-m", "scripts.agent_push", "--agent", MISBEHAVING, "--env", "local", "--no-smoke"]
    environment = {**os.environ, "AMBIT_STATE": str(DEV_FILE.parent)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def upload(developer: httpx.Client) -> str:
    """A small file; its id."""
    description = {"name": "data.txt", "contentType": "text/plain", "bytes": 10}
    file = developer.post("/v1/files", json=description).raise_for_status().json()
    httpx.put(file["uploadUrl"], content=b"0123456789", headers=file["uploadHeaders"]).raise_for_status()
    return str(file["fileId"])


def begin_stuck(developer: httpx.Client, **context: object) -> str:
    """A run of the agent that reads the same file over and over; its id."""
    body = {"input": "x", "context": {"fault": "stuck", **context}, "files": [upload(developer)]}
    path = f"/v1/agents/{MISBEHAVING}/invoke"
    answer = developer.post(path, json=body, headers={"prefer": "respond-async"}).raise_for_status()
    return str(answer.json()["runId"])


def forgive(admin: httpx.Client) -> None:
    """Forget the agent's halts, of which three hold it: an earlier test may have left some."""
    admin.post(f"/v1/agents/{MISBEHAVING}/reset", json={"reason": "left by an earlier test"})


def let_run(admin: httpx.Client, agent: str) -> None:
    """Lift what holds an agent, if anything does: agents that are made to halt one after the other pause the first."""
    hold = admin.get(f"/v1/agents/{agent}/hold")
    if hold.is_success and hold.json()["state"] != "active":
        admin.post(f"/v1/agents/{agent}/reset", json={"reason": "left by an earlier test"}).raise_for_status()


def get_stuck(developer: httpx.Client) -> str:
    """Such a run, once it has ended; its id."""
    run_id = begin_stuck(developer)
    ended = {"succeeded", "failed", "halted", "cancelled", "timed_out"}
    eventually(lambda: developer.get(f"/v1/runs/{run_id}").json()["status"] in ended, seconds=60)
    return run_id


def incident_of(developer: httpx.Client, run_id: str) -> str:
    """The incident in whose timeline the run stands, once it does; its id. Halts of one hour share an incident."""

    def look() -> str | None:
        for incident in developer.get("/v1/incidents").raise_for_status().json()["items"]:
            found = developer.get(f"/v1/incidents/{incident['incidentId']}").raise_for_status().json()
            if any(entry["source"] == run_id for entry in found["timeline"]):
                return str(incident["incidentId"])
        return None

    return eventually(look)
