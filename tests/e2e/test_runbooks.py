"""Runbooks are carried out as they stand: an operator's `bash` blocks are what is tested."""

import json
import os
import re
import subprocess
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from data_access_lib import keys
from data_access_lib.client import TenantScopedTable
from data_access_lib.errors import TenantAccessViolation
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from platform_kit.clock import parse_rfc3339
from platform_kit.ids import new_id
from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import STAGE
from tests.agent_versions import published, tamper
from tests.conftest import Connect
from tests.held_calls import asking, ended, held
from tests.local_stack import DEV_FILE, ROOT, LocalStack, eventually
from tests.misbehaving import MISBEHAVING, begin_stuck, get_stuck, have_misbehaving
from tests.security.deployed_roles import DeployedRoles

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
SUSPENDED = "initech"
# Who is calling is the runbook's to say; which of the platforms of this machine is meant, is not.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("AMBIT_") or "PORT" in name}


def blocks_of(name: str) -> list[str]:
    text = (ROOT / "runbooks" / f"{name}.md").read_text(encoding="utf-8")
    return re.findall(r"```bash\n(.*?)```", text, re.DOTALL)


def carry_out(name: str, folder: Path, **environment: str) -> str:
    """Every block of a runbook in one shell, in a folder of its own; what it printed."""
    blocks = blocks_of(name)
    assert len(blocks) >= 2
    script = "set -euo pipefail\n" + "\n".join(blocks)
    path = f"{ROOT / '.ambit' / 'tools' / 'bin'}:{os.environ['PATH']}"
    (folder / ".ambit").symlink_to(DEV_FILE.parent)
    given = {"PATH": path, "UV_PROJECT": str(ROOT), "UV_FROZEN": "1", "UV_NO_SYNC": "1"}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**CLEAN, **given, "XDG_CONFIG_HOME": str(folder / "nobody"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def have_active(operator: httpx.Client, tenant: str) -> None:
    found = operator.get(f"/v1/tenants/{tenant}")
    if found.status_code == 404:
        body = {"id": tenant, "name": tenant.title(), "tier": "basic"}
        operator.post("/v1/tenants", json=body).raise_for_status()
    elif found.json()["status"] == "suspended":
        operator.post(f"/v1/tenants/{tenant}/reinstate").raise_for_status()
    eventually(lambda: operator.get(f"/v1/tenants/{tenant}").json()["status"] == "active", seconds=60)


def test_signing_keys_are_rotated_and_nobody_notices(platform: LocalStack, tmp_path: Path) -> None:
    carry_out("signing-key-rotation", tmp_path)


def test_a_tenant_is_suspended_and_reinstated(operator: httpx.Client, tmp_path: Path) -> None:
    have_active(operator, SUSPENDED)
    carry_out("tenant-suspension", tmp_path, TENANT=SUSPENDED)
    assert operator.get(f"/v1/tenants/{SUSPENDED}").json()["status"] == "active"


def test_a_tenant_is_deleted_and_a_certificate_says_so(operator: httpx.Client, tmp_path: Path) -> None:
    tenant = f"leaver-{uuid.uuid4().hex[:8]}"
    have_active(operator, tenant)
    carry_out("tenant-deletion", tmp_path, TENANT=tenant)
    assert (tmp_path / f"export-{tenant}" / "manifest.json").is_file()
    assert operator.get(f"/v1/tenants/{tenant}").json()["status"] == "deleted"


def test_who_reached_for_another_tenants_data_is_found_and_stopped(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    have_active(operator, SUSPENDED)
    principal = f"usr:0badc0de:{uuid.uuid4().hex[:8]}"
    attempted = reach_across(platform, SUSPENDED, principal, "globex")
    told = carry_out("cross-tenant-attempts", tmp_path, TENANT=SUSPENDED)
    (event,) = {line for line in told.splitlines() if principal in line and "tenant.access_violation" not in line}
    assert event.split()[1:] == [principal, "get", f"ambit-{STAGE}-runs", attempted]
    assert [line for line in told.splitlines() if principal in line and "tenant.access_violation" in line]
    assert re.search(r"^status +suspended$", told, re.MULTILINE)
    done = re.findall(rf"^\d+ .* tenant\.(\w+) +{SUSPENDED} ", told, re.MULTILINE)
    assert done[:2] == ["reinstated", "suspended"], told[-2000:]
    assert operator.get(f"/v1/tenants/{SUSPENDED}").json()["status"] == "active"


def reach_across(platform: LocalStack, tenant: str, principal: str, other: str) -> str:
    """What a broken handler does: with the bridge's credentials for one tenant it asks for another's run; its key."""
    roles = DeployedRoles(platform)
    signals = OpsAccessSignals(
        lambda: roles.client("dynamodb", roles.own("bridge")), roles.tables["ops"], emit=lambda _line: None
    )
    client = roles.client("dynamodb", roles.tenant("bridge", tenant))
    table = TenantScopedTable(client, roles.tables["runs"], TenantContext(TenantId(tenant), principal), signals)
    foreign = keys.run_key(TenantId(other), new_id("run"))
    with pytest.raises(TenantAccessViolation):
        table.get(foreign)
    return foreign.pk


def test_a_leaked_key_is_found_refused_and_accounted_for(platform: LocalStack, tmp_path: Path) -> None:
    told = carry_out("key-leak", tmp_path)
    assert len(blocks_of("key-leak")) >= 6
    assert "'succeeded', True)" in told, "the drill's run is found to be the key's"
    (digest,) = re.findall(r"^amb_[0-9A-Za-z]{4} ([0-9a-f]{64})$", told, flags=re.MULTILINE)
    found = owner(platform, digest)
    assert (found["tenantId"]["S"], found["status"]["S"]) == ("acme", "revoked")


def test_what_nobody_decides_about_is_found_and_denied(
    platform: LocalStack, acme: httpx.Client, connect: Connect, tmp_path: Path
) -> None:
    with asking(connect("acme-admin")):
        approval = held(acme)
        told = carry_out("approval-backlog", tmp_path, TENANT="acme")
    assert approval["approvalId"] in told
    assert '"length": 262144' in told, "the exact arguments are shown"
    assert re.search(rf"approval\.decided +{approval['approvalId']}", told), told[-2000:]
    assert acme.get(f"/v1/approvals/{approval['approvalId']}").json()["status"] == "denied"
    eventually(lambda: ended(acme, approval["runId"]), seconds=120)


def owner(platform: LocalStack, digest: str) -> dict[str, dict[str, str]]:
    """What the runbook's look-up on a stage shows; that it asks for this key, a contract test says."""
    pk, sk = keys.credential_key(digest)
    table = aws_client("dynamodb", str(platform.described["emulatorUrl"]))
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    return dict(table.get_item(TableName=f"ambit-{STAGE}-control", Key=key)["Item"])


def test_an_entry_that_was_changed_is_named_and_a_chain_whose_end_was_restored_is_mended(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    tenant = f"ledger-{uuid.uuid4().hex[:8]}"
    have_active(operator, tenant)
    operator.post(f"/v1/tenants/{tenant}/suspend", json={"reason": "a drill"}).raise_for_status()
    operator.post(f"/v1/tenants/{tenant}/reinstate").raise_for_status()
    rows = Rows(platform, tenant)
    attest_everybody(platform)
    assert checked(operator, tenant)["covered"] == checked(operator, tenant)["last"] == 3

    original = rows.entry(2)
    rows.put("ledger", {**original, "decision": {"S": "denied"}})
    found = checked(operator, tenant)
    assert (found["holds"], found["entry"], found["kind"]) == (False, 2, "altered")
    rows.put("ledger", original)

    end = rows.head()
    rows.put("ops", {**end, "seq": {"N": "2"}, "hash": original["hash"]})
    told = carry_out("audit-verification-failure", tmp_path, TENANT=tenant)
    assert "audit.verification_failed" in told
    assert re.search(r"^repaired +True$", told, re.MULTILINE), told[-2000:]
    assert re.findall(r"^holds +yes$", told, re.MULTILINE) == ["holds     yes"] * 2
    assert int(rows.head()["seq"]["N"]) == 4, "the repair is entered"


def attest_everybody(platform: LocalStack) -> None:
    """What the schedule does every quarter of an hour."""
    function = aws_client("lambda", str(platform.described["emulatorUrl"]))
    answer = function.invoke(FunctionName=f"ambit-{STAGE}-checkpoints", Payload=b'{"step": "checkpoint"}')
    assert answer.get("FunctionError") is None


def checked(operator: httpx.Client, tenant: str) -> dict[str, Any]:
    return dict(operator.post(f"/v1/tenants/{tenant}/audit-check", json={}).raise_for_status().json())


class Rows:
    """What an account's administrator can do to a tenant's chain, past the platform."""

    def __init__(self, platform: LocalStack, tenant: str) -> None:
        self._client = aws_client("dynamodb", str(platform.described["emulatorUrl"]))
        self._tenant = TenantId(tenant)

    def put(self, table: str, item: dict[str, Any]) -> None:
        self._client.put_item(TableName=f"ambit-{STAGE}-{table}", Item=item)

    def entry(self, seq: int) -> dict[str, Any]:
        return self._get("ledger", keys.audit_key(self._tenant, seq))

    def head(self) -> dict[str, Any]:
        return self._get("ops", keys.audit_head_key(self._tenant))

    def _get(self, table: str, key: keys.Key) -> dict[str, Any]:
        place = {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
        return dict(self._client.get_item(TableName=f"ambit-{STAGE}-{table}", Key=place, ConsistentRead=True)["Item"])


def test_an_agent_that_runs_away_is_halted_held_and_let_go_again(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    have_misbehaving(operator)
    with platform.client("acme-developer") as developer:
        run_id = get_stuck(developer)
        run = developer.get(f"/v1/runs/{run_id}").json()
        assert (run["status"], run["error"]["code"]) == ("halted", "RUN_HALTED")
        [halt] = [event for event in events_of(developer, run_id) if event["event"] == "halt"]
        assert halt["payload"]["kind"] == "STAGNATION"
        told = carry_out("runaway-agent", tmp_path, TENANT="acme", AGENT=MISBEHAVING)
        assert run_id in developer.get(f"/v1/incidents/{incident_in(told)}").text
        assert run_id in (tmp_path / "postmortem.md").read_text(encoding="utf-8")
        assert developer.get(f"/v1/agents/{MISBEHAVING}/hold").json()["state"] == "active"


def test_a_policy_in_shadow_is_looked_at_and_its_trial_ended(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    have_misbehaving(operator)
    shadow = {"tools": [{"name": "files.read"}]}
    with platform.client("acme-admin") as admin:
        policy_id = put_in_shadow(admin, shadow)
        carry_out("policy-shadow-failed", tmp_path, TENANT="acme", POLICY=policy_id)
        assert json.loads((tmp_path / "shadow.json").read_text(encoding="utf-8")) == shadow
        assert admin.get(f"/v1/policies/{policy_id}").json().get("shadow") is None


def put_in_shadow(admin: httpx.Client, shadow: dict[str, Any]) -> str:
    """A policy of the misbehaving agent's that narrows nothing, with this beside it; its id."""
    body = {"override": {}, "shadow": shadow}
    for item in admin.get("/v1/policies").json()["items"]:
        if item.get("agent") == MISBEHAVING:
            path = f"/v1/policies/{item['policyId']}"
            etag = admin.get(path).headers["etag"]
            admin.put(path, json=body, headers={"if-match": etag}).raise_for_status()
            return str(item["policyId"])
    named = {"name": "tried out", "agent": MISBEHAVING, **body}
    return str(admin.post("/v1/policies", json=named).raise_for_status().json()["policyId"])


def test_an_operator_stops_an_agent_at_once_and_lets_it_go_on(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    have_misbehaving(operator)
    told = carry_out("kill-switch", tmp_path, SCOPE="agent", TARGET=MISBEHAVING)
    assert "kill_switch" not in told
    switches = operator.get("/v1/kill-switches").json()["items"]
    assert MISBEHAVING not in {switch["target"] for switch in switches}


def test_a_run_that_is_killed_is_refused_its_next_call_a_second_later(
    platform: LocalStack, operator: httpx.Client
) -> None:
    have_misbehaving(operator)
    with platform.client("acme-developer") as developer:
        run_id = begin_stuck(developer, calls=60, delayMs=1100)
        eventually(lambda: developer.get(f"/v1/runs/{run_id}").json()["usage"]["toolCalls"] > 0, seconds=60)
        switch = {"scope": "run", "target": f"acme/{run_id}", "reason": "a test"}
        made = operator.post("/v1/kill-switches", json=switch).raise_for_status().json()
        eventually(lambda: developer.get(f"/v1/runs/{run_id}").json()["status"] == "failed", seconds=60)
        late = [event for event in events_of(developer, run_id) if is_late(event, made["createdAt"])]
        operator.delete(f"/v1/kill-switches/{made['switchId']}").raise_for_status()
    assert late == []


def events_of(developer: httpx.Client, run_id: str) -> list[dict[str, Any]]:
    found = developer.get(f"/v1/runs/{run_id}/events", headers={"accept": "application/json"})
    return list(found.raise_for_status().json()["items"])


def is_late(event: dict[str, Any], at: str) -> bool:
    """A call that was let through more than a second, and the clock's own second, after the switch was set."""
    since = parse_rfc3339(event["timestamp"]) - parse_rfc3339(at)
    return event["event"] == "call" and since.total_seconds() > 2


def incident_in(told: str) -> str:
    return str(re.findall(r"inc_[0-9a-f]{32}", told)[0])


def test_a_stopped_evaluation_is_resumed_to_its_end(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    version = operator.get("/v1/templates/echo-agent").json()["approvedVersionId"]
    started = operator.post("/v1/evaluation-runs", json={"versionId": version, "suite": "echo-basics"})
    path = f"/v1/evaluation-runs/{started.raise_for_status().json()['evaluationId']}"
    eventually(lambda: operator.get(path).json()["status"] == "succeeded", seconds=90)
    stop_evaluation(platform, path.rpartition("/")[2])
    assert operator.get(path).json()["decided"] == 5
    carry_out("stuck-evaluation", tmp_path, EVALUATION=path.rpartition("/")[2])
    assert operator.get(path).json()["verdict"] == "passed"


def test_a_version_that_is_refused_is_looked_into_and_a_break_glass_request_is_voided(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    version = refused(operator, f"t-{uuid.uuid4().hex[:12]}")
    (tmp_path / "first").mkdir()
    told = carry_out("failed-promotion", tmp_path / "first", VERSION=version)
    assert "PROMOTION_REFUSED" in told or "closed" in told
    with platform.client("platform-admin") as admin:
        path = f"/v1/versions/{version}/break-glass"
        asked = admin.post(path, json={"reason": "for the runbook"}).raise_for_status().json()
    (tmp_path / "second").mkdir()
    carry_out("promotion-break-glass", tmp_path / "second", VERSION=version)
    (listed,) = operator.get(path).json()["items"]
    assert (listed["requestId"], listed["status"]) == (asked["requestId"], "void")


def refused(operator: httpx.Client, agent: str) -> str:
    """A candidate that a required suite stands before, which it does not pass: it says what it hears."""
    version = published(operator, agent, 1, approve=False)
    case = {"caseId": "a", "input": "hello", "scorers": [{"type": "exact", "expected": "goodbye"}]}
    suite = {"name": agent, "description": "For a runbook.", "agents": [agent], "required": True, "cases": [case]}
    operator.post("/v1/evaluation-suites", json=suite).raise_for_status()
    return version


def stop_evaluation(platform: LocalStack, evaluation_id: str) -> None:
    """Leave an evaluation as one whose workflow failed before its last case was decided."""
    table = aws_client("dynamodb", str(platform.described["emulatorUrl"]))
    name, owner = f"ambit-{STAGE}-ops", "TENANT#platform#"
    case = {"pk": {"S": f"{owner}EVALCASE#{evaluation_id}"}, "sk": {"S": "number#00"}}
    table.delete_item(TableName=name, Key=case)
    table.update_item(
        TableName=name,
        Key={"pk": {"S": f"{owner}EVALUATION"}, "sk": {"S": evaluation_id}},
        UpdateExpression="SET #s = :s, decided = :d",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": "failed"}, ":d": {"N": "5"}},
    )


def test_a_tampered_version_is_found_and_the_one_before_it_comes_back(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    agent = f"t-{uuid.uuid4().hex[:12]}"
    first, second = published(operator, agent, 1), published(operator, agent, 2)
    tamper(platform, agent, second)
    assert operator.get(f"/v1/versions/{second}").json()["code"] == "VERSION_TAMPERED"
    told = carry_out("version-tampered", tmp_path, AGENT=agent)
    assert re.search(r"inc_\w+ +S1 +open +version-tampered", told), told[-2000:]
    assert re.search(rf"^approvedVersionId +{first}$", told, re.MULTILINE), told[-2000:]
    assert operator.get(f"/v1/templates/{agent}").json()["approvedVersionId"] == first


def test_an_agent_is_quarantined_in_one_tenant_and_let_go_on(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    developer = {"authorization": f"Bearer {platform.token('acme-developer')}"}
    invoke = f"{platform.api_url}/v1/agents/echo-agent/invoke"
    httpx.post(invoke, json={"input": "x"}, headers=developer, timeout=30).raise_for_status()
    told = carry_out("quarantine", tmp_path, TENANT="acme", AGENT="echo-agent")
    assert re.findall(r"^echo-agent +(\w+)", told, re.MULTILINE)[:3] == ["active", "quarantined", "quarantined"]
    found = operator.get("/v1/tenants/acme/instances").json()["items"]
    assert {item["agent"]: item["status"] for item in found}["echo-agent"] == "active"


def test_dead_letters_are_looked_at_done_again_and_the_rest_is_removed(platform: LocalStack, tmp_path: Path) -> None:
    sqs = aws_client("sqs", str(platform.described["emulatorUrl"]))
    url = sqs.get_queue_url(QueueName=f"ambit-{STAGE}-workflow-dead-letters")["QueueUrl"]
    step, poison, secret = {"step": "watch"}, uuid.uuid4().hex, f"private {uuid.uuid4().hex}"
    moved = sqs.send_message(QueueUrl=url, MessageBody=json.dumps({**step, "note": secret}))["MessageId"]
    stays = sqs.send_message(QueueUrl=url, MessageBody=poison)["MessageId"]
    told = carry_out("dead-letters", tmp_path, QUEUE="workflow")
    assert re.search(rf"^{moved} +step ", told, re.MULTILINE)
    assert re.search(rf"^{moved} +moved", told, re.MULTILINE)
    assert re.search(rf"^{stays} +not_redrivable", told, re.MULTILINE)
    assert re.search(rf"^{stays} +purged", told, re.MULTILINE)
    assert secret not in told
    assert re.findall(r"^workflow +(\d+)", told, re.MULTILINE)[-1] == "0"
