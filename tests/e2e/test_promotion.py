"""The road of a version as people walk it at the command line: refused, put right, evaluated, promoted, proven."""

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.local_stack import DEV_FILE, LocalStack

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(420)]
COMMAND: Final = [sys.executable, "-m", "scripts.ambit_cli.main"]
ROOT: Final = Path(__file__).parents[2]
ENVIRONMENT: Final = {
    **os.environ,
    "AMBIT_STATE": str(DEV_FILE.parent),
    "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "layers"))),
    "PYTHONUNBUFFERED": "1",
}
NAME: Final = f"gated-{uuid.uuid4().hex[:8]}"
CODE: Final = '''"""An agent that says what it is told."""

from __future__ import annotations

from ambit_agent import AgentApp, Invocation

app = AgentApp()


@app.entrypoint
def answer(invocation: Invocation) -> str:
    """What it is told."""
    return invocation.input{wrong}
'''


def ambit(*words: str, ok: bool = True, token: str | None = None) -> subprocess.CompletedProcess[str]:
    """The command; `token` is another person's."""
    environment = {**ENVIRONMENT, **({"AMBIT_TOKEN": token} if token else {})}
    done = subprocess.run([*COMMAND, *words], env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode == 0) is ok, done.stdout + done.stderr
    return done


def told(*words: str, **how: Any) -> dict[str, Any]:
    return dict(json.loads(ambit(*words, "--json", **how).stdout))


