"""What stands in the queue of deliveries: ids and numbers, nothing of what is told.

SQS keeps a message back for a quarter of an hour at most, and attempts are up to ten hours apart: so a message says
when it is due, and one that comes too early is sent on.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field

LONGEST_DELAY_SECONDS: Final = 900
_MILLISECOND: Final = 1000


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    tenant_id: str = Field(alias="tenantId", max_length=32)
    webhook_id: str = Field(alias="webhookId", max_length=64)
    delivery_id: str = Field(alias="deliveryId", max_length=64)
    round: int = Field(ge=1)
    attempt: int = Field(ge=1)
    due_ms: int = Field(alias="dueMs", ge=0)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One attempt to be made, not before `due_ms` (epoch milliseconds)."""

    tenant_id: str
    webhook_id: str
    delivery_id: str
    round: int = 1
    attempt: int = 1
    due_ms: int = 0

    @classmethod
    def read(cls, text: str) -> Self:
        """From a message's body; ValueError for any other text."""
        return cls(**_Body.model_validate_json(text).model_dump())

    def body(self) -> str:
        """As a message's body."""
        return _Body.model_validate(
            {
                "tenantId": self.tenant_id,
                "webhookId": self.webhook_id,
                "deliveryId": self.delivery_id,
                "round": self.round,
                "attempt": self.attempt,
                "dueMs": self.due_ms,
            }
        ).model_dump_json(by_alias=True)

    def delay_seconds(self, now_ms: int) -> int:
        """How long the queue is to keep it back: not longer than it can."""
        return min(max(-(-(self.due_ms - now_ms) // _MILLISECOND), 0), LONGEST_DELAY_SECONDS)

    def moved(self, **fields: Any) -> "Dispatch":
        """The same with other fields."""
        return replace(self, **fields)
