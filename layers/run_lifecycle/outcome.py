"""How a run ended, and the one shape in which everybody is told: response, terminal event, job, replay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from governance.run_state import RunStatus
from platform_kit.models import Money
from run_lifecycle.agent_answer import encoded_size

Run = dict[str, Any]
"""A run's record, in the names of the API."""

MAX_INLINE_OUTPUT_BYTES: Final = 100_000


@dataclass(frozen=True)
class Draft:
    """An event that is not in the log yet; its name is `payload["type"]`."""

    stream: str
    payload: dict[str, Any]

    @property
    def event(self) -> str:
        """What happened."""
        return str(self.payload["type"])


@dataclass(frozen=True)
class Failure:
    """Why a run did not succeed, in words for the tenant."""

    code: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """The end of a run: its terminal state, its output or failure, and what it said last.

    `output_key` is the output's place in the tenant's bucket when it is there already.
    """

    status: RunStatus
    output: Any = None
    output_key: str | None = None
    failure: Failure | None = None
    last: tuple[Draft, ...] = field(default=())


def assistant(payload: dict[str, Any]) -> Draft:
    """Something the agent said."""
    return Draft("assistant", payload)


def lifecycle(event: str, **fields: Any) -> Draft:
    """Something that happened to the run."""
    return Draft("lifecycle", {"type": event, **fields})


def output_event(output: Any) -> Draft:
    """The agent's answer as an event. A large one is not repeated in the log: the run's record leads to it."""
    if encoded_size(output) > MAX_INLINE_OUTPUT_BYTES:
        return assistant({"type": "output", "outputOmitted": True})
    return assistant({"type": "output", "output": output})


def result_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """What a finished run carries wherever it is shown: the body of a synchronous answer."""
    result = {
        "runId": run["runId"],
        "agent": run["agent"],
        "version": run["versionId"],
        "mode": run["mode"],
        "status": run["status"],
        "usage": usage_of(run),
        "cost": Money.from_pico(run.get("costPico") or 0).model_dump(),
        "sessionId": run["sessionId"],
    }
    optional = {name: run[name] for name in ("jobId", "error", "scope", "outputOmitted") if run.get(name)}
    whole = run["status"] == RunStatus.SUCCEEDED and not run.get("outputOmitted")
    output = {"output": run.get("output")} if whole else {}
    return result | output | optional


def usage_of(run: Mapping[str, Any]) -> dict[str, int]:
    """What a run used, as metered by the platform."""
    return {name: int(run.get(name) or 0) for name in ("inputTokens", "outputTokens", "toolCalls", "durationMs")}
