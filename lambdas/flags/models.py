"""Capability flags and kill switches as the API shows and takes them."""

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from governance.flags import NAME
from governance.kill_switches import Scope
from governance.tiers import Tier
from platform_kit.models import ApiModel, ApiReply

MAX_RULES: Final = 20
_MAX_NAMES: Final = 100
_SLUG: Final = r"^[a-z][a-z0-9-]{0,61}[a-z0-9]$"
TOOL: Final = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*")


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a character that cannot be printed")
    return value


FlagName = Annotated[str, Field(pattern=f"^{NAME.pattern}$", max_length=63, examples=["agents.invoke"])]
Slug = Annotated[str, Field(pattern=_SLUG)]
Names = Annotated[list[Slug], Field(min_length=1, max_length=_MAX_NAMES)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_printable)]


class FlagRule(ApiModel):
    """For whom a capability is on: all that is given must hold, and `{}` is everybody.

    `percent` is of tenants; one that is in stays in while the percentage grows.
    """

    tiers: Annotated[list[Tier], Field(min_length=1, max_length=len(Tier))] | None = None
    tenants: Names | None = None
    agents: Names | None = None
    percent: Annotated[int, Field(ge=0, le=100, strict=True)] | None = None


class PutFlag(ApiModel):
    """A flag as it shall be. It is on for whom one of the rules holds; without `rules`, for everybody."""

    enabled: Annotated[bool, Field(strict=True)]
    rules: Annotated[list[FlagRule], Field(min_length=1, max_length=MAX_RULES)] = Field(
        default_factory=lambda: [FlagRule()]
    )
    description: Sentence | None = Field(default=None, description="Left out: as it was.")

    def stored_rules(self) -> list[dict[str, Any]]:
        """The rules as they are kept: without what was not given."""
        return [rule.model_dump(mode="json", by_alias=True, exclude_none=True) for rule in self.rules]


class PutNamedFlag(PutFlag):
    """A flag as it shall be, with its name."""

    name: FlagName


class FlagReply(ApiReply):
    """A flag, and who changed it last."""

    name: str
    description: str
    enabled: bool
    rules: list[FlagRule]
    updated_by: str
    updated_at: str


class FlagPage(ApiReply):
    """Part of the list of flags."""

    items: list[FlagReply]
    next_cursor: str | None = None


class CreateKillSwitch(ApiModel):
    """What shall stop, and why.

    `target` is a tenant's id, an agent's or a tool's name, for a run `<tenant>/<run id>`; none for the platform.
    """

    scope: Scope
    target: Annotated[str, Field(max_length=128)] | None = None
    reason: Annotated[str, Field(min_length=1), *Sentence.__metadata__]

    @model_validator(mode="after")
    def _target_fits_scope(self) -> Self:
        if self.scope is Scope.PLATFORM and self.target not in {None, "platform"}:
            raise ValueError("a switch of the platform has no target")
        if self.scope is not Scope.PLATFORM and self.target is None:
            raise ValueError(f"say which {self.scope.value}: give a target")
        return self

    @property
    def aim(self) -> str:
        """The target as it is kept."""
        return self.target or "platform"


class KillSwitchReply(ApiReply):
    """A switch that is active until it is deleted."""

    switch_id: str
    scope: Literal["platform", "tenant", "agent", "tool", "run"]
    target: str
    reason: str
    created_by: str
    created_at: str


class KillSwitchPage(ApiReply):
    """Part of the list of active switches, newest first."""

    items: list[KillSwitchReply]
    next_cursor: str | None = None
