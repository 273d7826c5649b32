"""Agents as tenants see them, templates and versions as operators keep them."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from governance.manifest import Domain, Mode
from governance.tiers import Tier
from governance.versions import VersionStatus
from platform_kit.domains import GENERAL
from platform_kit.models import ApiModel, ApiReply

_NAME: Final = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
AgentName = Annotated[str, Field(pattern=_NAME, min_length=2, max_length=25)]


class CreateTemplate(ApiModel):
    """A new agent: what it is, whoever's code runs. Its domain is from then on that of its approved version."""

    name: AgentName
    owner: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(min_length=1, max_length=1000)]
    mode: Mode
    domain: Domain = GENERAL
    tier_minimum: Tier = Tier.BASIC


class TemplateReply(ApiReply):
    """An agent's template. `approvedVersionId` is what tenants run, absent while there is none."""

    name: str
    owner: str
    description: str
    mode: Mode
    domain: str = Field(default=GENERAL, description="The field of business it belongs to, such as `finance`.")
    tier_minimum: Tier
    approved_version_id: str | None = None
    created_at: str
    updated_at: str


class TemplatePage(ApiReply):
    """Part of the list of templates, by name."""

    items: list[TemplateReply]
    next_cursor: str | None = None


class CreateVersion(ApiModel):
    """A version: immutable, named by the SHA-256 of its package."""

    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the package, in hex.")]
    artifact_key: Annotated[
        str, Field(max_length=256, description="Where the package lies: `agents/<agent>/<hash>.zip`.")
    ]
    manifest: dict[str, Any] = Field(description="The agent's `[tool.ambit]`.")
    runtime_arn: Annotated[
        str, Field(pattern=r"^arn:aws[a-z-]*:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:runtime/[\w-]{1,100}$")
    ]
    parent: Annotated[str, Field(pattern=r"^ver_[0-9a-f]{32}$")] | None = None


class VersionReply(ApiReply):
    """A version and where it stands."""

    version_id: str
    agent: str
    content_hash: str
    artifact_key: str
    runtime_arn: str
    manifest: dict[str, Any]
    status: VersionStatus
    parent: str | None = None
    created_by: str
    created_at: str


class VersionPage(ApiReply):
    """Part of the list of versions, newest first."""

    items: list[VersionReply]
    next_cursor: str | None = None


class Promote(ApiModel):
    """Where a version is to go."""

    to: Literal["candidate", "approved", "deprecated", "retired"]


class AgentVersion(ApiReply):
    """A version as tenants see it."""

    version_id: str
    status: VersionStatus
    created_at: str


class AgentReply(ApiReply):
    """An agent that the tenant may use. `versions` is there for one agent: the approved one first."""

    name: str
    description: str
    mode: Mode
    domain: str = Field(default=GENERAL, description="The field of business it belongs to, such as `finance`.")
    tier_minimum: Tier
    version: str
    versions: list[AgentVersion] | None = None


class AgentPage(ApiReply):
    """Part of the catalogue, by name."""

    items: list[AgentReply]
    next_cursor: str | None = None
