"""Checkpoints of audit chains: made by schedule and when asked for, listed, and whole chains checked where they lie.

Each tenant has a chain, and the platform one of its own.

A chain that does not hold gets no checkpoint: that is counted, and written down as a security event.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.security_events import SecurityEvents
from data_access_lib.retention import TERMS
from data_access_lib.tenant import PLATFORM, TenantContext, TenantId
from governance.audit.chain import Break
from governance.audit.checkpoint import Checkpoint
from governance.audit.verification import Broken
from governance.incidents import Fact, Kind
from lambdas.checkpoints.models import (
    AuditCheckReply,
    AuditKeyReply,
    AuditKeysReply,
    CheckpointPage,
    CheckpointReply,
    UnjoinedReply,
)
from lambdas.checkpoints.notary import Notary
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import AmbitError, NotFound
from platform_kit.ids import new_id
from platform_kit.observability import count, logger

EVENT: Final = "audit.verification_failed"
MARGIN_SECONDS: Final = 8
_LIST: Final = "GET /v1/audit/checkpoints"


class ChainBroken(AmbitError):
    """An audit chain does not hold: nothing is signed. Operators are told at once."""

    code, status, title = "AUDIT_CHAIN_BROKEN", 409, "Audit chain broken"


@dataclass(frozen=True)
class PlatformChain:
    """Who asks for the platform's own chain: what operators did that is no tenant's."""

    principal_id: str

    @property
    def tenant_id(self) -> TenantId:
        """The reserved owner."""
        return PLATFORM


Owner = TenantContext | PlatformChain


@dataclass(frozen=True)
class Checkpoints:
    """`notary` opens an owner's papers for a principal; `tenants` names every tenant that has a chain.

    `report` opens the platform's incident of a fact.
    """

    notary: Callable[[Owner], Notary]
    tenants: Callable[[], Iterable[TenantId]]
    known: Callable[[TenantId], bool]
    keys: Callable[[], list[AuditKeyReply]]
    security: Callable[[], SecurityEvents]
    report: Callable[[Fact], None]
    cursors: CursorCodec
    clock: Clock

    def attest(self, who: Owner) -> Checkpoint:
        """Sign where the owner's chain ends. ChainBroken when it does not hold, NotFound when it has no entry."""
        try:
            made = self.notary(who).attest()
        except Broken as broken:
            self._tell(who, broken)
            raise ChainBroken(f"The audit log breaks at entry {broken.found.seq}: {broken.found.why}.") from None
        if made is None:
            raise NotFound("The audit log has no entry yet.")
        count("AuditCheckpoint")
        return made

    def attest_all(self, principal_id: str, seconds_left: Callable[[], float]) -> int:
        """Sign for the platform and every tenant, in an order that leaves nobody behind for good; how many hold."""
        tenants = [TenantContext(one, principal_id) for one in self.tenants()]
        owners: list[Owner] = [PlatformChain(principal_id), *tenants]
        random.shuffle(owners)
        return sum(self._attested(one) for one in self._while(owners, seconds_left))

    def list(self, who: Owner, *, limit: int, cursor: str | None) -> CheckpointPage:
        """Checkpoints, oldest first."""
        archive = self.notary(who).archive
        after = int(self.cursors.decode(who.tenant_id, _LIST, cursor)["after"]) if cursor else 0
        counts = list(archive.counts(after, limit=limit))
        items = [CheckpointReply.of(archive.checkpoint(one)) for one in counts]
        going_on = len(counts) == limit
        following = self.cursors.encode(who.tenant_id, _LIST, {"after": counts[-1]}) if going_on else None
        return CheckpointPage(items=items, next_cursor=following)

    def public_keys(self) -> AuditKeysReply:
        """What checkpoints are verified with."""
        return AuditKeysReply(items=self.keys())

    def check(self, who: Owner, *, repair_head: bool) -> AuditCheckReply:
        """Verify an owner's whole chain where it lies, and mend its end when that is asked for. NotFound."""
        if who.tenant_id is not PLATFORM and not self.known(who.tenant_id):
            raise NotFound("There is no such tenant.")
        self._tell_access(who)
        notary = self.notary(who)
        repaired = self._repair(notary, who) if repair_head else False
        try:
            verdict = notary.check()
        except Broken as broken:
            self._tell(who, broken)
            return self._refused(notary, who, broken)
        return AuditCheckReply(
            tenant=who.tenant_id,
            holds=True,
            entries=verdict.entries,
            last=verdict.last,
            head=notary.log.head().seq,
            covered=verdict.covered,
            unjoined=tuple(UnjoinedReply.model_validate(one._asdict()) for one in verdict.unjoined),
            repaired=repaired,
        )

    def _repair(self, notary: Notary, who: Owner) -> bool:
        try:
            moved = notary.repair_head()
        except Broken:
            return False
        if moved is None:
            return False
        detail: dict[str, int | str] = {"from": moved[0].seq, "to": moved[1].seq}
        if who.tenant_id is PLATFORM:  # entered by the function itself: no operator's role reaches this chain's end
            detail["by"] = who.principal_id
        notary.log.append(AuditDraft("audit.head_repaired", who.tenant_id, detail=detail))
        count("AuditHeadRepaired")
        return True

    def _refused(self, notary: Notary, who: Owner, broken: Broken) -> AuditCheckReply:
        found = broken.found
        return AuditCheckReply(
            tenant=who.tenant_id,
            holds=False,
            entries=0,
            last=0,
            head=notary.log.head().seq,
            covered=0,
            entry=found.seq,
            kind=found.kind.value,
            why=found.why,
        )

    def _attested(self, who: Owner) -> bool:
        try:
            self.attest(who)
        except ChainBroken:
            return False
        except NotFound:
            return True
        except Exception:  # noqa: BLE001 - one tenant's trouble keeps no other from its checkpoint
            logger().exception("no checkpoint could be made", tenant_id=who.tenant_id)
            count("AuditCheckpointFailed")
            return False
        return True

    def _while(self, owners: Iterable[Owner], seconds_left: Callable[[], float]) -> Iterator[Owner]:
        for owner in owners:
            if seconds_left() < MARGIN_SECONDS:
                count("AuditCheckpointsCutShort")
                return
            yield owner

    def _tell_access(self, who: Owner) -> None:
        """That an operator looked."""
        now = self.clock.now()
        event = {
            "eventId": new_id("evt"),
            "type": "operator.access",
            "severity": "info",
            "principalId": who.principal_id,
            "reason": "checking an audit log",
            "operation": "check",
            "resource": "audit log",
            "target": who.tenant_id,
            "at": rfc3339(now),
            "ttl": TERMS["SECURITY"].expiry(now),
        }
        self.security().record(event, now.date())

    def _tell(self, who: Owner, broken: Broken) -> None:
        """Operators learn of it four ways: a metric with an alarm, the log, a security event, and an incident."""
        found, now, event_id = broken.found, self.clock.now(), new_id("evt")
        count("AuditVerificationFailed", kind=found.kind.value)
        logger().error("audit chain broken", tenant_id=who.tenant_id, entry=found.seq, kind=found.kind.value)
        event = {
            "eventId": event_id,
            "type": EVENT,
            "severity": "critical",
            "tenantId": who.tenant_id,
            "principalId": who.principal_id,
            "operation": found.kind.value,
            "resource": f"audit entry {found.seq}",
            "reason": found.why,
            "at": rfc3339(now),
            "ttl": TERMS["SECURITY"].expiry(now),
        }
        self.security().record(event, now.date())
        told = {"entry": found.seq, "kind": found.kind.value, "reason": found.why}
        self.report(Fact(Kind.AUDIT_FAILURE, f"tenant:{who.tenant_id}", event_id, now, _title(who, found), detail=told))


def _title(who: Owner, found: Break) -> str:
    return f"The audit chain of {who.tenant_id} does not hold from entry {found.seq} on ({found.kind.value})."
