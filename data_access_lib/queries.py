"""Which part of a partition a query reads, as one condition on the sort key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from data_access_lib.conditions import attr
from data_access_lib.errors import UnstorableValue

if TYPE_CHECKING:
    from typing import Self

    from data_access_lib.conditions import Condition

_HIGHEST: Final = "\U0010ffff"  # the last code point: no key of ours goes beyond prefix + this
_LOWEST: Final = "\0"  # a text followed by this is the next text in order


class KeyAttributes(NamedTuple):
    """The names of a table's or an index's key attributes."""

    partition: str
    sort: str


def index_attributes(index: str | None) -> KeyAttributes:
    """The key attributes of the table (None) or of an index: `gsi1` has `gsi1pk` and `gsi1sk`."""
    return KeyAttributes("pk", "sk") if index is None else KeyAttributes(f"{index}pk", f"{index}sk")


@dataclass(frozen=True, slots=True)
class SortRange:
    """From `low`, included, to `high`; None is open. DynamoDB has no range open at its upper end: see `excluded`."""

    attribute: str
    low: str | None
    high: str | None
    excluded: str | None
    """A key at the upper end that the range may bring and the caller drops: `before`."""

    @classmethod
    def of(cls, attribute: str, prefix: str, after: str | None, before: str | None) -> Self:
        """The range of texts that begin with `prefix`, above `after`, below `before`."""
        lows = [bound for bound in (prefix or None, None if after is None else after + _LOWEST) if bound]
        highs = [bound for bound in (prefix + _HIGHEST if prefix else None, before) if bound]
        if before == "":
            raise UnstorableValue("Nothing comes before an empty key.")
        return cls(attribute, max(lows, default=None), min(highs, default=None), before)

    @property
    def is_empty(self) -> bool:
        """Whether no key can lie in it; DynamoDB refuses to be asked."""
        return self.low is not None and self.high is not None and self.low > self.high

    def within(self, partition: Condition) -> Condition:
        """The key condition: the partition, narrowed."""
        sort = attr(self.attribute)
        if self.low is not None and self.high is not None:
            return partition & sort.between(self.low, self.high)
        if self.low is not None:
            return partition & sort.ge(self.low)
        return partition if self.high is None else partition & sort.lt(self.high)
