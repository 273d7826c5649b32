"""Whether another run may start now: token buckets in the ops table, of which a process leases a few tokens at a time.

A run takes one token of each of its subjects (the tenant, and its API key and agent where their limits are tighter).
A process that has none left of some of them leases more with one conditional write for all: at most a quarter of a
second's worth, which are good for a second and then lost. So a busy process writes a few times a second, not once a
call, and nobody exceeds a bucket: in any span of time at most `burst + rate * (span + 1 s)` runs start (ADR 0040). A
process that leases more than it uses asks for less the next time.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from data_access_lib.errors import ConditionFailed, TransactionConflict
from data_access_lib.repositories.rates import FULL_AT, Draw
from data_access_lib.tenant import TenantId
from governance.rates import NANOSECONDS, Limit, available, wait
from platform_kit.clock import Clock
from platform_kit.errors import DependencyUnavailable, RateLimited
from platform_kit.observability import count

LEASE_SECONDS: Final = 1.0
BATCH_SECONDS: Final = 0.25
_SHUT_SECONDS: Final = 0.1
_MOST_RETRY_SECONDS: Final = 60
_ATTEMPTS: Final = 8
_BOUND: Final = 4096


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose rate is limited: `name` is unique in its tenant and says the kind, such as `agent:echo-agent`."""

    name: str
    limit: Limit


class Buckets(Protocol):
    """The buckets of one tenant."""

    @property
    def tenant_id(self) -> TenantId: ...  # noqa: D102 - as in RateBuckets

    def draw(self, draws: Sequence[Draw], now: int) -> None: ...  # noqa: D102 - as in RateBuckets


@dataclass(slots=True)
class _Pool:
    """What this process holds of one bucket. Times of its own are monotonic seconds, `full_at` is the bucket's."""

    size: int
    tokens: int = 0
    until: float = 0.0
    shut_until: float = 0.0
    full_at: int | None = None

    def take(self, now: float) -> bool:
        """Take a token that is there and still good."""
        if self.tokens and now < self.until:
            self.tokens -= 1
            return True
        return False

    def next_batch(self, most: int, now: float) -> int:
        """How many to lease: twice as many as last time when those were used up in time, fewer when some were lost."""
        if now < self.until:
            wanted = self.size * 2
        else:
            wanted, self.tokens = self.size - self.tokens, 0
        self.size = max(1, min(most, wanted))
        return self.size

    def fill(self, tokens: int, now: float, until: float) -> None:
        """Put leased tokens beside what others have put there meanwhile: all are good as long as the oldest are."""
        good = self.tokens if now < self.until else 0
        self.until = min(self.until, until) if good else until
        self.tokens = good + tokens


