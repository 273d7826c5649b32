"""Promotions past closed gates: asked for by one platform administrator, confirmed by another, once, within the hour.

What the second confirms is what the first has seen: this content, in this state, to this place, past these gates. A
gate that closed since refuses it. A version whose record does not hold, or that is quarantined, is never promoted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from data_access_lib.once import once
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.retention import TERMS
from data_access_lib.transaction import TenantTransaction
from governance.gates import Finding
from governance.promotion_votes import Place, barred, digest_of
from lambdas.agents.desk import Desk
from lambdas.agents.gate_models import OverrideList, OverrideReply, RequestOverride
from lambdas.agents.models import Promote, VersionReply
from lambdas.agents.promotion import Promotion, Promotions, holding, row_of, told_of
from platform_kit.clock import Clock, parse_rfc3339, rfc3339
from platform_kit.errors import Conflict
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count, logger

WINDOW: Final = timedelta(hours=1)
_TOLD: Final = ("requestId", "digest", "place", "closed", "reason", "requestedBy")
_REQUESTED: Final = "version.break_glass_requested"
_PROMOTED: Final = "version.break_glass_promoted"
_OVER: Final = {"confirmed": "The request is confirmed, and the version was promoted by it. Nothing was done again."}
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Overrides:
    """`promotions` judge and move.

    The platform's audit chain and its security events, which people on call look through, have it by the same write.
    """

    desk: Callable[[Identity], Desk]
    promotions: Promotions
    clock: Clock

    def request(
        self, who: Identity, version_id: str, wanted: RequestOverride, *, key: str | None, body: bytes
    ) -> tuple[OverrideReply, bool]:
        """Ask for a promotion past the gates that are closed now; True beside the answer to a repeated request.

        Conflict when no gate is closed, or no row leads from where the version is; VersionTampered.
        """
        desk = self.desk(who)

        def make() -> dict[str, Any]:
            made = self._request(desk, who, version_id, wanted)
            return made.model_dump(mode="json", by_alias=True, exclude_none=True)

        outcome = once(desk.answers, f"POST /v1/versions/{version_id}/break-glass", key, body, make)
        return OverrideReply.model_validate(outcome.response), outcome.replayed

    def list(self, who: Identity, version_id: str) -> OverrideList:
        """What was asked for a version, newest first; NotFound when there is no such version."""
        desk = self.desk(who)
        version = desk.versions.by_id(version_id)
        return OverrideList(items=[self._shown(one, version) for one in desk.overrides.of(version_id)])

    def confirm(self, who: Identity, version_id: str, request_id: str) -> VersionReply:
        """Promote the version as it was asked; OwnPromotion for who asked.

        Conflict when the request is over, the version has moved, or a gate is closed that was not seen closed.
        """
        desk = self.desk(who)
        version, record = desk.versions.by_id(version_id), desk.overrides.get(version_id, request_id)
        barred(who.principal_id, (str(record["requestedBy"]),))
        stands = self._standing(record, version)
        if stands != "open":
            raise Conflict(_OVER.get(stands, f"The request is {stands}: nothing was promoted. Ask for another one."))
        template = desk.templates.get(str(version["agent"]))
        wanted = _wanted(record)
        findings = self._judged(desk, version, template, wanted, who)
        closed = _closed(findings)
        self._check_seen(record, closed)
        confirmed = {
            "status": "confirmed",
            "confirmedBy": who.principal_id,
            "confirmedAt": rfc3339(self.clock.now()),
        }
        told = {**{name: record[name] for name in _TOLD}, "gates": [told_of(one) for one in closed]}
        held = holding(desk, who, version, findings, confirmed["confirmedAt"])

        def along(found: TenantTransaction) -> None:
            desk.overrides.confirm_in(found, record, confirmed)
            self._record_in(found, desk, who, record, _PROMOTED)
            held(found)

        what = Promotion(version, template, wanted, told, along=along, action=_PROMOTED)
        promoted = self.promotions.carry_out(desk, who, what)
        _tell(_PROMOTED, "PromotionBreakGlass", record)
        return promoted

    def _request(self, desk: Desk, who: Identity, version_id: str, wanted: RequestOverride) -> OverrideReply:
        version, now = desk.versions.by_id(version_id), self.clock.now()
        template, place = desk.templates.get(str(version["agent"])), Place.of(as_default=wanted.as_default)
        to = Promote(to="approved", as_default=wanted.as_default)
        closed = _closed(self._judged(desk, version, template, to, who))
        if not closed:
            raise Conflict("No gate is closed: promote the version as usual.")
        record = {
            "requestId": new_id("bgp"),
            "versionId": version_id,
            "agent": version["agent"],
            "contentHash": version["contentHash"],
            "place": place.value,
            "digest": digest_of(version, place),
            "closed": [{"gate": one.gate.value, "why": one.why} for one in closed],
            "reason": wanted.reason,
            "status": "open",
            "requestedBy": who.principal_id,
            "createdAt": rfc3339(now),
            "expiresAt": rfc3339(now + WINDOW),
        }
        told = {name: record[name] for name in (*_TOLD, "contentHash", "expiresAt")}

        def build(found: TenantTransaction) -> None:
            desk.overrides.add_in(found, record)
            self._record_in(found, desk, who, record, _REQUESTED)

        desk.audit.commit(AuditDraft(_REQUESTED, version_id, detail=told), build)
        _tell(_REQUESTED, "PromotionBreakGlassRequested", record)
        return self._shown(record, version)

    def _judged(
        self, desk: Desk, version: Record, template: Record, wanted: Promote, who: Identity
    ) -> tuple[Finding, ...]:
        """The gates of the row that leads to approval, as they stand now; Conflict where no row does."""
        move = row_of(version, template, wanted, who)
        place = Place.of(as_default=wanted.as_default)
        return self.promotions.judge(desk, move.gates, version, place)

    @staticmethod
    def _check_seen(record: Record, closed: tuple[Finding, ...]) -> None:
        seen = {str(one["gate"]) for one in record["closed"]}
        new = sorted(one.gate.value for one in closed if one.gate.value not in seen)
        if new:
            raise Conflict(f"Closed since it was asked: {', '.join(new)}. Look at them, then ask again.")

    def _standing(self, record: Record, version: Record) -> str:
        if record["status"] != "open":
            return str(record["status"])
        if self.clock.now() >= parse_rfc3339(str(record["expiresAt"])):
            return "expired"
        return "open" if record["digest"] == digest_of(version, Place(str(record["place"]))) else "void"

    def _shown(self, record: Record, version: Record) -> OverrideReply:
        return OverrideReply.model_validate({**record, "status": self._standing(record, version)})

    def _record_in(self, found: TenantTransaction, desk: Desk, who: Identity, record: Record, what: str) -> None:
        now = self.clock.now()
        event = {
            "eventId": new_id("evt"),
            "type": what,
            "severity": "high",
            "principalId": who.principal_id,
            "operation": what,
            "resource": str(record["versionId"]),
            "target": str(record["agent"]),
            "reason": str(record["reason"]),
            "at": rfc3339(now),
            "ttl": TERMS["SECURITY"].expiry(now),
        }
        desk.security.record_in(found, event, now.date())


def _tell(what: str, metric: str, record: Record) -> None:
    """The metric first: an alarm is on it."""
    count(metric)
    logger().warning(what, version_id=record["versionId"], request_id=record["requestId"])


def _closed(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(one for one in findings if not one.holds)


def _wanted(record: Record) -> Promote:
    reason = f"break-glass {record['requestId']}: {record['reason']}"[:500]
    return Promote(to="approved", as_default=record["place"] == Place.DEFAULT, reason=reason)
