"""A tenant's own kill switches as the API shows and takes them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from governance.incident_models import Sentence
from platform_kit.models import ApiModel, ApiReply

OwnScope = Literal["run", "agent", "tenant"]


class CreateOwnKillSwitch(ApiModel):
    """What of the tenant's own shall stop, and why: a run, an agent, or, with `tenant` and no target, all its agents.

    A tenant's switch stops its own runs alone: an agent goes on for other tenants.
    """

    scope: OwnScope
    target: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    reason: Sentence

    @model_validator(mode="after")
    def _target_fits_scope(self) -> Self:
        if self.scope == "tenant" and self.target is not None:
            raise ValueError("it is your own tenant that is stopped: give no target")
        if self.scope != "tenant" and self.target is None:
            raise ValueError(f"say which {self.scope}: give a target")
        return self


class OwnKillSwitchReply(ApiReply):
    """A switch of the tenant's own, which is active until it is deleted. The target of `tenant` is its id."""

    switch_id: str
    scope: OwnScope
    target: str
    reason: str
    created_by: str
    created_at: str


class OwnKillSwitchPage(ApiReply):
    """Part of the list of the tenant's own active switches, newest first."""

    items: list[OwnKillSwitchReply]
    next_cursor: str | None = None
