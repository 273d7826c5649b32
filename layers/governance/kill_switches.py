"""Kill switches: what an operator has stopped at once. Pure; a switch that cannot be understood stops everything.

switch = {switchId, scope: platform|tenant|agent|tool|run, target, reason, createdBy, createdAt}

The target of a run's is `<tenant>/<run id>`.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

Switch = Mapping[str, Any]


class Scope(StrEnum):
    """What a switch stops: everything, one tenant, one agent, one tool of agents, or one run."""

    PLATFORM = "platform"
    TENANT = "tenant"
    AGENT = "agent"
    TOOL = "tool"
    RUN = "run"


_SCOPES: Final = frozenset(Scope)


def target_of_run(tenant: str, run_id: str) -> str:
    """How a switch names a run."""
    return f"{tenant}/{run_id}"


def stopping_run(switches: Iterable[Switch], tenant: str, agent: str, run_id: str = "") -> Switch | None:
    """The switch that stops this run of a tenant's of an agent, if any; agent and run "" for what is none."""
    wanted = {(Scope.TENANT, tenant), (Scope.AGENT, agent), (Scope.RUN, target_of_run(tenant, run_id))}
    return next((switch for switch in switches if _everything(switch) or _aim(switch) in wanted), None)


def stopping_tool(switches: Iterable[Switch], tool: str) -> Switch | None:
    """The switch that stops this tool, if any."""
    return next((switch for switch in switches if _everything(switch) or _aim(switch) == (Scope.TOOL, tool)), None)


def _aim(switch: Switch) -> tuple[object, object]:
    return switch.get("scope"), switch.get("target")


def _everything(switch: Switch) -> bool:
    scope, target = _aim(switch)
    return scope == Scope.PLATFORM or scope not in _SCOPES or not isinstance(target, str) or not target
