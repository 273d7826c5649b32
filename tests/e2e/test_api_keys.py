"""API keys and AWS callers from their making to their end, as administrators and machines use them."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import ACCOUNT
from tests.aws_proof import authorization, presigned
from tests.local_stack import ROOT, LocalStack, eventually

pytestmark = pytest.mark.local_stack
AMBIT = [sys.executable, "-m", "scripts.ambit_cli.main"]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("AMBIT_")}
EFFECTIVE_SECONDS = 60
INVOKE = ("invoke", "echo-agent", "--input", "one two")
NOT_ALLOWED = 3
NOT_FOUND = 4
REFUSED = 5


def ambit(*words: str, key: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**CLEAN, "XDG_CONFIG_HOME": "/nonexistent", **({"AMBIT_API_KEY": key} if key else {})}
    return subprocess.run(
        [*AMBIT, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def told(*words: str) -> dict[str, Any]:
    done = ambit(*words, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture
def made(platform: LocalStack) -> Iterator[dict[str, Any]]:
    """A key of acme for runs of the echo agent alone; revoked at the end, whatever happened."""
    name = f"e2e-{secrets.token_hex(4)}"
    scopes = ("--scope", "agents:invoke", "--scope", "runs:read")
    key = told("keys", "create", name, *scopes, "--agent", "echo-agent", "--days", "1")
    yield key
    ambit("keys", "revoke", key["keyId"])


def refused(key: str) -> bool:
    return ambit(*INVOKE, key=key).returncode == NOT_ALLOWED


def test_a_key_calls_for_its_tenant_as_itself_and_within_its_limits(made: dict[str, Any]) -> None:
    secret = made["secret"]
    run = ambit(*INVOKE, "--json", key=secret)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["output"] == "one two"
    shown = ambit("runs", "show", found["runId"], "--json", key=secret)
    assert json.loads(shown.stdout)["principalId"] == f"key:{made['keyId']}"
    assert ambit("invoke", "echo-async", "--input", "x", key=secret).returncode in {NOT_ALLOWED, NOT_FOUND}
    assert ambit("agents", key=secret).returncode == NOT_ALLOWED
    assert ambit("keys", "list", key=secret).returncode == NOT_ALLOWED
    assert ambit("runs", "--tenant", "globex", key=secret).returncode == 2


def test_a_key_is_listed_without_its_secret_and_its_use_is_counted(made: dict[str, Any]) -> None:
    assert ambit(*INVOKE, key=made["secret"]).returncode == 0
    listed = ambit("keys", "list", "--limit", "100")
    assert made["keyId"] in listed.stdout
    assert made["prefix"] in listed.stdout
    assert made["secret"] not in listed.stdout + ambit("keys", "show", made["keyId"]).stdout

    def used() -> bool:
        return bool(told("keys", "show", made["keyId"])["useCount"])

    eventually(used, every=1)


@pytest.mark.timeout(300)
def test_both_secrets_work_after_a_rotation_and_none_after_the_end(made: dict[str, Any]) -> None:
    first = made["secret"]
    second = told("keys", "rotate", made["keyId"], "--overlap-seconds", "3600")["secret"]
    assert first != second
    for secret in (first, second):
        done = ambit(*INVOKE, key=secret)
        assert (done.returncode, done.stdout.strip()) == (0, "one two"), done.stderr
    assert ambit("keys", "revoke", made["keyId"]).returncode == 0
    eventually(lambda: refused(first) and refused(second), seconds=EFFECTIVE_SECONDS, every=1)
    assert told("keys", "show", made["keyId"])["status"] == "revoked"
    assert ambit("keys", "rotate", made["keyId"]).returncode == REFUSED


@pytest.mark.timeout(300)
def test_a_rotation_without_overlap_ends_the_leaked_secret_and_not_the_key(made: dict[str, Any]) -> None:
    leaked = made["secret"]
    assert ambit(*INVOKE, key=leaked).returncode == 0
    fresh = told("keys", "rotate", made["keyId"], "--overlap-seconds", "0")["secret"]
    eventually(lambda: refused(leaked), seconds=EFFECTIVE_SECONDS, every=1)
    assert ambit(*INVOKE, key=fresh).returncode == 0


def test_what_was_done_is_in_the_audit_log_and_no_secret_is(made: dict[str, Any]) -> None:
    rotated = told("keys", "rotate", made["keyId"])
    entries = told("audit", "list", "--action", "api_key.", "--limit", "100")["items"]
    mine = [entry for entry in entries if entry["target"] == made["keyId"]]
    assert [entry["action"] for entry in mine] == ["api_key.rotated", "api_key.created"]
    text = json.dumps(entries)
    assert [secret for secret in (made["secret"], rotated["secret"]) if secret in text] == []


@pytest.mark.timeout(300)
def test_a_role_calls_with_its_proof_while_it_is_bound(platform: LocalStack) -> None:
    name = f"e2e-{secrets.token_hex(4)}"
    arn, session = assumed(str(platform.described["emulatorUrl"]), name)

    def answered() -> int:
        proof = authorization(presigned(str(platform.described["emulatorUrl"]), session))
        with httpx.Client(base_url=platform.api_url, headers={"authorization": proof}, timeout=60) as machine:
            return machine.post("/v1/agents/echo-agent/invoke", json={"input": "x"}).status_code

    assert answered() == 401
    create = ("aws-callers", "create", name, "--role-arn", arn, "--scope", "agents:invoke")
    caller = told(*create)
    assert caller["callerId"] in ambit("aws-callers", "list").stdout
    assert ambit(*create).returncode == REFUSED
    eventually(lambda: answered() == 200, seconds=EFFECTIVE_SECONDS, every=1)
    assert ambit("aws-callers", "revoke", caller["callerId"]).returncode == 0
    assert caller["callerId"] not in ambit("aws-callers", "list").stdout
    eventually(lambda: answered() == 401, seconds=EFFECTIVE_SECONDS, every=1)


def assumed(endpoint: str, name: str) -> tuple[str, dict[str, str]]:
    """A new role's ARN, and credentials of a session in it."""
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = aws_client("iam", endpoint).create_role(RoleName=name, AssumeRolePolicyDocument=document)
    arn = str(made["Role"]["Arn"])
    answer = aws_client("sts", endpoint).assume_role(RoleArn=arn, RoleSessionName="e2e")
    return arn, dict(answer["Credentials"])
