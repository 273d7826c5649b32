"""Where agents run, for operators: how it stands, and a switch by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from data_access_lib.errors import StaleVersion
from data_access_lib.once import once
from data_access_lib.repositories.idempotency import Idempotency
from governance.runtime_regions import Health, Regions, Route, Thresholds, span_of
from lambdas.failover.models import FailoverReply, RegionReply, SwitchRuntime
from lambdas.failover.switching import Desk, Wish
from platform_kit.clock import Clock, from_milliseconds, rfc3339
from platform_kit.errors import FieldError, Unprocessable
from platform_kit.identity import Identity

_SWITCH: Final = "POST /v1/platform/failover"
_MS: Final = 1000


class Standing(NamedTuple):
    """How it stands, the version of that, and whether it is an earlier answer given again."""

    reply: FailoverReply
    etag: int
    replayed: bool = False


@dataclass(frozen=True)
class Failover:
    """`desk` opens the records for an operator, whose each access is audited; `answers` their repeated requests'."""

    desk: Callable[[Identity], Desk]
    answers: Callable[[Identity], Idempotency]
    regions: Regions
    thresholds: Thresholds
    clock: Clock

    def standing(self, who: Identity) -> Standing:
        """How it stands."""
        return self._standing(self.desk(who))

    def switch(self, who: Identity, etag: int, wanted: SwitchRuntime, *, key: str | None, body: bytes) -> Standing:
        """Let agents run in a region from now on.

        StaleVersion when it was switched since version `etag`, LockHeld while another switches. Unprocessable for a
        region that is none of the stage's.
        """
        if wanted.target not in self.regions.all:
            known = ", ".join(self.regions.all)
            bad = FieldError("/target", f"must be one of {known}")
            raise Unprocessable(f"Agents can run in {known}, and nowhere else.", errors=(bad,))
        desk = self.desk(who)
        hold = wanted.target != self.regions.home if wanted.hold is None else wanted.hold
        wish = Wish(wanted.target, wanted.reason, who.principal_id, held=hold)

        def make() -> dict[str, Any]:
            seen = desk.route(self.regions)
            if seen.token != etag:
                raise StaleVersion
            desk.switch(seen, wish, self.clock)
            return self._standing(desk).reply.model_dump(mode="json", by_alias=True, exclude_none=True)

        outcome = once(self.answers(who), _SWITCH, key, body, make)
        reply = FailoverReply.model_validate(outcome.response)
        return Standing(reply, reply.token, outcome.replayed)

    def _standing(self, desk: Desk) -> Standing:
        record = desk.routes.find()
        route = Route.of(record, self.regions.home)
        reply = FailoverReply(
            active=route.active,
            home=self.regions.home,
            standby=self.regions.standby or None,
            held=route.held,
            token=route.token,
            failovers=route.failovers,
            stable_seconds=span_of(route, self.thresholds) // _MS,
            switched_at=_time(route.switched),
            reason=(record or {}).get("reason"),
            switched_by=(record or {}).get("by"),
            regions=[_region(name, desk.health_of(name)) for name in self.regions.all],
        )
        return Standing(reply, route.token)


def _region(name: str, health: Health) -> RegionReply:
    return RegionReply(
        name=name,
        failures=health.failures,
        failing_since=_time(health.since),
        well_since=_time(health.well),
        looked_at=_time(health.looked),
    )


def _time(moment: int) -> str | None:
    return rfc3339(from_milliseconds(moment)) if moment else None
