"""The platform's public API, as an operator and as a tenant's developer use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from scripts.agent_push.errors import PushError

if TYPE_CHECKING:
    from governance.manifest import Manifest

CREATED = 201
CONFLICT = 409
ACCEPTED = 202
PATHS = {
    "draft": ("candidate", "approved"),
    "candidate": ("approved",),
    "deprecated": ("approved",),
    "rolled_back": ("candidate", "approved"),
}
SMOKE_SECONDS = 60.0
READS_FILES = "files.read"
SAMPLE = b"city,people\nUlm,126\nBonn,336\nKiel,247\n"


class Registry:
    """Templates and versions. Every method raises PushError with the API's own words when it is refused."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def ensure_template(self, manifest: Manifest) -> bool:
        """Create the agent's template; returns False when it exists."""
        body = {
            "name": manifest.name, "owner": manifest.owner, "description": manifest.description,
            "mode": manifest.mode.value, "domain": manifest.domain, "tierMinimum": manifest.tier_minimum.value,
        }  # fmt: skip
        return self._post("/v1/templates", body, accept=CONFLICT).status_code != CONFLICT

    def create_version(self, agent: str, version: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Register a version `{artifactDigest, artifactKey, lockDigest, prompts, manifest, runtimeArn}`.

        Its record, and whether it is new: content that was registered before is the version that it was then.
        """
        answer = self._post(f"/v1/templates/{agent}/versions", version)
        return self._json(answer), answer.status_code == CREATED

    def approve(self, version: dict[str, Any]) -> bool:
        """Walk the version to approved; returns False when it is there already."""
        steps = PATHS.get(version["status"], ())
        if not steps and version["status"] != "approved":
            raise PushError(f"version {version['versionId']} is {version['status']} and cannot be approved")
        for to in steps:
            self._post(f"/v1/versions/{version['versionId']}/promote", {"to": to})
        return bool(steps)

    def _post(self, path: str, body: dict[str, Any], *, accept: int | None = None) -> httpx.Response:
        return self._send("POST", path, accept=accept, json=body)

    def _send(self, method: str, path: str, *, accept: int | None = None, **request: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **request)
        except httpx.TransportError as error:
            raise PushError(f"{self._client.base_url} does not answer ({type(error).__name__})") from error
        if answer.is_success or answer.status_code == accept:
            return answer
        raise PushError(f"{method} {path} was refused: {describe(answer)}")

    @staticmethod
    def _json(answer: httpx.Response) -> dict[str, Any]:
        body: dict[str, Any] = answer.json()
        return body


def describe(answer: httpx.Response) -> str:
    """A problem+json in one line."""
    try:
        problem = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.text[:200]}"
    faults = "".join(f"; {fault['pointer']}: {fault['message']}" for fault in problem.get("errors", []))
    code, detail = problem.get("code", ""), problem.get("detail", problem.get("message", ""))
    return f"{answer.status_code} {code} {detail}{faults}"


def smoke(client: httpx.Client, manifest: Manifest) -> str:
    """Invoke the agent once through the public API; returns the run's status. Raises PushError.

    An agent that reads files gets a small one: without any it could only refuse.
    """
    body: dict[str, Any] = {"input": "smoke"}
    try:
        if READS_FILES in manifest.tools:
            body["files"] = [upload_sample(client)]
        answer = client.post(f"/v1/agents/{manifest.name}/invoke", json=body, timeout=SMOKE_SECONDS)
    except httpx.TransportError as error:
        raise PushError(f"smoke: {manifest.name} did not answer ({type(error).__name__})") from error
    if not answer.is_success:
        raise PushError(f"smoke: {describe(answer)}")
    return str(answer.json().get("status"))


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
