"""People look at what is held and decide; every decision stands in the tenant's audit chain, in one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, RunClosed, StaleVersion, TransactionConflict
from data_access_lib.once import once
from data_access_lib.repositories.api_keys import ApiKeys
from data_access_lib.repositories.approvals import LABEL, Approvals
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.aws_callers import AwsCallers
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.runs import STILL_OPEN, Runs
from data_access_lib.transaction import TenantTransaction
from governance.approvals import (
    AlreadyDecided,
    ApprovalOver,
    Choice,
    Requirement,
    Status,
    Vote,
    barred,
    shown,
    standing,
)
from governance.run_state import RunStatus
from lambdas.approvals.models import ApprovalPage, ApprovalReply, ApprovalSummary, Decide, DecidedReply
from platform_kit.clock import Clock, from_milliseconds, milliseconds, rfc3339
from platform_kit.errors import AmbitError, Forbidden, NotFound
from platform_kit.identity import Identity
from platform_kit.observability import count, duration_ms, logger
from run_lifecycle.callbacks import TaskCallbacks, TaskGone

_DECIDE: Final = "POST /v1/approvals/{id}/decision"
_LIST: Final = "GET /v1/approvals"
_EVENT: Final = "approval"
_ATTEMPTS: Final = 12
_DECIDED: Final = frozenset({Status.APPROVED, Status.DENIED, Status.CONSUMED})
_SIMPLE: Final = ("approvalId", "kind", "risk", "agent", "versionId", "runId", "tool", "digest", "ruleId")
_ALSO: Final = ("explanation", "requiredRoles", "quorum", "startedBy", "createdAt", "decidedAt")

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Chamber:
    """What one principal of a tenant works with."""

    approvals: Approvals
    runs: Runs
    keys: ApiKeys
    callers: AwsCallers
    audit: AuditLog
    answers: Idempotency


@dataclass(frozen=True)
class ApprovalService:
    """`chamber` opens the caller's tenant with credentials for that tenant alone; `tasks` wakes runs that wait."""

    chamber: Callable[[Identity], Chamber]
    cursors: CursorCodec
    clock: Clock
    tasks: Callable[[], TaskCallbacks]

    def list(self, who: Identity, *, limit: int, cursor: str | None, status: str | None = None) -> ApprovalPage:
        """What is held, newest first; InvalidCursor for a cursor that is not of this list."""
        named = f"{_LIST}?status={status or ''}"
        after = self.cursors.decode(who.tenant(), named, cursor)["after"] if cursor else None
        page = self.chamber(who).approvals.list(limit=limit, after=after, status=status)
        following = self.cursors.encode(who.tenant(), named, {"after": page.next_id}) if page.next_id else None
        items = [ApprovalSummary.model_validate(self._shown(item)) for item in page.items if _concerns(who, item)]
        return ApprovalPage(items=items, next_cursor=following)

    def get(self, who: Identity, approval_id: str) -> ApprovalReply:
        """What is held with its frozen arguments; NotFound when there is none."""
        chamber = self.chamber(who)
        record = self._known(chamber, who, approval_id)
        frozen = chamber.approvals.arguments(approval_id)
        told = {"arguments": frozen, "argumentsText": shown(frozen), "mayDecide": self._may(chamber, who, record)}
        return ApprovalReply.model_validate({**self._shown(record), **_votes(record), **told})

    def decide(
        self, who: Identity, approval_id: str, wanted: Decide, *, seen: int | None, key: str | None, body: bytes
    ) -> tuple[DecidedReply, bool]:
        """Add the caller's decision; True beside the answer to a repeated request.

        SelfApproval, Forbidden for another role; StaleVersion when something else was looked at; AlreadyDecided and
        ApprovalOver when there is nothing to decide. The same decision again changes nothing.
        """
        chamber = self.chamber(who)
        route = _DECIDE.replace("{id}", approval_id)
        outcome = once(
            chamber.answers, route, key, body, lambda: self._decide(chamber, who, approval_id, wanted, seen=seen)
        )
        return DecidedReply.model_validate(outcome.response), outcome.replayed

    def _decide(
        self, chamber: Chamber, who: Identity, approval_id: str, wanted: Decide, *, seen: int | None
    ) -> dict[str, Any]:
        for _ in range(_ATTEMPTS):
            record = self._known(chamber, who, approval_id)
            _as_seen(record, wanted, seen)
            role = self._admit(chamber, who, record)
            if not self._open(record, who, wanted):
                return self._answer(record)
            try:
                return self._answer(self._write(chamber, who, record, wanted, role))
            except ConditionFailed as failure:
                self._raise_unless_late(chamber, record, failure)
        raise TransactionConflict

    def _admit(self, chamber: Chamber, who: Identity, record: Item) -> str:
        """The role that the caller decides with."""
        if who.credential != "jwt":
            raise Forbidden("People only.")
        barred(who.principal_id, _interested(chamber, str(record["startedBy"])))
        return _needs(record).role_of(who.roles)

    def _may(self, chamber: Chamber, who: Identity, record: Item) -> bool:
        if self._standing(record) is not Status.PENDING or _vote_of(record, who):
            return False
        try:
            self._admit(chamber, who, record)
        except Forbidden:
            return False
        return True

    def _open(self, record: Item, who: Identity, wanted: Decide) -> bool:
        """Whether the decision is still to be written; False when the caller has said the same before."""
        found, before = self._standing(record), _vote_of(record, who)
        if before is not None and before["choice"] == wanted.decision:
            return False
        if found in _DECIDED:
            raise AlreadyDecided(f"It is {found.value}; that stands.")
        if found is not Status.PENDING:
            raise ApprovalOver(f"It is {found.value}: there is nothing to decide any more.")
        return True

    def _write(self, chamber: Chamber, who: Identity, record: Item, wanted: Decide, role: str) -> Item:
        now = rfc3339(self.clock.now())
        vote = Vote(who.principal_id, role, Choice(wanted.decision), wanted.reason, now)
        # Whoever approved and now denies has said one thing: the last.
        votes = [*(one for one in _votes_of(record) if one.principal_id != who.principal_id), vote]
        status = _needs(record).outcome(votes)
        fields = {"votes": [_stored(one) for one in votes], "status": status.value}
        fields |= {} if status is Status.PENDING else {"decidedAt": now}

        def build(transaction: TenantTransaction) -> Item:
            if record.get("runId"):
                chamber.runs.check_open_in(transaction, str(record["runId"]))
            return chamber.approvals.change_in(transaction, record, fields)

        made, _ = chamber.audit.commit(_draft(record, wanted, role, status), build)
        self._tell(chamber, made)
        return made

    def _tell(self, chamber: Chamber, made: Item) -> None:
        """In the metrics and, once there is an outcome, in the log of the run that waits."""
        status = str(made["status"])
        count("ApprovalDecided", kind=str(made["kind"]), status=status)
        if status == Status.PENDING or not made.get("runId"):
            return
        waited = milliseconds(self.clock.now()) - int(made["askedAt"])
        duration_ms("ApprovalDecidedAfter", waited, kind=str(made["kind"]))
        told = {name: made[name] for name in ("approvalId", "tool", "status")}
        try:
            chamber.runs.log.append(str(made["runId"]), [EventDraft("tool", _EVENT, told)])
            self._wake(chamber, made)
        except (RunClosed, NotFound):
            return  # it ended in this moment: nobody follows its log any more

    def _wake(self, chamber: Chamber, made: Item) -> None:
        """Let the workflow of an asynchronous run go on that waits for this. What fails here, the reaper makes up."""
        run = chamber.runs.get(str(made["runId"]), consistent=True)
        if run["status"] != RunStatus.AWAITING_APPROVAL or run.get("pendingApproval") != made["approvalId"]:
            return
        try:
            self.tasks().succeed(str(run["taskToken"]), "{}")
        except (TaskGone, AmbitError):
            count("ApprovalWakeFailed")
            logger().warning("a run that waits for a decision could not be told of it", run_id=run["runId"])

    def _raise_unless_late(self, chamber: Chamber, record: Item, failure: ConditionFailed) -> None:
        """Pass on what is no race of two people; what a run that has ended asked for is void."""
        if failure.label == LABEL:
            return
        if failure.label != STILL_OPEN:
            raise failure
        if chamber.approvals.void(record):
            raise ApprovalOver("The run that asked has ended: there is nothing to decide any more.") from None

    def _known(self, chamber: Chamber, who: Identity, approval_id: str) -> Item:
        record = chamber.approvals.get(approval_id)
        if not _concerns(who, record):
            raise NotFound("There is no such approval.")
        return record

    def _standing(self, record: Item) -> Status:
        return standing(record["status"], from_milliseconds(int(record["expiresAt"])), self.clock.now())

    def _shown(self, record: Item) -> dict[str, Any]:
        plain = {name: record[name] for name in (*_SIMPLE, *_ALSO) if record.get(name) is not None}
        given = sum(vote.choice is Choice.APPROVE for vote in _votes_of(record))
        told = {
            "version": int(record["etag"]),
            "expiresAt": rfc3339(from_milliseconds(int(record["expiresAt"]))),
            "approvals": given,
        }
        return {**plain, **told, "status": self._standing(record).value}

    def _answer(self, record: Item) -> dict[str, Any]:
        reply = DecidedReply.model_validate({**self._shown(record), **_votes(record)})
        return reply.model_dump(mode="json", by_alias=True, exclude_none=True)


