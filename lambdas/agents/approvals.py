"""Approvals of promotions: asked for by one operator, decided by others, used once by the promotion itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.errors import ConditionFailed
from data_access_lib.once import once
from data_access_lib.repositories import promotion_approvals
from data_access_lib.repositories.audit import AuditDraft
from governance.approvals import AlreadyDecided, ApprovalOver, Status
from governance.promotion_votes import EXPIRY, Place, barred, digest_of, outcome, quorum_of, stands
from governance.versions import VersionStatus, allowed_from
from lambdas.agents.desk import Desk
from lambdas.agents.gate_models import (
    DecideApproval,
    PromotionApprovalList,
    PromotionApprovalReply,
    RequestApproval,
)
from lambdas.agents.judges import risk_at
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count

_TOLD: Final = ("approvalId", "contentHash", "digest", "place", "quorum")
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Approvals:
    """`desk` opens the registry for an operator; what is asked and decided is in the platform's audit chain."""

    desk: Callable[[Identity], Desk]
    clock: Clock

    def request(
        self, who: Identity, version_id: str, wanted: RequestApproval, *, key: str | None, body: bytes
    ) -> tuple[PromotionApprovalReply, bool]:
        """Ask others to approve a version; True beside the answer to a repeated request.

        Conflict for a version that cannot be approved from where it is, or whose promotion needs no approval.
        """
        desk = self.desk(who)

        def make() -> dict[str, Any]:
            made = self._request(desk, who, version_id, wanted)
            return made.model_dump(mode="json", by_alias=True, exclude_none=True)

        answered = once(desk.answers, f"POST /v1/versions/{version_id}/approvals", key, body, make)
        return PromotionApprovalReply.model_validate(answered.response), answered.replayed

    def list(self, who: Identity, version_id: str) -> PromotionApprovalList:
        """What was asked for a version, newest first; NotFound when there is no such version."""
        desk = self.desk(who)
        version = desk.versions.by_id(version_id)
        records = desk.approvals.of(version_id)
        quorum = quorum_of(risk_at(desk, version)) if records else 0
        return PromotionApprovalList(items=[self._shown(one, version, quorum) for one in records])

    def decide(
        self, who: Identity, version_id: str, approval_id: str, wanted: DecideApproval
    ) -> PromotionApprovalReply:
        """Say yes or no, once each. OwnPromotion, AlreadyDecided; ApprovalOver when it expired or became void."""
        desk = self.desk(who)
        version, record = desk.versions.by_id(version_id), desk.approvals.get(version_id, approval_id)
        barred(who.principal_id, (str(version["createdBy"]), str(record["requestedBy"])))
        quorum = quorum_of(risk_at(desk, version))
        self._check_open(record, version, quorum, who)
        vote = {
            "principalId": who.principal_id,
            "choice": wanted.decision.value,
            "reason": wanted.reason,
            "at": rfc3339(self.clock.now()),
        }
        votes = [*(record.get("votes") or ()), vote]
        fields = {"votes": votes, "status": outcome(votes, max(quorum, 1)).value}
        told = {name: record[name] for name in _TOLD}
        draft = AuditDraft("version.approval_decided", version_id, detail={**told, **vote, "status": fields["status"]})
        try:
            desk.audit.commit(draft, lambda found: desk.approvals.change_in(found, record, fields))
        except ConditionFailed as failure:
            if failure.label != promotion_approvals.LABEL:
                raise
            raise AlreadyDecided("Somebody else decided at this moment. Look at it again.") from None
        count("PromotionApprovalDecided", decision=wanted.decision.value)
        return self._shown({**record, **fields}, version, quorum)

    def _check_open(self, record: Record, version: Record, quorum: int, who: Identity) -> None:
        now = stands(record, version, quorum, self.clock.now())
        if now in {Status.EXPIRED, Status.VOID, Status.CONSUMED}:
            raise ApprovalOver(f"The approval is {now}: ask for another one.")
        if now is not Status.PENDING:
            raise AlreadyDecided(f"The approval is {now} already.")
        if any(vote["principalId"] == who.principal_id for vote in record.get("votes") or ()):
            raise AlreadyDecided("You have decided already.")

    def _request(self, desk: Desk, who: Identity, version_id: str, wanted: RequestApproval) -> PromotionApprovalReply:
        version, now = desk.versions.by_id(version_id), self.clock.now()
        quorum, place = quorum_of(risk_at(desk, version)), Place.of(as_default=wanted.as_default)
        _check_may_become(desk, version)
        if not quorum:
            raise Conflict("The version's risk is not high: its promotion needs nobody's approval.")
        record = {
            "approvalId": new_id("pra"),
            "versionId": version_id,
            "agent": version["agent"],
            "contentHash": version["contentHash"],
            "place": place.value,
            "digest": digest_of(version, place),
            "quorum": quorum,
            "status": Status.PENDING.value,
            "votes": [],
            "reason": wanted.reason,
            "requestedBy": who.principal_id,
            "createdAt": rfc3339(now),
            "expiresAt": rfc3339(now + EXPIRY),
        }
        told = {name: record[name] for name in (*_TOLD, "reason")}
        draft = AuditDraft("version.approval_requested", version_id, detail=told)
        desk.audit.commit(draft, lambda found: desk.approvals.add_in(found, record))
        count("PromotionApprovalRequested")
        return self._shown(record, version, quorum)

    def _shown(self, record: Record, version: Record, quorum: int) -> PromotionApprovalReply:
        status = stands(record, version, quorum, self.clock.now())
        return PromotionApprovalReply.model_validate({**record, "status": status})


def _check_may_become(desk: Desk, version: Record) -> None:
    """Conflict for what cannot be approved from where it is; a second version may still become the default."""
    if VersionStatus.APPROVED in allowed_from(str(version["status"])):
        return
    template = desk.templates.get(str(version["agent"]))
    if template.get("secondVersionId") != version["versionId"]:
        raise Conflict(f"A version that is {version['status']} cannot be approved; bring it to candidate first.")
