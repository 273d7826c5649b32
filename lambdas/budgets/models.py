"""Shared budgets as the API shows and takes them."""

from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from data_access_lib.repositories.pools import Amount
from governance.policy.envelope import Dollars, pico
from platform_kit.models import ApiModel, ApiReply, Money

_MOST: Final = 10**12
_MOST_AGENTS: Final = 50


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a character that cannot be printed")
    return value


def _each_once(names: list[str]) -> list[str]:
    return sorted(set(names))


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_printable)
]
Agent = Annotated[str, Field(pattern=r"^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
Agents = Annotated[list[Agent], Field(max_length=_MOST_AGENTS), AfterValidator(_each_once)]
Number = Annotated[int, Field(ge=0, le=_MOST, strict=True)]


class Limits(ApiModel):
    """What may be used in a calendar month (UTC), one of them at least.

    `cost` is in US dollars, a decimal string; `seconds` are those that runs take.
    """

    cost: Dollars | None = None
    tokens: Number | None = None
    calls: Number | None = None
    seconds: Number | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if not self.kept():
            raise ValueError("give at least one of cost, tokens, calls and seconds")
        return self

    def kept(self) -> dict[str, int]:
        """As it is kept: pico-dollars, tokens, calls, seconds."""
        money = None if self.cost is None else pico(self.cost)
        told = {"pico": money, "tokens": self.tokens, "calls": self.calls, "seconds": self.seconds}
        return {name: value for name, value in told.items() if value is not None}


class CreateBudget(ApiModel):
    """A budget that some agents share, or all of the tenant's when none is named."""

    name: Name
    agents: Agents = Field(default_factory=list)
    limits: Limits


class PatchBudget(ApiModel):
    """What shall change; the rest stays."""

    name: Name | None = None
    agents: Agents | None = None
    limits: Limits | None = None


class LimitsReply(ApiReply):
    """Limits as they are in force; what is absent is not limited."""

    cost: Money | None = None
    tokens: int | None = None
    calls: int | None = None
    seconds: int | None = None


class UsedReply(ApiReply):
    """What is used and set aside this month."""

    cost: Money
    tokens: int
    calls: int
    seconds: int


class BudgetReply(ApiReply):
    """A shared budget. `agents` is empty when it is for all agents."""

    budget_id: str
    name: str
    agents: list[str]
    limits: LimitsReply
    month: str
    used: UsedReply
    version: int
    created_by: str
    created_at: str
    updated_by: str
    updated_at: str


class BudgetList(ApiReply):
    """All of a tenant's shared budgets, oldest first."""

    items: list[BudgetReply]
    next_cursor: str | None = None


def shown(record: dict[str, Any], used: Amount, month: str) -> BudgetReply:
    """A budget with what is used of it."""
    kept = record["limits"]
    cost = Money.from_pico(int(kept["pico"])) if "pico" in kept else None
    limits = LimitsReply(cost=cost, **{name: kept[name] for name in ("tokens", "calls", "seconds") if name in kept})
    money, seconds = Money.from_pico(max(used.pico, 0)), max(used.seconds, 0)
    spent = UsedReply(cost=money, tokens=max(used.tokens, 0), calls=used.calls, seconds=seconds)
    told = {**record, "agents": record.get("agents") or [], "limits": limits, "month": month, "used": spent}
    return BudgetReply.model_validate(told)
