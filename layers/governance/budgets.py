"""A tenant's monthly budget: reserved before a run, settled after it.

The month's money lies in `SHARDS` equal parts so that a busy tenant's runs do not all write one item. A reservation
takes from one part; when that part is short the next one is tried; only when all are short is the call refused.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zlib import crc32

SHARDS: Final = 4


@dataclass(frozen=True)
class Reservation:
    """Money set aside for one run: pico-dollars, in which part of which month (`YYYY-MM`)."""

    amount: int
    shard: int
    month: str


@dataclass(frozen=True)
class Settlement:
    """What settling does to the part the money was reserved in, all in pico-dollars: add each to its attribute."""

    remaining: int
    reserved: int
    spent: int


def month_of(moment: datetime) -> str:
    """The budget month a run started at `moment` (aware, UTC) belongs to, also when it ends in the next."""
    return f"{moment:%Y-%m}"


def shard_allowance(monthly_budget: int, shard: int) -> int:
    """The part of a monthly budget that lies in this shard; the shards add up to the budget exactly."""
    share, left_over = divmod(monthly_budget, SHARDS)
    return share + (1 if shard < left_over else 0)


def shard_order(run_id: str) -> tuple[int, ...]:
    """The shards in the order in which a run tries them: spread by its id, then round."""
    first = crc32(run_id.encode()) % SHARDS
    return tuple((first + step) % SHARDS for step in range(SHARDS))


def settle(reservation: Reservation, cost: int) -> Settlement:
    """Give back what was reserved, take what it cost. A cost above the reservation is taken in full."""
    if cost < 0:
        raise ValueError("a cost cannot be negative")
    return Settlement(remaining=reservation.amount - cost, reserved=-reservation.amount, spent=cost)
