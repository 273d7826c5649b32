"""The command line against the running platform, as its users type it."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.local_stack import ROOT, LocalStack, eventually, interruptible

pytestmark = pytest.mark.local_stack
AMBIT = [sys.executable, "-m", "scripts.ambit_cli.main"]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("AMBIT_")}


def ambit(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**CLEAN, "XDG_CONFIG_HOME": "/nonexistent"}
    return subprocess.run([*AMBIT, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_doctor_finds_everything_well(platform: LocalStack) -> None:
    found = ambit("doctor")
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_token_opens_the_api(platform: LocalStack) -> None:
    token = ambit("token", "--tenant", "acme", "--role", "Tenant.Developer").stdout.strip()
    assert token.count(".") == 2


def test_all_three_modes_can_be_invoked(platform: LocalStack) -> None:
    sync = ambit("invoke", "echo-agent", "--input", "one two")
    assert (sync.returncode, sync.stdout.strip()) == (0, "one two"), sync.stderr
    stream = ambit("invoke", "echo-stream", "--input", "one two", "--stream")
    assert (stream.returncode, stream.stdout.strip()) == (0, "one two"), stream.stderr
    job = ambit("invoke", "echo-async", "--input", "one two", "--wait")
    assert (job.returncode, job.stdout.strip()) == (0, "one two"), job.stderr


def test_agents_runs_and_tenants_are_listed_as_json(platform: LocalStack) -> None:
    agents = json.loads(ambit("agents", "--json").stdout)["items"]
    assert {"echo-agent", "echo-stream", "echo-async", "analyst-agent"} <= {agent["name"] for agent in agents}
    assert "items" in json.loads(ambit("runs", "--json").stdout)
    tenants = json.loads(ambit("tenants", "list", "--json").stdout)["items"]
    assert {"acme", "globex"} <= {tenant["id"] for tenant in tenants}


def test_what_is_not_there_has_its_exit_code(platform: LocalStack) -> None:
    assert ambit("runs", "show", "run_00000000000000000000000000000000").returncode == 4
    assert ambit("invoke", "no-such-agent", "--input", "x").returncode == 4


def test_interrupting_a_stream_cancels_the_run(platform: LocalStack) -> None:
    words = ["invoke", "echo-stream", "--input", "a b c d e f", "--context", '{"delayMs": 1000}', "--stream"]
    with subprocess.Popen(
        interruptible(*AMBIT, *words), cwd=ROOT, env=CLEAN, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        run_id = process.stderr.readline().split()[1]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130

    def look() -> bool:
        return bool(json.loads(ambit("runs", "show", run_id, "--json").stdout)["status"] == "cancelled")

    eventually(look)
