"""Calls of a run that people decide: asked for once, frozen as they were asked, and made once.

The approval of a call is found by the digest of the call, never by an id that an agent names: what was granted is good
for exactly that call of that run, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol

from data_access_lib.errors import ConditionFailed, TransactionConflict
from data_access_lib.repositories.approvals import ASKED, LABEL, Approvals, Asked
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.events import EventDraft, EventLog
from data_access_lib.transaction import TenantTransaction
from governance.approvals import (
    EXPIRIES,
    MOST_BYTES,
    ApprovalDenied,
    ApprovalExpired,
    ApprovalNeeded,
    ApprovalTooLarge,
    Frozen,
    Kind,
    Requirement,
    Status,
    TooManyApprovals,
    size_of,
    standing,
)
from governance.policy.decision import Decision
from platform_kit.clock import Clock, from_milliseconds, milliseconds, rfc3339
from platform_kit.domains import domain_of
from platform_kit.errors import NotFound
from platform_kit.identity import RunBinding
from platform_kit.ids import new_id
from platform_kit.observability import count, duration_ms

MOST_ASKED: Final = 20
"""Calls of one run that wait for people, or were refused by them."""
EVENT: Final = "approval"
"""The event of an approval in a run's log. The platform alone writes it."""
_ATTEMPTS: Final = 12
_DONE_WITH: Final = frozenset({Status.CONSUMED, Status.VOID})
_MILLISECOND: Final = 1000

Record = Mapping[str, Any]


class Asks(Protocol):
    """A call as far as an approval is concerned; `arguments` are plain JSON."""

    @property
    def tool(self) -> str:
        """Its name in the registry."""
        ...

    @property
    def arguments(self) -> dict[str, Any]:
        """What it is called with."""
        ...


