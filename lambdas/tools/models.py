"""Tools as the API shows and takes them."""

from typing import Any, Literal

from governance.policy.tools import Risk
from governance.tiers import Tier
from governance.toolbox.custom import ToolDraft
from platform_kit.models import ApiReply


class PutTool(ToolDraft):
    """A registered tool as it shall be."""


class ToolSummary(ApiReply):
    """A tool as tenants see it. `available`: the tenant's tier reaches it; whether an agent may call it, policy says.

    What a `trusted` tool returns does not taint a run.
    """

    name: str
    description: str
    version: str
    risk: Risk
    side_effects: bool
    tier_minimum: Tier
    available: bool
    data_scopes: list[str]
    trusted: bool
    timeout_seconds: int
    target: Literal["builtIn", "http", "lambda", "agentcore"]


class ToolReply(ToolSummary):
    """A tool with the JSON Schemas of its arguments and, where there is one, of its result."""

    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None


class ToolPage(ApiReply):
    """Part of the list of tools, by name."""

    items: list[ToolSummary]
    next_cursor: str | None = None


class CredentialReply(ApiReply):
    """Which secret a tool is called with, and how; never the secret."""

    secret: str
    scheme: Literal["bearer", "signature"]


class TargetReply(ApiReply):
    """Where a registered tool runs."""

    http: str | None = None
    function: str | None = None
    agentcore: str | None = None
    credential: CredentialReply | None = None


class RegisteredToolReply(ApiReply):
    """A registered tool as operators see it."""

    name: str
    description: str
    version: str
    risk: Risk
    side_effects: bool
    tier_minimum: Tier
    timeout_seconds: int
    target: TargetReply
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None
    updated_by: str
    updated_at: str


class RegisteredToolPage(ApiReply):
    """Part of the list of registered tools, by name."""

    items: list[RegisteredToolReply]
    next_cursor: str | None = None
