"""Tools as the API shows and takes them."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from governance.policy.tools import Risk
from governance.tiers import Tier
from governance.toolbox.custom import Credential, Name, ToolDraft
from platform_kit.models import ApiModel, ApiReply

_PUBLISHER: Final = r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$"
_MOST_ENVELOPE: Final = 300_000
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


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


class PackOrigin(ApiReply):
    """The pack that put a tool here; `digest` is the SHA-256 of the manifest that its publisher signed."""

    name: str
    version: str
    digest: str


class RegisteredToolReply(ApiReply):
    """A registered tool as operators see it. `pack` is there when a pack put it here."""

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
    pack: PackOrigin | None = None
    updated_by: str
    updated_at: str


class RegisteredToolPage(ApiReply):
    """Part of the list of registered tools, by name."""

    items: list[RegisteredToolReply]
    next_cursor: str | None = None


class Signature(ApiModel):
    """One signature of an envelope: ECDSA on P-256 with SHA-256 in DER, in base64; `keyid` is the key's thumbprint."""

    keyid: Annotated[str, Field(max_length=128)]
    sig: Annotated[str, Field(max_length=256)]


class PublishPack(ApiModel):
    """A signed pack: the DSSE envelope that `ambit packs sign` writes."""

    payload: Annotated[str, Field(max_length=_MOST_ENVELOPE, description="The manifest in canonical JSON, in base64.")]
    payload_type: Annotated[str, Field(max_length=128)]
    signatures: Annotated[list[Signature], Field(min_length=1, max_length=8)]

    def envelope(self) -> dict[str, Any]:
        """As DSSE writes it."""
        return self.model_dump(mode="json", by_alias=True)


class InstallPack(ApiModel):
    """With which secrets the pack's tools are called; one that is left out stays while the tool stays where it is."""

    credentials: Annotated[dict[Name, Credential], Field(max_length=50)] = Field(default_factory=dict)


class PackVersionSummary(ApiReply):
    """A published version."""

    version: str
    digest: str
    key_id: str
    published_at: str


class InstalledPack(ApiReply):
    """Which version's tools are in the register."""

    version: str
    digest: str
    tools: list[str]
    installed_by: str
    installed_at: str


class PackReply(ApiReply):
    """A pack with its versions, the newest first. `newest` is a release once there is one."""

    name: str
    publisher: str
    description: str
    newest: str
    versions: list[PackVersionSummary]
    installed: InstalledPack | None = None


class PackPage(ApiReply):
    """Part of the list of packs, by name."""

    items: list[PackReply]
    next_cursor: str | None = None


class PublishedPackReply(ApiReply):
    """A published version. `digest` is the SHA-256 of its manifest."""

    name: str
    version: str
    publisher: str
    key_id: str
    key_revoked: bool
    digest: str
    published_by: str
    published_at: str


class PackVersionReply(PublishedPackReply):
    """A published version with its envelope, to be verified by whoever pulls it."""

    envelope: dict[str, Any]


class RegisterPublisherKey(ApiModel):
    """A key and whose it is. Packs belong to the publisher, so that its keys can change."""

    publisher: Annotated[str, Field(pattern=_PUBLISHER, min_length=2, max_length=32)]
    public_key: Annotated[str, Field(max_length=1000, description="ECDSA on P-256, in PEM.")]


class RevokePublisherKey(ApiModel):
    """Why."""

    reason: Reason


class PublisherKeyReply(ApiReply):
    """A publisher's key; `keyId` is its thumbprint: the SHA-256 of its SubjectPublicKeyInfo."""

    key_id: str
    publisher: str
    public_key: str
    status: Literal["active", "revoked"]
    registered_by: str
    registered_at: str
    revoked_by: str | None = None
    revoked_at: str | None = None
    reason: str | None = None


class PublisherKeyPage(ApiReply):
    """Part of the list of publishers' keys, by thumbprint."""

    items: list[PublisherKeyReply]
    next_cursor: str | None = None
