"""Kill switches: what an operator has stopped at once. Pure; a switch that cannot be understood stops everything.

switch = {switchId, scope: platform|tenant|agent|tool, target, reason, createdBy, createdAt}
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

Switch = Mapping[str, Any]


class Scope(StrEnum):
    """What a switch stops: everything, one tenant, one agent, or one tool of agents."""

    PLATFORM = "platform"
    TENANT = "tenant"
    AGENT = "agent"
    TOOL = "tool"


_SCOPES: Final = frozenset(Scope)


def stopping_run(switches: Iterable[Switch], tenant: str, agent: str) -> Switch | None:
    """The switch that stops this tenant's runs of this agent, if any; agent "" for what is no run of an agent."""
    wanted = {(Scope.TENANT, tenant), (Scope.AGENT, agent)}
    return next((switch for switch in switches if _everything(switch) or _aim(switch) in wanted), None)


def stopping_tool(switches: Iterable[Switch], tool: str) -> Switch | None:
    """The switch that stops this tool, if any."""
    return next((switch for switch in switches if _everything(switch) or _aim(switch) == (Scope.TOOL, tool)), None)


def _aim(switch: Switch) -> tuple[object, object]:
    return switch.get("scope"), switch.get("target")


def _everything(switch: Switch) -> bool:
    scope, target = _aim(switch)
    return scope == Scope.PLATFORM or scope not in _SCOPES or not isinstance(target, str) or not target