def _concerns(who: Identity, record: Item) -> bool:
    """Whether it is a caller's business: a machine sees what its credential is for, people see all."""
    return who.sees(str(record["agent"]), str(record.get("environment") or ""), str(record.get("domain") or ""))


def _interested(chamber: Chamber, started_by: str) -> Iterator[str]:
    """For whom the run runs: who started it and, where a machine did, who made its credential."""
    yield started_by
    kind, _, owner_id = started_by.partition(":")
    record: Item | None = None
    if kind == "key":
        record = chamber.keys.find(owner_id)
    elif kind == "aws":
        record = chamber.callers.find(owner_id)
    if record is not None and record.get("createdBy"):
        yield str(record["createdBy"])


def _as_seen(record: Item, wanted: Decide, seen: int | None) -> None:
    """StaleVersion when the caller has looked at another version, or at other arguments."""
    if seen is not None and seen != int(record["etag"]):
        raise StaleVersion
    if wanted.digest is not None and wanted.digest != record["digest"]:
        raise StaleVersion


def _needs(record: Item) -> Requirement:
    return Requirement(tuple(record["requiredRoles"]), int(record["quorum"]))


def _votes_of(record: Item) -> Sequence[Vote]:
    names = ("principalId", "role", "choice", "reason", "at")
    found = ([str(one[name]) for name in names] for one in record.get("votes") or ())
    return [Vote(principal, role, Choice(choice), reason, at) for principal, role, choice, reason, at in found]


def _vote_of(record: Item, who: Identity) -> Item | None:
    return next((one for one in record.get("votes") or () if one["principalId"] == who.principal_id), None)


def _stored(vote: Vote) -> dict[str, str]:
    return {
        "principalId": vote.principal_id,
        "role": vote.role,
        "choice": vote.choice.value,
        "reason": vote.reason,
        "at": vote.at,
    }


def _votes(record: Item) -> dict[str, Any]:
    return {"votes": [{**_stored(one), "decision": one.choice.value} for one in _votes_of(record)]}


def _draft(record: Item, wanted: Decide, role: str, status: Status) -> AuditDraft:
    said = {"choice": wanted.decision, "reason": wanted.reason, "role": role, "status": status.value}
    about = {name: record[name] for name in ("kind", "runId", "agent", "tool", "digest", "startedBy") if name in record}
    decision = {Choice.APPROVE: "approved", Choice.DENY: "denied"}[Choice(wanted.decision)]
    return AuditDraft("approval.decided", str(record["approvalId"]), decision, {**about, **said})
