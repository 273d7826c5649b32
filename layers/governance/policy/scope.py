"""The scope of a run: to what its caller has narrowed it. It is no grant: the envelope holds as well."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from governance.policy.tools import MOST_NAME

MOST_TOOLS: Final = 100
HIGHEST_TIER: Final = 5
MODEL: Final = "model.chat"
"""What an agent thinks with. A scope does not name it: which models, the envelope says."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The tools that a run may call, and the most it may do without asking; None: as the envelope has it."""

    tools: frozenset[str] | None = None
    autonomy_tier: int | None = None

    def leaves_out(self, tool: str) -> bool:
        """Whether a tool is none of the run's."""
        return self.tools is not None and tool not in self.tools and tool != MODEL

    def is_sound(self) -> bool:
        """Whether policy can tell what it means."""
        tools = self.tools is None or (
            isinstance(self.tools, frozenset) and all(isinstance(tool, str) for tool in self.tools)
        )
        return tools and (self.autonomy_tier is None or _is_tier(self.autonomy_tier))

    def for_tool(self, tool: str) -> dict[str, Any]:
        """What is left of it for one call, as `read` takes it."""
        tools = {} if self.tools is None else {"tools": [] if self.leaves_out(tool) else [tool]}
        return tools | ({} if self.autonomy_tier is None else {"autonomyTier": self.autonomy_tier})

    @classmethod
    def read(cls, kept: object) -> Self | None:
        """As a run's record has it; what makes no sense leaves nothing, and asks for that."""
        if kept is None:
            return None
        if not isinstance(kept, Mapping) or not kept.keys() <= {"tools", "autonomyTier"}:
            return cls(frozenset(), 0)
        tools, tier = kept.get("tools"), kept.get("autonomyTier")
        sound = (tools is None or _are_names(tools)) and (tier is None or _is_tier(tier))
        return cls(None if tools is None else frozenset(tools), tier) if sound else cls(frozenset(), 0)


def _is_tier(value: object) -> bool:
    return type(value) is int and 0 <= value <= HIGHEST_TIER


def _are_names(value: Any) -> bool:
    named = isinstance(value, list | tuple) and len(value) <= MOST_TOOLS
    return named and all(isinstance(name, str) and 0 < len(name) <= MOST_NAME for name in value)
