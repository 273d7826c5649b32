"""One switch: under the lock, fenced by its token, in one transaction with its entry in the platform's audit chain."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from data_access_lib.errors import ConditionFailed, LeaseLost, StaleVersion
from data_access_lib.repositories import locks as lock_records
from data_access_lib.repositories import runtime_routes
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.locks import Locks
from data_access_lib.repositories.runtime_routes import RuntimeHealth, RuntimeRoutes
from governance.runtime_regions import Health, Regions, Route
from platform_kit.clock import Clock, milliseconds
from platform_kit.observability import count, logger

LOCK: Final = "runtime-region"
LOCK_SECONDS: Final = 30.0


class Wish(NamedTuple):
    """Where to, why, by whom, whether it is held there, and whether nobody asked for it."""

    target: str
    reason: str
    by: str
    held: bool = False
    automatic: bool = False


@dataclass(frozen=True)
class Desk:
    """The records of one who works with them: an operator, or the function itself."""

    routes: RuntimeRoutes
    health: RuntimeHealth
    locks: Locks
    audit: AuditLog

    def route(self, regions: Regions) -> Route:
        """Where agents run now."""
        return Route.of(self.routes.find(), regions.home)

    def health_of(self, region: str) -> Health:
        """How a region answers."""
        return Health.of(self.health.find(region))

    def switch(self, seen: Route, wish: Wish, clock: Clock) -> dict[str, Any]:
        """Switch from the route that was seen; the new one.

        LockHeld while another switches, LeaseLost for who woke too late, StaleVersion when another was quicker.
        """
        lease = self.locks.acquire(LOCK, wish.by, seconds=LOCK_SECONDS)
        written = seen.to(wish.target, milliseconds(clock.now()), held=wish.held, automatic=wish.automatic)
        told = {"reason": wish.reason, "by": wish.by}
        detail = {"from": seen.active, "to": wish.target, "held": wish.held, "token": lease.token, **told}
        draft = AuditDraft("runtime.switched", wish.target, detail={**detail, "automatic": wish.automatic})
        try:
            made, _ = self.audit.commit(
                draft,
                lambda transaction: self.routes.write_in(
                    transaction, {**written, **told}, seen=seen.token, lease=lease, locks=self.locks
                ),
            )
        except ConditionFailed as failure:
            raise _refusal(failure) from None
        finally:
            self.locks.release(lease)
        count("RuntimeSwitched", to=wish.target, automatic=str(wish.automatic).lower())
        logger().warning("agents run in another region", region=wish.target, token=lease.token, reason=wish.reason)
        return made


def _refusal(failure: ConditionFailed) -> Exception:
    """What the failed piece means."""
    if failure.label == lock_records.LABEL:
        count("RuntimeSwitchFenced")
        return LeaseLost()
    return StaleVersion() if failure.label == runtime_routes.LABEL else failure
