"""Instances, a tenant's use of agents, as the API shows and takes them."""

from typing import Annotated, Literal

from pydantic import Field

from governance.incident_models import Sentence
from platform_kit.models import ApiModel, ApiReply

State = Literal["active", "read_only", "draining", "paused", "halted", "quarantined"]
Wanted = Literal["active", "read_only", "draining", "paused", "quarantined"]


class InstanceReply(ApiReply):
    """A tenant's use of an agent. `status` is what holds it: a draining one is paused once no run of it goes on.

    `transitions` are what a person may make of it.
    """

    instance_id: str | None = None
    agent: str
    environment: str | None = None
    version_id: str | None = Field(
        default=None, description="The version it is pinned to; absent: the agent's default."
    )
    status: State
    transitions: list[str]
    reason: str | None = None
    by: str | None = None
    since: str | None = None
    running: int | None = Field(default=None, description="Runs that go on; of one instance alone, not of a list.")
    ended: int | None = Field(default=None, description="Runs that this change has ended.")
    created_at: str | None = None


class InstancePage(ApiReply):
    """Part of the list of instances, by agent."""

    items: list[InstanceReply]
    next_cursor: str | None = None


class PatchInstance(ApiModel):
    """What is to become of an instance, and why."""

    status: Wanted
    reason: Sentence


AgentNames = Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=50)]


class BulkInstances(ApiModel):
    """What is to become of several instances, and why: each by itself, so that one refusal stops no other."""

    agents: AgentNames
    status: Wanted
    reason: Sentence


class BulkItem(ApiReply):
    """What became of one: `status` it has now, or the problem's `code` and `detail`."""

    agent: str
    done: bool
    status: State | None = None
    ended: int | None = Field(
        default=None, description="Runs that this change has ended; absent for operators, whose changes end them later."
    )
    code: str | None = None
    detail: str | None = None


class BulkReply(ApiReply):
    """What became of each, in the order they were named."""

    done: int
    failed: int
    items: list[BulkItem]


class Quarantined(ApiModel):
    """A message: what runs of an agent of a tenant's is to end, if it is quarantined. Whoever takes it looks."""

    tenant_id: str
    agent: str
