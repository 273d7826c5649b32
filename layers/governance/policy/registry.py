"""The tools that the gateway has, as policy sees them: their facts, and the data each of them touches."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from governance.policy.tools import Risk, ToolFacts
from governance.tiers import Tier


class RegisteredTool(NamedTuple):
    """A tool's facts, the data scopes that every call of it touches, and whether its results are from the tenant.

    What a `trusted` tool returns is the tenant's own or computed here; of anything else nobody knows who wrote it.
    """

    facts: ToolFacts
    data_scopes: tuple[str, ...] = ()
    trusted: bool = False


def _tool(name: str, risk: Risk, tier: Tier = Tier.BASIC, *, effects: bool = False, version: str = "1") -> ToolFacts:
    return ToolFacts(name=name, risk=risk, side_effects=effects, tier_minimum=tier, version=version)


_TOOLS: Final = (
    RegisteredTool(_tool("files.read", Risk.LOW), ("files.read",), trusted=True),
    RegisteredTool(_tool("files.write", Risk.MEDIUM, effects=True), ("files.write",), trusted=True),
    RegisteredTool(_tool("calculator", Risk.LOW), trusted=True),
    RegisteredTool(_tool("time", Risk.LOW), trusted=True),
    RegisteredTool(_tool("search", Risk.LOW), ("files.read",), trusted=True),
    RegisteredTool(_tool("http.fetch", Risk.MEDIUM, Tier.STANDARD)),
    RegisteredTool(_tool("http.send", Risk.HIGH, Tier.STANDARD, effects=True)),
    # What a model says follows from what the run has given it, whose taint the run has already.
    RegisteredTool(_tool("model.chat", Risk.LOW), trusted=True),
)
REGISTRY: Final[Mapping[str, RegisteredTool]] = MappingProxyType({tool.facts.name: tool for tool in _TOOLS})
"""By name."""
FACTS: Final = tuple(tool.facts for tool in _TOOLS)
"""What envelopes are compiled over."""