@dataclass(frozen=True)
class RunApprovals:
    """The approvals of one run; `audit` is its tenant's chain, `log` the run's events."""

    binding: RunBinding
    tenant_id: str
    approvals: Approvals
    audit: AuditLog
    log: EventLog
    clock: Clock

    def claim(self, run: Record, action: Asks, decision: Decision, told: Record = MappingProxyType({})) -> str:
        """The id of what was granted for exactly this call, to be used with `consume_in`.

        `told` goes into the run's log with what is asked for.

        ApprovalNeeded when people have to decide yet: asked for by this, unless it was before. ApprovalDenied and
        ApprovalExpired when they refused, or did not in time; TooManyApprovals, ApprovalTooLarge.
        """
        frozen = self._frozen(action)
        for _ in range(_ATTEMPTS):
            asked = self.approvals.asked(self.binding.run_id)
            known = asked.by_digest.get(frozen.digest())
            record = self.approvals.find(known["approvalId"]) if known else None
            if record is not None and (granted := self._settled(record)):
                return granted
            try:
                made = self._ask(run, frozen, decision, asked)
            except ConditionFailed as failure:
                if failure.label not in {ASKED, LABEL}:
                    raise
                continue  # the same run asked for something else meanwhile, or somebody decided
            self._tell(made, told)
            raise _needed(made)
        raise TransactionConflict

    def consume_in(self, transaction: TenantTransaction, approval_id: str) -> None:
        """Add the one use of what was granted; the transaction fails (label `approval`) when it cannot be used."""
        self.approvals.consume_in(transaction, self.look(approval_id))

    def look(self, approval_id: str) -> Record:
        """An approval of this run's, as it stands now; NotFound for any other."""
        record = self.approvals.get(approval_id)
        if record.get("runId") != self.binding.run_id:
            raise NotFound("There is no such approval.")
        return {**record, "status": self._standing(record).value}

    def note_wait(self, record: Record) -> None:
        """Say how long an approval that a run waits for has been waiting: the alarm `approval-backlog` looks at it."""
        waited = self.clock.now() - from_milliseconds(int(record["askedAt"]))
        duration_ms("ApprovalWaiting", waited.total_seconds() * _MILLISECOND, tenant=self.tenant_id)

    def _settled(self, record: Record) -> str | None:
        """The id of what was granted; None where the call may be asked for anew."""
        approval_id = str(record["approvalId"])
        match self._standing(record):
            case Status.APPROVED:
                return approval_id
            case Status.PENDING:
                raise _needed(record)
            case Status.DENIED:
                raise ApprovalDenied(approval_id)
            case Status.EXPIRED:
                raise ApprovalExpired(approval_id)
        return None

    def _standing(self, record: Record) -> Status:
        found = standing(record["status"], from_milliseconds(int(record["expiresAt"])), self.clock.now())
        if found is Status.EXPIRED and record["status"] != found.value and self.approvals.expire(record):
            count("ApprovalExpired", tenant=self.tenant_id)
        return found

    def _ask(self, run: Record, frozen: Frozen, decision: Decision, asked: Asked) -> Record:
        record, others = self._record(run, frozen, decision), self._others(asked)
        void = [other for other in others if other["tool"] == frozen.tool and other["status"] == Status.APPROVED]
        kept = {
            other["digest"]: {"approvalId": other["approvalId"], "tool": other["tool"]}
            for other in others
            if other not in void and Status(other["status"]) not in _DONE_WITH
        }
        if len(kept) >= MOST_ASKED:
            raise TooManyApprovals(f"A run may have {MOST_ASKED} calls waiting for approval, or refused, and no more.")

        def build(transaction: TenantTransaction) -> Record:
            for other in void:
                self.approvals.change_in(transaction, other, {"status": Status.VOID.value})
            entry = {"approvalId": record["approvalId"], "tool": frozen.tool}
            self.approvals.note_in(transaction, self.binding.run_id, asked, {**kept, record["digest"]: entry})
            return self.approvals.create_in(transaction, record, frozen.arguments)

        made, _ = self.audit.commit(_draft(record, [str(other["approvalId"]) for other in void]), build)
        return made

    def _others(self, asked: Asked) -> list[Record]:
        return [*self.approvals.get_many(entry["approvalId"] for entry in asked.by_digest.values())]

    def _record(self, run: Record, frozen: Frozen, decision: Decision) -> Record:
        now = self.clock.now()
        needs = Requirement.for_risk((role.value for role in decision.required_approvals), decision.risk_level)
        return {
            "approvalId": new_id("apr"),
            "kind": frozen.kind.value,
            "runId": self.binding.run_id,
            "agent": self.binding.agent,
            "versionId": self.binding.version_id,
            "tool": frozen.tool,
            "digest": frozen.digest(),
            "risk": decision.risk_level.value,
            "ruleId": decision.rule_id,
            "explanation": decision.explanation,
            "requiredRoles": list(needs.roles),
            "quorum": len(needs.seats),
            "startedBy": str(run["principalId"]),
            "environment": str(run.get("environment") or ""),
            "domain": domain_of(run),
            "createdAt": rfc3339(now),
            "askedAt": milliseconds(now),
            "expiresAt": milliseconds(now + EXPIRIES[frozen.kind]),
        }

    def _frozen(self, action: Asks) -> Frozen:
        if size_of(action.arguments) > MOST_BYTES:
            raise ApprovalTooLarge(f"This call needs approval, for which it may have {MOST_BYTES} bytes of arguments.")
        binding = self.binding
        named = (self.tenant_id, binding.run_id, binding.agent, binding.version_id, action.tool)
        return Frozen(*named, arguments=action.arguments, kind=Kind.TOOL)

    def _tell(self, made: Record, told: Record) -> None:
        """In the run's log too, for who follows it."""
        count("ApprovalRequested", tenant=self.tenant_id)
        shown = {name: made[name] for name in ("approvalId", "tool", "status", "risk", "ruleId", "explanation")}
        until = rfc3339(from_milliseconds(int(made["expiresAt"])))
        draft = EventDraft("tool", EVENT, {**told, **shown, "expiresAt": until})
        self.log.append(self.binding.run_id, [draft], session_id=self.binding.session_id)


def _needed(record: Record) -> ApprovalNeeded:
    until = rfc3339(from_milliseconds(int(record["expiresAt"])))
    roles = " and ".join(record["requiredRoles"])
    return ApprovalNeeded(
        f"NEEDS_APPROVAL ({record['ruleId']}): {record['explanation']} Held as {record['approvalId']} for {roles} to "
        f"decide until {until}. Ask POST /v1/gateway/approvals/{record['approvalId']}, then make the same call again.",
        str(record["approvalId"]),
        riskLevel=record["risk"],
        requiredApprovals=[*record["requiredRoles"]],
        ruleId=record["ruleId"],
        explanation=record["explanation"],
        decision="NEEDS_APPROVAL",
        expiresAt=until,
    )


def _draft(record: Record, void: list[str]) -> AuditDraft:
    shown = ("kind", "runId", "agent", "versionId", "tool", "digest", "risk", "ruleId", "requiredRoles", "quorum")
    detail = {name: record[name] for name in shown} | ({"void": void} if void else {})
    return AuditDraft("approval.requested", str(record["approvalId"]), "held", detail)
