"""Checkpoints and checks as the API shows them, and the step that the schedule asks for."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from governance.audit.checkpoint import Checkpoint
from platform_kit.models import ApiModel, ApiReply


class CheckpointReply(ApiReply):
    """A signed checkpoint, exactly as it was signed: docs/audit.md says what the signature is of."""

    schema_: Literal["ambit-audit-checkpoint/1"]
    tenant: str
    count: int
    head: str
    root: str
    peaks: list[str]
    time: str
    previous: str
    key_id: str
    signature: str

    model_config = ConfigDict(
        alias_generator=lambda name: {"schema_": "schema", "key_id": "keyId"}.get(name, name), populate_by_name=True
    )

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "CheckpointReply":
        """As it is stored."""
        return cls.model_validate(checkpoint.as_json())


class CheckpointPage(ApiReply):
    """Checkpoints, oldest first."""

    items: list[CheckpointReply]
    next_cursor: str | None = None


class AuditKeyReply(ApiReply):
    """A public key that checkpoints are verified with: `pem` is SubjectPublicKeyInfo."""

    key_id: str
    algorithm: Literal["ES256"] = "ES256"
    pem: str


class AuditKeysReply(ApiReply):
    """The keys that sign checkpoints."""

    items: list[AuditKeyReply]


class AuditCheck(ApiModel):
    """With `repairHead` the chain's end, where it lies behind a ledger that verifies, is set to the last entry."""

    repair_head: bool = False


class UnjoinedReply(ApiReply):
    """A call that was announced and has no outcome, though its run is over."""

    seq: int
    run_id: str
    call_id: str
    tool: str


class AuditCheckReply(ApiReply):
    """Whether a tenant's chain holds where it lies; if not, where and how it breaks first.

    `entry` is the number of the first entry that does not hold, `kind` the kind of break, `why` in a few words.
    `covered` is the count of the newest checkpoint, `head` where the chain's end is kept to be.
    """

    tenant: str
    holds: bool
    entries: int
    last: int
    head: int
    covered: int
    unjoined: tuple[UnjoinedReply, ...] = ()
    entry: int | None = None
    kind: str | None = None
    why: str | None = None
    repaired: bool = False


class Step(BaseModel):
    """What the schedule asks for: `checkpoint` of every tenant."""

    model_config = ConfigDict(extra="forbid")

    step: Literal["checkpoint"]
