"""Agents as tenants see them, templates and versions as operators keep them."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from governance.gates import Gate
from governance.manifest import Domain, Mode
from governance.runtime_regions import region_of
from governance.suite_gate import By
from governance.tiers import Tier
from governance.versions import VersionStatus
from platform_kit.domains import GENERAL
from platform_kit.models import ApiModel, ApiReply

MOST_PROMPT_BYTES: Final = 64 * 1024
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
    """An agent's template. `approvedVersionId` is what tenants run, absent while there is none.

    `secondVersionId` is approved beside it, for a canary.
    """

    name: str
    owner: str
    description: str
    mode: Mode
    domain: str = Field(default=GENERAL, description="The field of business it belongs to, such as `finance`.")
    tier_minimum: Tier
    approved_version_id: str | None = None
    second_version_id: str | None = None
    created_at: str
    updated_at: str


class TemplatePage(ApiReply):
    """Part of the list of templates, by name."""

    items: list[TemplateReply]
    next_cursor: str | None = None


def _bounded(prompts: dict[str, str]) -> dict[str, str]:
    if sum(len(name.encode()) + len(text.encode()) for name, text in prompts.items()) > MOST_PROMPT_BYTES:
        raise ValueError(f"prompts are larger than {MOST_PROMPT_BYTES} bytes together")
    return prompts


PromptName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$", max_length=200)]
Prompts = Annotated[dict[PromptName, str], Field(max_length=32), AfterValidator(_bounded)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
VersionId = Annotated[str, Field(pattern=r"^ver_[0-9a-f]{32}$")]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class Provenance(ApiModel):
    """How a package was made, as its push tells it; evidence carries it as SLSA provenance."""

    builder: Annotated[str, Field(pattern=r"^https://\S+$", max_length=200, description="What built it, as a URI.")]
    tree_hash: Hash = Field(description="SHA-256 over the sources that it was made from, in hex.")
    finished_at: AwareDatetime


class Carried(ApiModel):
    """That a version comes from another stage's registry, and what it is there: here it must come out as the same."""

    content_hash: Hash
    parent_hash: Hash | None = Field(default=None, description="The parent's content hash; left out: it has none.")


RuntimeArn = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:runtime/[\w-]{1,100}$")
]


class CreateVersion(ApiModel):
    """A version: immutable. What it is called by its content, `contentHash`, the server computes from all of this."""

    artifact_digest: Hash = Field(description="SHA-256 of the package, in hex.")
    artifact_key: Annotated[
        str, Field(max_length=256, description="Where the package lies: `agents/<agent>/<artifactDigest>.zip`.")
    ]
    lock_digest: Hash = Field(description="SHA-256 of the locked dependencies that the package was made with, in hex.")
    prompts: Prompts = Field(default_factory=dict, description="The agent's prompts: name to text, 64 KiB together.")
    manifest: dict[str, Any] = Field(description="The agent's `[tool.ambit]`.")
    runtime_arn: RuntimeArn = Field(description="The runtime, in the stage's own region, that runs this very package.")
    standby_runtime_arn: RuntimeArn | None = Field(
        default=None, description="The same package's runtime in the standby region; it can be added later, once."
    )
    parent: VersionId | None = Field(
        default=None, description="The version it follows from; left out: the agent's default version."
    )
    carried: Carried | None = None
    provenance: Provenance | None = None

    @model_validator(mode="after")
    def _one_descent(self) -> Self:
        if self.parent is not None and self.carried is not None:
            raise ValueError("a carried version names its parent by its hash alone")
        return self

    @model_validator(mode="after")
    def _two_regions(self) -> Self:
        if self.standby_runtime_arn and region_of(self.standby_runtime_arn) == region_of(self.runtime_arn):
            raise ValueError("standbyRuntimeArn is in the same region as runtimeArn")
        return self


class VersionSummary(ApiReply):
    """A version and where it stands."""

    version_id: str
    agent: str
    content_hash: str = Field(description="SHA-256 of what it consists of, in canonical JSON (RFC 8785).")
    artifact_digest: str | None = None
    artifact_key: str
    lock_digest: str | None = None
    runtime_arn: str
    standby_runtime_arn: str | None = None
    manifest: dict[str, Any]
    status: VersionStatus
    parent: str | None = None
    parent_hash: str | None = Field(default=None, description="The parent's content hash, the same on every stage.")
    created_by: str
    created_at: str
    updated_at: str | None = None
    approved_at: str | None = None
    moved_by: str | None = None
    reason: str | None = None
    provenance: dict[str, Any] | None = None


class VersionReply(VersionSummary):
    """A version with its prompts."""

    record_hash: str = Field(description="SHA-256 of all of its record that never changes.")
    prompts: dict[str, str]


class ArtifactReply(ApiReply):
    """Where a version's package can be fetched for a while; its bytes have the SHA-256 `artifactDigest`, in hex."""

    version_id: str
    content_hash: str
    artifact_digest: str
    url: str
    expires_in: int = Field(description="Seconds.")


class VersionPage(ApiReply):
    """Part of the list of versions, newest first."""

    items: list[VersionSummary]
    next_cursor: str | None = None


class VersionNode(ApiReply):
    """A version in its agent's tree: `depth` below its root, and the versions that follow from it."""

    version_id: str
    content_hash: str
    status: VersionStatus
    parent: str | None = None
    depth: int
    children: list[str]
    created_by: str
    created_at: str
    approved_at: str | None = None


class MoveReply(ApiReply):
    """A move that there is in a version's life: by whom, and through which gates. To `rolled_back` by the rollback."""

    from_: VersionStatus = Field(alias="from")
    to: VersionStatus
    roles: list[str]
    gates: list[Gate]


class LineageReply(ApiReply):
    """All versions of an agent in the order they were made, each naming its parent and its children.

    `moves` are all that versions can make, whichever they are: the same of every agent.
    """

    agent: str
    approved_version_id: str | None = None
    second_version_id: str | None = None
    items: list[VersionNode]
    moves: list[MoveReply]


class VersionChange(ApiReply):
    """One difference, at a JSON pointer (RFC 6901); `before` or `after` is absent where there is nothing."""

    pointer: str
    before: Any = None
    after: Any = None


class DiffReply(ApiReply):
    """What a version changes of another of its agent."""

    version_id: str
    against: str | None = None
    changes: list[VersionChange]


class Promote(ApiModel):
    """Where a version is to go. An approved one is the default, unless `asDefault` is false: then it is the second."""

    to: Literal["candidate", "approved", "deprecated", "quarantined", "retired"]
    as_default: bool = True
    reason: Reason | None = None


class GateReply(ApiReply):
    """A gate, and what is missing when it does not hold."""

    gate: Literal["evaluation", "certification", "approvals", "incidents", "policy", "budget"]
    holds: bool
    why: str | None = None


class RequiredSuiteReply(ApiReply):
    """A suite that a version must pass, and by what: its own mark, the manifest, or what was approved before."""

    suite: str
    by: list[By]


class GatesReply(ApiReply):
    """How a version stands before the gates of an approval."""

    version_id: str
    approvable: bool
    gates: list[GateReply]
    required_suites: list[RequiredSuiteReply]


class Rollback(ApiModel):
    """Why a version is taken back, and which one is to take its place: the last approved before it, unless told."""

    reason: Reason
    to: VersionId | None = None


class RollbackReply(ApiReply):
    """What tenants run from now on."""

    agent: str
    rolled_back: str
    approved_version_id: str | None = None


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


class Step(BaseModel):
    """What the schedule asks for."""

    model_config = ConfigDict(extra="forbid")

    step: Literal["inspect"]
