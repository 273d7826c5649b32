"""Versions of agents that are there, made for tests from what their approved version consists of."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx

_TAKEN: Final = ("artifactDigest", "artifactKey", "lockDigest", "runtimeArn")


def draft(operator: httpx.Client, agent: str, prompt: str, **manifest: Any) -> str:
    """A new version that follows from the approved one: its `system` prompt, and what is changed of its manifest."""
    approved = operator.get(f"/v1/templates/{agent}").raise_for_status().json()["approvedVersionId"]
    parent = operator.get(f"/v1/versions/{approved}").raise_for_status().json()
    changed = {name: value for name, value in {**parent["manifest"], **manifest}.items() if value is not None}
    body = {
        **{name: parent[name] for name in _TAKEN},
        "manifest": changed,
        "prompts": {"system": f"{prompt}\n{uuid4()}"},
        "parent": approved,
    }
    made = operator.post(f"/v1/templates/{agent}/versions", json=body).raise_for_status()
    return str(made.json()["versionId"])


def candidate(operator: httpx.Client, agent: str, prompt: str, **manifest: Any) -> str:
    """Such a version as a candidate: its suites begin by themselves."""
    version = draft(operator, agent, prompt, **manifest)
    operator.post(f"/v1/versions/{version}/promote", json={"to": "candidate", "reason": "a test"}).raise_for_status()
    return version


@contextmanager
def restored(admin: httpx.Client, agents: Sequence[str]) -> Iterator[None]:
    """Let the agents go on afterwards, whatever became of them."""
    try:
        yield
    finally:
        admin.post("/v1/instances/bulk", json={"agents": list(agents), "status": "active", "reason": "a test is over"})