def write(folder: Path, wrong: str = "") -> None:
    """The agent's code, never pushed before."""
    code = CODE.format(wrong=wrong) + f"\n# {time.time_ns()}\n"
    (folder / NAME.replace("-", "_") / "agent.py").write_text(code)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agent of our own, whose manifest names a suite of its folder that is not marked as required."""
    cases = [
        {"caseId": f"case-{n}", "input": f"say {n}", "scorers": [{"type": "exact", "expected": f"say {n}"}]}
        for n in range(3)
    ]
    suite = {"name": NAME, "description": "It says what it is told.", "agents": [NAME], "threshold": 1.0}
    into = tmp_path_factory.mktemp("gated")
    ambit("init", NAME, "--into", str(into))
    made = into / NAME
    (made / "evaluations" / f"{NAME}-core.json").unlink()
    (made / "evaluations" / f"{NAME}.json").write_text(json.dumps({**suite, "cases": cases}))
    manifest = made / "pyproject.toml"
    manifest.write_text(manifest.read_text().replace(f'evaluations = ["{NAME}-core"]', f'evaluations = ["{NAME}"]', 1))
    return made


def newest(operator: httpx.Client) -> dict[str, Any]:
    listed = operator.get("/v1/versions", params={"agent": NAME}).raise_for_status().json()["items"]
    return dict(listed[0])


def test_what_fails_is_refused_and_what_passes_is_promoted_and_proven_offline(
    folder: Path, operator: httpx.Client, tmp_path: Path
) -> None:
    write(folder, ".upper()")
    refused = ambit("push", str(folder), ok=False)
    assert f"{NAME}: " in refused.stderr  # how far the evaluation is
    assert "PROMOTION_REFUSED" in refused.stderr
    assert "/gates/evaluation" in refused.stderr
    assert "below 100.0%" in refused.stderr
    wrong = newest(operator)
    assert wrong["status"] == "candidate"
    assert "closed" in ambit("versions", "show", wrong["versionId"]).stdout
    again = ambit("versions", "promote", wrong["versionId"], "approved", ok=False)
    assert "evaluation" in again.stderr

    write(folder)
    pushed = told("push", str(folder), "--input", "hello")
    assert (pushed["status"], pushed["smoke"]["output"]) == ("approved", "hello")

    (evaluation,) = told("evaluations", "list", "--version", pushed["versionId"])["items"]
    assert (evaluation["verdict"], evaluation["trigger"]) == ("passed", "candidate")
    bundle, key = tmp_path / "evidence.zip", tmp_path / "evidence.pem"
    got = told("evidence", "get", evaluation["evaluationId"], "-o", str(bundle))
    ambit("evidence", "key", "-o", str(key))
    proof = ["evidence", "verify", str(bundle), "--key", str(key), "--content-hash", evaluation["contentHash"]]
    shown = told(*proof)
    assert (shown["holds"], shown["passed"], shown["cases"], shown["provenance"]) == (True, True, 3, True)
    assert shown["digest"] == got["digest"] == evaluation["evidenceDigest"]
    ambit("evidence", "verify", str(bundle), "--key", str(key), "--content-hash", wrong["contentHash"], ok=False)
    bundle.write_bytes(bundle.read_bytes().replace(b"say 1", b"say 9"))
    ambit(*proof, ok=False)


def test_what_must_be_vouched_for_waits_for_somebody_else(folder: Path, operator: httpx.Client) -> None:
    manifest = folder / "pyproject.toml"
    before = manifest.read_text()
    manifest.write_text(before.replace("[tool.ambit]\n", '[tool.ambit]\ncertifications = ["privacy-review"]\n', 1))
    write(folder)
    refused = ambit("push", str(folder), ok=False)
    manifest.write_text(before)
    assert "/gates/certification" in refused.stderr
    assert "/gates/evaluation" not in refused.stderr
    version_id = newest(operator)["versionId"]
    own = operator.post(
        f"/v1/versions/{version_id}/certifications",
        json={"kind": "privacy-review", "expiresAt": "2999-01-01T00:00:00Z"},
    )
    assert own.status_code == 400
    granted = told("certifications", "grant", version_id, "privacy-review", "--days", "30", "--note", "looked at it")
    assert granted["holds"]
    assert told("versions", "promote", version_id, "approved")["status"] == "approved"
    ambit("certifications", "revoke", version_id, granted["certificationId"], "--reason", "done with it")


def test_a_version_of_high_risk_takes_two_other_people(
    platform: LocalStack, folder: Path, operator: httpx.Client
) -> None:
    manifest = folder / "pyproject.toml"
    before = manifest.read_text()
    manifest.write_text(before.replace("tools = []", 'tools = ["http.send"]', 1))
    write(folder)
    refused = ambit("push", str(folder), ok=False)
    manifest.write_text(before)
    assert "/gates/certification" in refused.stderr
    assert "/gates/approvals" in refused.stderr
    version_id = newest(operator)["versionId"]
    ambit("certifications", "grant", version_id, "security-review")
    approval = told("versions", "approvals", "request", version_id, "--reason", "ready")["approvalId"]
    decide = ["versions", "approvals", "approve", version_id, approval, "--reason", "looked at it"]
    ambit(*decide, ok=False, token=platform.token("platform-operator"))
    assert told(*decide)["status"] == "pending"
    assert told(*decide, token=platform.token("platform-operator-2"))["status"] == "approved"
    assert told("versions", "promote", version_id, "approved")["status"] == "approved"


def test_in_an_emergency_two_administrators_go_past_closed_gates(
    platform: LocalStack, folder: Path, operator: httpx.Client
) -> None:
    write(folder, "[::-1]")
    ambit("push", str(folder), ok=False)
    version_id = newest(operator)["versionId"]
    asked = told("versions", "break-glass", "request", version_id, "--reason", "customers wait for it")
    assert [one["gate"] for one in asked["closed"]] == ["evaluation"]
    confirm = ["versions", "break-glass", "confirm", version_id, asked["requestId"]]
    ambit(*confirm, ok=False)
    second = platform.token("platform-admin-2")
    assert told(*confirm, token=second)["status"] == "approved"
    ambit("versions", "rollback", NAME, "--reason", "the emergency is over")


def test_a_version_does_not_take_its_suite_off_itself(folder: Path, operator: httpx.Client) -> None:
    manifest = folder / "pyproject.toml"
    before = manifest.read_text()
    manifest.write_text(before.replace(f'evaluations = ["{NAME}"]\n', "", 1))
    (folder / "evaluations" / f"{NAME}.json").rename(folder / "suite.json")
    write(folder, ".upper()")
    refused = ambit("push", str(folder), ok=False)
    manifest.write_text(before)
    (folder / "suite.json").rename(folder / "evaluations" / f"{NAME}.json")
    assert f"/gates/evaluation: {NAME}: Its pass rate is 0.0%" in refused.stderr
    gates = operator.get(f"/v1/versions/{newest(operator)['versionId']}/gates").json()
    assert gates["requiredSuites"] == [{"suite": NAME, "by": ["approved"]}]
