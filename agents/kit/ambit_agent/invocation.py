"""The payload of an invocation, read strictly: what the platform did not send is not assumed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

MODES = ("sync", "streaming", "async")


class InvocationError(ValueError):
    """The payload is not one the platform sends."""


@dataclass(frozen=True)
class FileReference:
    """A file of the tenant that the caller named; `size` in bytes."""

    file_id: str
    name: str
    content_type: str
    size: int


@dataclass(frozen=True)
class PriorCall:
    """A call that an earlier attempt made after its last checkpoint; `status` `unknown`: nobody knows how it went."""

    call_id: str
    tool: str
    status: str


@dataclass(frozen=True)
class Resumed:
    """What another attempt goes on from: the state it left last, None when it left none, and what it did since."""

    state: Any
    calls: tuple[PriorCall, ...]


@dataclass(frozen=True)
class Invocation:
    """One call of the agent. The run token is the only credential it brings."""

    input: str
    context: dict[str, Any]
    files: tuple[FileReference, ...]
    metadata: dict[str, Any]
    run_id: str
    session_id: str
    agent: str
    version: str
    mode: str
    gateway_url: str
    run_token: str
    run_token_expires_at: float
    attempt: int = 1
    resumed: Resumed | None = None
    created_at: str | None = None
    seed: int = 0

    def random(self) -> Random:
        """Chance that is the same in every attempt and every replay of this run; not for secrets."""
        return Random(self.seed)  # noqa: S311 - what must be the same again cannot be a secret

    @classmethod
    def parse(cls, payload: object) -> Invocation:
        """Read a payload; raises InvocationError naming the field that is wrong."""
        body = _object(payload, "the payload")
        run = _object(body.get("ambit"), "ambit")
        mode = _string(run, "ambit", "mode")
        if mode not in MODES:
            raise InvocationError(f"ambit.mode must be one of {', '.join(MODES)}")
        return cls(
            input=_string(body, "", "input"),
            context=_object(_given(body, "context", {}), "context"),
            files=tuple(_file(entry, index) for index, entry in enumerate(_list(_given(body, "files", [])))),
            metadata=_object(_given(body, "metadata", {}), "metadata"),
            run_id=_string(run, "ambit", "runId"),
            session_id=_string(run, "ambit", "sessionId"),
            agent=_string(run, "ambit", "agent"),
            version=_string(run, "ambit", "version"),
            mode=mode,
            gateway_url=_string(run, "ambit", "gatewayUrl").rstrip("/"),
            run_token=_string(run, "ambit", "runToken"),
            run_token_expires_at=_number(run.get("runTokenExpiresAt"), "ambit.runTokenExpiresAt"),
            attempt=int(_number(_given(run, "attempt", 1), "ambit.attempt")),
            resumed=_resumed(run.get("resume")),
            created_at=_string(run, "ambit", "createdAt") if run.get("createdAt") is not None else None,
            seed=int(_number(_given(run, "seed", 0), "ambit.seed")),
        )


def _resumed(value: object) -> Resumed | None:
    if value is None:
        return None
    told = _object(value, "ambit.resume")
    checkpoint = _object(_given(told, "checkpoint", {}), "ambit.resume.checkpoint")
    calls = tuple(_prior_call(entry) for entry in _list(_given(told, "calls", [])))
    return Resumed(checkpoint.get("state"), calls)


def _prior_call(entry: object) -> PriorCall:
    where = "ambit.resume.calls"
    body = _object(entry, where)
    return PriorCall(*(_string(body, where, name) for name in ("callId", "tool", "status")))


def _given(body: dict[str, Any], name: str, default: object) -> object:
    """The field, or the default when it is absent or null."""
    value = body.get(name)
    return default if value is None else value


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvocationError(f"{name} must be an object")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise InvocationError("files must be a list")
    return value


def _string(body: dict[str, Any], where: str, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise InvocationError(f"{where}.{name} must be a non-empty string".lstrip("."))
    return value


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvocationError(f"{name} must be a number")
    return float(value)


def _file(entry: object, index: int) -> FileReference:
    where = f"files.{index}"
    body = _object(entry, where)
    return FileReference(
        file_id=_string(body, where, "fileId"),
        name=_string(body, where, "name"),
        content_type=_string(body, where, "contentType"),
        size=int(_number(body.get("bytes"), f"{where}.bytes")),
    )
