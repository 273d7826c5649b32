"""A tool as the registry holds it: everything that is said of it, and nothing that it does."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from governance.policy.registry import RegisteredTool


class TargetKind(StrEnum):
    """Where a tool runs: in the gateway itself, at a URL, in a Lambda function, or behind an AgentCore Gateway."""

    BUILT_IN = "builtIn"
    HTTP = "http"
    LAMBDA = "lambda"
    AGENTCORE = "agentcore"


@dataclass(frozen=True)
class ToolEntry:
    """One tool. `schema` and `result_schema` are JSON Schema (2020-12) of its arguments and its result.

    `timeout_seconds` bounds one call. `credential` names the secret that the gateway calls it with, "" for none; the
    secret itself is in Secrets Manager and nowhere else.
    """

    registered: RegisteredTool
    description: str
    schema: dict[str, Any]
    result_schema: dict[str, Any] | None
    timeout_seconds: int
    target: TargetKind = TargetKind.BUILT_IN
    credential: str = ""

    @property
    def name(self) -> str:
        """Its name, which is what policies grant."""
        return self.registered.facts.name

    def listed(self) -> dict[str, Any]:
        """As MCP's `tools/list` shows it: https://modelcontextprotocol.io/specification/2025-11-25/server/tools."""
        facts = self.registered.facts
        shown = {"name": self.name, "description": self.description, "inputSchema": self.schema}
        given = {"outputSchema": self.result_schema} if self.result_schema is not None else {}
        return {**shown, **given, "annotations": {"readOnlyHint": not facts.side_effects}}

    def as_dict(self) -> dict[str, Any]:
        """As the API shows it."""
        facts = self.registered.facts
        return {
            "name": self.name,
            "description": self.description,
            "version": facts.version,
            "risk": facts.risk.value,
            "sideEffects": facts.side_effects,
            "tierMinimum": facts.tier_minimum.value,
            "dataScopes": list(self.registered.data_scopes),
            "trusted": self.registered.trusted,
            "timeoutSeconds": self.timeout_seconds,
            "target": self.target.value,
            "inputSchema": self.schema,
            "outputSchema": self.result_schema,
        }
