"""One invocation of the pushed agent through the public API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx

from scripts.agent_push.errors import PushError, Unreachable
from scripts.agent_push.registry import describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from governance.manifest import Manifest

SMOKE_SECONDS = 60.0
EFFECTIVE_SECONDS, PAUSE_SECONDS = 60.0, 0.5  # a promotion is effective within a minute, everywhere
ENDED_BADLY = frozenset({"failed", "halted", "cancelled", "timed_out"})
READS_FILES = "files.read"
SAMPLE = b"city,people\nUlm,126\nBonn,336\nKiel,247\n"


def smoke(
    client: httpx.Client,
    manifest: Manifest,
    version_id: str,
    text: str = "smoke",
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Invoke the agent through the public API until that version answers; returns the run. Raises PushError.

    The version before may answer as long as caches hold it, and would prove nothing; of an agent's first version they
    hold that there is none. An agent that reads files gets a small one: without any it could only refuse.
    """
    waited = 0.0
    while (run := _asked(client, manifest, text)) is None or run.get("version", version_id) != version_id:
        if waited >= EFFECTIVE_SECONDS:
            answers = f"{run['version']} still answers" if run else "there is no such agent"
            raise PushError(f"smoke: {answers} after {waited:.0f} s, and not {version_id}")
        sleep(PAUSE_SECONDS)
        waited += PAUSE_SECONDS
    return run


def _asked(client: httpx.Client, manifest: Manifest, text: str) -> dict[str, Any] | None:
    """The run; None when the agent is not known, or not yet."""
    body: dict[str, Any] = {"input": text}
    try:
        if READS_FILES in manifest.tools:
            body["files"] = [upload_sample(client)]
        answer = client.post(f"/v1/agents/{manifest.name}/invoke", json=body, timeout=SMOKE_SECONDS)
    except httpx.TransportError as error:
        raise Unreachable(f"smoke: {manifest.name} did not answer ({type(error).__name__})") from error
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
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
