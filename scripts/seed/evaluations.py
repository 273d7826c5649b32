"""What evaluations need: their own tenant, the role they call with, and the suites of the reference agents."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import httpx

from governance.pinning import EVALUATION_TENANT
from scripts.bootstrap.paths import ROOT
from scripts.local_platform.edge.deployed import flat_outputs
from scripts.local_platform.tokens import client_token
from scripts.seed import tenants
from scripts.seed.errors import SeedFailed

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.local_platform.layout import Layout

SUITES: Final = ROOT / "evaluations"
"""Those named `*-basics` are seeded; the long ones are pushed by whoever wants them."""
SCOPES: Final = ["agents:invoke", "runs:read", "runs:cancel", "files:write"]
"""What the worker may do as the evaluation tenant, and nothing else."""
_TIER: Final = "premium"  # every agent's minimum is within it


def prepare(layout: Layout) -> str:
    """Make the tenant, register the worker's role, push the suites; a note of what is there."""
    with tenants.operator(layout) as api:
        tenants.request(api, EVALUATION_TENANT, _TIER)
        tenants.wait_until_active(api, EVALUATION_TENANT)
        register(layout, flat_outputs(layout.outputs)["EvaluationWorkerRoleArn"])
        pushed = [push(api, file) for file in sorted(SUITES.glob("*-basics.json"))]
    return f"{EVALUATION_TENANT}, {len(pushed)} suites"


def register(layout: Layout, role_arn: str) -> None:
    """Let the worker's role call as the evaluation tenant; once, and again when it needs more than it has."""
    token = client_token(layout.issuer, f"{EVALUATION_TENANT}-admin")
    body = {"name": "evaluation worker", "roleArn": role_arn, "scopes": SCOPES}
    with httpx.Client(base_url=layout.public_url, headers={"authorization": f"Bearer {token}"}, timeout=30) as api:
        known = checked(api.get("/v1/aws-callers", params={"limit": 100})).json()["items"]
        mine = [one for one in known if one["roleArn"] == role_arn]
        if mine and set(SCOPES) <= set(mine[0]["scopes"]):
            return
        for one in mine:  # of an earlier version of the platform, which asked for less
            checked(api.delete(f"/v1/aws-callers/{one['callerId']}"))
        checked(api.post("/v1/aws-callers", json=body))


def push(api: httpx.Client, file: Path) -> dict[str, Any]:
    """Push a suite; the same cases again change nothing."""
    made: dict[str, Any] = checked(api.post("/v1/evaluation-suites", json=json.loads(file.read_text()))).json()
    return made


def checked(answer: httpx.Response) -> httpx.Response:
    """The answer, when it is none of a failure; SeedFailed otherwise."""
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        raise SeedFailed(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:500]}")
    return answer