class RateLimiter:
    """One of a process. Safe to share between threads."""

    def __init__(self, clock: Clock, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._wall = _Wall(clock, monotonic)
        self._lock = threading.Lock()
        self._pools: OrderedDict[tuple[str, str], _Pool] = OrderedDict()

    def admit(self, buckets: Buckets, subjects: Sequence[Subject]) -> None:
        """Take one token of every subject; RateLimited when one has none, DependencyUnavailable: it cannot be known."""
        tenant = buckets.tenant_id
        held, lacking = self._take(tenant, subjects)
        if not lacking:
            return
        try:
            self._lease(buckets, lacking)
        except BaseException:
            self._give_back(tenant, held)
            raise

    def _take(self, tenant: TenantId, subjects: Sequence[Subject]) -> tuple[list[Subject], list[Subject]]:
        """The subjects of which a token was taken, and those that have none; RateLimited where one had none lately."""
        with self._lock:
            now = self._monotonic()
            pools = [self._pool(tenant, subject) for subject in subjects]
            for subject, pool in zip(subjects, pools, strict=True):
                if now < pool.shut_until:
                    raise _refused(tenant, subject, pool.shut_until - now)
            held = [subject for subject, pool in zip(subjects, pools, strict=True) if pool.take(now)]
        return held, [subject for subject in subjects if subject not in held]

    def _give_back(self, tenant: TenantId, held: Sequence[Subject]) -> None:
        with self._lock:
            for subject in held:
                self._pool(tenant, subject).tokens += 1

    def _lease(self, buckets: Buckets, lacking: Sequence[Subject]) -> None:
        draws = self._drafts(buckets.tenant_id, lacking)
        for _ in range(_ATTEMPTS):
            now, leased_at = self._wall.nanoseconds(), self._monotonic()
            try:
                buckets.draw(draws, now)
            except ConditionFailed as failure:
                full_at = (failure.item or {}).get(FULL_AT)
                draws[failure.index] = self._corrected(
                    buckets.tenant_id, lacking[failure.index], draws[failure.index], full_at, now
                )
                continue
            except TransactionConflict:
                continue
            self._fill(buckets.tenant_id, lacking, draws, now, leased_at + LEASE_SECONDS)
            return
        raise DependencyUnavailable("Too many calls at the same moment. Try again.", retry_after=1)

    def _drafts(self, tenant: TenantId, lacking: Sequence[Subject]) -> list[Draw]:
        with self._lock:
            return [self._draft(subject, self._pool(tenant, subject)) for subject in lacking]

    def _draft(self, subject: Subject, pool: _Pool) -> Draw:
        """What to ask for: no more than the bucket holds by what is known of it."""
        wanted = pool.next_batch(batch_of(subject.limit), self._monotonic())
        there = available(pool.full_at, subject.limit, self._wall.nanoseconds())
        return Draw(subject.name, subject.limit, max(1, min(wanted, there)), pool.full_at)

    def _corrected(self, tenant: TenantId, subject: Subject, draw: Draw, full_at: int | None, now: int) -> Draw:
        """The draw as the bucket can grant it; RateLimited, and the subject shut for a moment, when it has nothing."""
        left = available(full_at, subject.limit, now)
        with self._lock:
            pool = self._pool(tenant, subject)
            pool.full_at = full_at
            if left == 0:
                seconds = max(wait(full_at, subject.limit, now) / NANOSECONDS, _SHUT_SECONDS)
                pool.shut_until = self._monotonic() + min(seconds, _MOST_RETRY_SECONDS)
                raise _refused(tenant, subject, seconds)
        return replace(draw, tokens=min(draw.tokens, left), believed=full_at)

    def _fill(
        self, tenant: TenantId, lacking: Sequence[Subject], draws: Sequence[Draw], now: int, until: float
    ) -> None:
        """One token of each is the caller's, the others are for those who come next."""
        with self._lock:
            for subject, draw in zip(lacking, draws, strict=True):
                pool = self._pool(tenant, subject)
                pool.full_at = max(draw.believed or 0, now) + draw.tokens * draw.limit.interval
                pool.fill(draw.tokens - 1, self._monotonic(), until)

    def _pool(self, tenant: TenantId, subject: Subject) -> _Pool:
        key = (str(tenant), subject.name)
        if key not in self._pools:
            self._pools[key] = _Pool(size=batch_of(subject.limit))
            if len(self._pools) > _BOUND:
                self._pools.popitem(last=False)
        self._pools.move_to_end(key)
        return self._pools[key]


class _Wall:
    """The time of day that never goes back in this process: a clock that is set back is overtaken by the monotonic."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float]) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._read = (0, 0.0)

    def nanoseconds(self) -> int:
        """Now, in nanoseconds since the epoch."""
        with self._lock:
            wall, elapsed = int(self._clock.now().timestamp() * NANOSECONDS), self._monotonic()
            before, at = self._read
            now = max(wall, before + int((elapsed - at) * NANOSECONDS)) if before else wall
            self._read = (now, elapsed)
            return now


def batch_of(limit: Limit) -> int:
    """How many tokens a process leases at most: a quarter of a second's worth, and of a burst; at least one."""
    return max(1, min(int(limit.per_second * BATCH_SECONDS), limit.burst // 4))


def subjects_of(tenant: Limit, *, agent: tuple[str, Limit], credential: tuple[str, Limit] | None) -> list[Subject]:
    """Whose rates a run counts for: the tenant's, and the others' that whoever keeps the tenant's may still break."""
    narrower = [("agent", *agent), *([("credential", *credential)] if credential else [])]
    return [
        Subject("tenant", tenant),
        *(Subject(f"{kind}:{name}", limit) for kind, name, limit in narrower if limit.within(tenant)),
    ]


def _refused(tenant: TenantId, subject: Subject, seconds: float) -> RateLimited:
    kind = subject.name.partition(":")[0]
    count("RateLimited", tenant=str(tenant), subject=kind)
    return RateLimited(
        f"Over the {kind}'s rate of {subject.limit.per_second:g} runs a second. Wait, then send fewer.",
        retry_after=max(1, min(math.ceil(seconds), _MOST_RETRY_SECONDS)),
    )
