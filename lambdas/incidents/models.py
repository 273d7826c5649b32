"""What is done about incidents, and holds, as the API shows and takes them. Incidents: `governance.incident_models`."""

from typing import Annotated, Literal

from pydantic import Field

from governance.incident_models import Sentence, Status
from platform_kit.models import ApiModel, ApiReply

Target = Annotated[str, Field(min_length=1, max_length=64)]


class Mitigate(ApiModel):
    """What to do about an incident. `target`: an agent (left out: the incident's own), an API key's id, a run's id."""

    action: Literal["pause", "quarantine", "revoke", "kill_run"]
    target: Target | None = None
    reason: Sentence


class MitigationReply(ApiReply):
    """What was done; `ended` runs were ended by it."""

    incident_id: str
    action: Literal["pause", "quarantine", "revoke", "kill_run"]
    target: str
    ended: int
    status: Status
    audit_seq: int


class PutHold(ApiModel):
    """How the tenant's agent shall be held: `paused` starts nothing new, `quarantined` ends what runs too."""

    state: Literal["paused", "quarantined"]
    reason: Sentence


class ResetHold(ApiModel):
    """Why what holds the agent is lifted."""

    reason: Sentence


class ResetReply(ApiReply):
    """Who lifted what."""

    by: str
    reason: str
    state: str
    at: str


class HoldReply(ApiReply):
    """How an agent is held; `state` "active" when it is not. `graveHalts` of the last hour count towards a latch."""

    agent: str
    state: Literal["active", "read_only", "draining", "paused", "halted", "quarantined"]
    reason: str | None = None
    by: str | None = None
    since: str | None = None
    incident_id: str | None = None
    grave_halts: int
    resets: list[ResetReply]
    ended: int | None = None
