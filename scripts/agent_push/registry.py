"""The platform's public API, as an operator and as a tenant's developer use it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from platform_kit.clock import SystemClock, rfc3339
from scripts.agent_push.errors import PushError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from governance.manifest import Manifest

CREATED = 201
CONFLICT = 409
CANDIDATE, APPROVED = "candidate", "approved"
NEXT = {"draft": CANDIDATE, "rolled_back": CANDIDATE, CANDIDATE: APPROVED, "deprecated": APPROVED, APPROVED: None}
BUILDER = "https://ambit.dev/push"
ATTEMPTS, PAUSE_SECONDS = 10, 0.5


@dataclass(frozen=True)
class Candidate:
    """What a push says of a version: digests are SHA-256 in hex, `prompts` maps files to what is in them.

    `carried` says what a version from another stage is there, `{contentHash, parentHash?}`; None: it is made here.
    """

    artifact_digest: str
    artifact_key: str
    lock_digest: str
    prompts: Mapping[str, str]
    manifest: Manifest
    runtime_arn: str
    tree_hash: str = ""
    carried: Mapping[str, str] | None = None
    standby_runtime_arn: str | None = None


@dataclass(frozen=True)
class Pending:
    """A suite that is not through: `decided` of `cases`, and whether it has begun.

    `stopped` is how many of its evaluations failed on their way or were cancelled, while none goes on.
    """

    suite: str
    decided: int
    cases: int
    begun: bool
    stopped: int = 0


class Registry:
    """Templates and versions: the one place that knows the registry's routes and the names of their fields.

    Every method raises PushError with the API's own words when it is refused.
    """

    def __init__(
        self,
        client: httpx.Client,
        pause: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._client = client
        self._pause = pause
        self._now = now or SystemClock().now

    def ensure_template(self, manifest: Manifest) -> bool:
        """Create the agent's template; returns False when it exists. PushError when it is somebody else's."""
        body = {
            "name": manifest.name, "owner": manifest.owner, "description": manifest.description,
            "mode": manifest.mode.value, "domain": manifest.domain, "tierMinimum": manifest.tier_minimum.value,
        }  # fmt: skip
        if self._post("/v1/templates", body, accept=CONFLICT).status_code != CONFLICT:
            return True
        owner = self._json(self._send("GET", f"/v1/templates/{manifest.name}"))["owner"]
        if owner != manifest.owner:
            raise PushError(
                f"there is an agent {manifest.name} of {owner!r} already, and this one's owner is {manifest.owner!r}: "
                "choose another name"
            )
        return False

    def create_version(self, candidate: Candidate) -> tuple[dict[str, Any], bool]:
        """The candidate's version, a draft when it is new, and whether it is: what was registered before is found."""
        body = {
            "artifactDigest": candidate.artifact_digest,
            "artifactKey": candidate.artifact_key,
            "lockDigest": candidate.lock_digest,
            "prompts": dict(candidate.prompts),
            "manifest": candidate.manifest.as_dict(),
            "runtimeArn": candidate.runtime_arn,
            **({"standbyRuntimeArn": candidate.standby_runtime_arn} if candidate.standby_runtime_arn else {}),
            **({"carried": dict(candidate.carried)} if candidate.carried is not None else {}),
        }
        if candidate.tree_hash:
            told = {"builder": BUILDER, "treeHash": candidate.tree_hash, "finishedAt": rfc3339(self._now())}
            body["provenance"] = told
        path = f"/v1/templates/{candidate.manifest.name}/versions"
        key = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        for _ in range(ATTEMPTS):
            answer = self._post(path, body, accept=CONFLICT, key=f"push-{key}")
            if answer.status_code != CONFLICT:
                new = answer.status_code == CREATED and "idempotency-replayed" not in answer.headers
                return self._json(answer), new
            self._pause(PAUSE_SECONDS)  # a push beside this one is registering the same at this moment
        raise PushError(f"the version was not registered: {describe(answer)}")

    def suites(self) -> dict[str, dict[str, Any]]:
        """The suites there are, each as its latest version without its cases, by name."""
        return {str(one["name"]): one for one in self._all("/v1/evaluation-suites")}

    def push_suite(self, suite: Mapping[str, Any]) -> dict[str, Any] | None:
        """Make a suite's cases its version in force; None when somebody else pushed the suite at this moment."""
        answer = self._post("/v1/evaluation-suites", dict(suite), accept=CONFLICT)
        return None if answer.status_code == CONFLICT else self._json(answer)

    def required_suites(self, version_id: str) -> list[str]:
        """The names of the suites that a version must pass before it is approved."""
        gates = self._json(self._send("GET", f"/v1/versions/{version_id}/gates"))
        return [str(one["suite"]) for one in gates["requiredSuites"]]

    def pending_suites(self, agent: str, version_id: str, required: Collection[str]) -> list[Pending]:
        """The suites of these names that are for the agent and have not come to their end on this version."""
        if not required:
            return []
        suites = [one for name, one in self.suites().items() if name in required and agent in one["agents"]]
        runs = self._all("/v1/evaluation-runs", versionId=version_id)
        return [found for suite in suites if (found := _pending(suite, runs)) is not None]

    def evaluate(self, version_id: str, suite: str) -> None:
        """Begin an evaluation of a version by a suite."""
        self._post("/v1/evaluation-runs", {"versionId": version_id, "suite": suite})

    def report_artifact(self, agent: str, digest: str) -> None:
        """Have the platform look at a package that was changed; it opens an incident by what it finds."""
        mine = (one for one in self._all("/v1/versions", agent=agent) if one.get("artifactDigest") == digest)
        version = next(mine, None)
        if version is not None:
            self._send("GET", f"/v1/versions/{version['versionId']}/artifact", accept=CONFLICT)

    def status(self, version_id: str) -> str:
        """Where a version stands now."""
        return str(self._json(self._send("GET", f"/v1/versions/{version_id}"))["status"])

    def _all(self, path: str, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            asked = {**query, "limit": "100", **({"cursor": cursor} if cursor else {})}
            page = self._json(self._send("GET", path, params=asked))
            found += page["items"]
            cursor = page.get("nextCursor")
            if cursor is None:
                return found

    def advance(self, version: dict[str, Any], *, approve: bool) -> str:
        """Walk the version to candidate, or on to approved; returns where it stands then.

        When somebody else moves it meanwhile, it goes on from where they left it.
        """
        status, path = str(version["status"]), f"/v1/versions/{version['versionId']}"
        while (to := _next(version["versionId"], status, approve=approve)) is not None:
            answer = self._post(f"{path}/promote", {"to": to}, accept=CONFLICT)
            now = to if answer.is_success else str(self._json(self._send("GET", path))["status"])
            if now == status:
                raise PushError(f"version {version['versionId']} stays {status}: {describe(answer)}")
            status = now
        return status

    def _post(
        self, path: str, body: dict[str, Any], *, accept: int | None = None, key: str | None = None
    ) -> httpx.Response:
        headers = {"idempotency-key": key} if key else {}
        return self._send("POST", path, accept=accept, json=body, headers=headers)

    def _send(self, method: str, path: str, *, accept: int | None = None, **request: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **request)
        except httpx.TransportError as error:
            raise Unreachable(f"{self._client.base_url} does not answer ({type(error).__name__})") from error
        if answer.is_success or answer.status_code == accept:
            return answer
        raise PushError(f"{method} {path} was refused: {describe(answer)}")

    @staticmethod
    def _json(answer: httpx.Response) -> dict[str, Any]:
        body: dict[str, Any] = answer.json()
        return body


def _pending(suite: Mapping[str, Any], runs: list[dict[str, Any]]) -> Pending | None:
    mine = [one for one in runs if one["suite"] == suite["name"] and one["suiteDigest"] == suite["digest"]]
    going = [one for one in mine if one["status"] in {"queued", "running"}]
    if not going and any(one["status"] == "succeeded" for one in mine):
        return None
    decided = int(going[0]["decided"]) if going else 0
    return Pending(str(suite["name"]), decided, int(suite["cases"]), bool(mine), 0 if going else len(mine))


def _next(version_id: str, status: str, *, approve: bool) -> str | None:
    """Where a version in this state goes next; None when it is there. PushError for states that lead nowhere."""
    if status not in NEXT:
        raise PushError(f"version {version_id} is {status}: change the agent, and push that")
    to = NEXT[status]
    return to if approve or to != APPROVED else None


def describe(answer: httpx.Response) -> str:
    """A problem+json in one line."""
    try:
        problem = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.text[:200]}"
    faults = "".join(f"; {fault['pointer']}: {fault['message']}" for fault in problem.get("errors", []))
    code, detail = problem.get("code", ""), problem.get("detail", problem.get("message", ""))
    return f"{answer.status_code} {code} {detail}{faults}"
