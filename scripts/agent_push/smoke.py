"""One invocation of the pushed agent through the public API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from scripts.agent_push.errors import PushError, Unreachable
from scripts.agent_push.registry import describe

if TYPE_CHECKING:
    from governance.manifest import Manifest

SMOKE_SECONDS = 60.0
ENDED_BADLY = frozenset({"failed", "halted", "cancelled", "timed_out"})
READS_FILES = "files.read"
SAMPLE = b"city,people\nUlm,126\nBonn,336\nKiel,247\n"


def smoke(client: httpx.Client, manifest: Manifest, text: str = "smoke") -> dict[str, Any]:
    """Invoke the agent once through the public API; returns the run as it was answered. Raises PushError.

    An agent that reads files gets a small one: without any it could only refuse.
    """
    body: dict[str, Any] = {"input": text}
    try:
        if READS_FILES in manifest.tools:
            body["files"] = [upload_sample(client)]
        answer = client.post(f"/v1/agents/{manifest.name}/invoke", json=body, timeout=SMOKE_SECONDS)
    except httpx.TransportError as error:
        raise Unreachable(f"smoke: {manifest.name} did not answer ({type(error).__name__})") from error
    if not answer.is_success:
        raise PushError(f"smoke: {describe(answer)}")
    run: dict[str, Any] = answer.json()
    if run.get("status") in ENDED_BADLY:
        why = run.get("error") or {}
        raise PushError(
            f"smoke: the run {run.get('runId')} {run['status']}: {why.get('message', 'no reason was given')}"
        )
    return run


def upload_sample(client: httpx.Client) -> str:
    """Leave a CSV of three rows in the tenant's bucket; returns its file id. Raises PushError."""
    about = {"name": "smoke.csv", "contentType": "text/csv", "bytes": len(SAMPLE)}
    answer = client.post("/v1/files", json=about)
    if not answer.is_success:
        raise PushError(f"smoke: {describe(answer)}")
    # A request of its own: the presigned URL is the credential, the token must not travel with it.
    sent = httpx.put(answer.json()["uploadUrl"], content=SAMPLE, headers={"content-type": "text/csv"}, timeout=30)
    if not sent.is_success:
        raise PushError(f"smoke: the sample file was not taken ({sent.status_code})")
    return str(answer.json()["fileId"])
