"""The one way an agent's actions take, whichever door they come in by.

`begin` decides and writes the intent; nothing is done before that is durable. `finish` writes how it went. Both move
the run's record and its log in one transaction, on the condition that nobody else has moved them: calls at the same
time, in whichever process, are decided one after the other, each on what the others have used.
"""

import json
import random
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NoReturn

from data_access_lib.conditions import Change
from data_access_lib.errors import ConditionFailed, TransactionConflict
from data_access_lib.repositories import approvals, budgets, pools
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.pools import Amount
from data_access_lib.repositories.records import to_json
from data_access_lib.transaction import TenantTransaction
from enforcement import governing, guarding, metering, open_calls, vouching
from enforcement.actions import Action, Outcome
from enforcement.errors import CallMadeBefore, GuardrailBlocked, PolicyRefused, RunHalted, ToolFailed
from enforcement.metering import tokens_of
from enforcement.open_calls import OpenCall
from enforcement.policies import InForce, Judgement, calls_of
from enforcement.run_desk import RunDesk
from governance import governor, recovery
from governance.approvals import ApprovalDenied, ApprovalExpired, ApprovalNeeded
from governance.governor import Halt, Observation, State, step
from governance.holds import HoldState
from governance.policy.registry import RegisteredTool
from governance.policy.rules import Answer
from governance.policy.tools import Risk
from platform_kit.errors import AgentReadOnly, AmbitError, BudgetExhausted
from platform_kit.observability import count, logger
from run_lifecycle.guarding import Guarded
from run_lifecycle.start import reservation_of, shares_of

Run = Mapping[str, Any]
POLICY_EVENT: Final = "policy"
"""The event of a decision against a call. The gateway alone writes it."""
_ATTEMPTS: Final = 24
_BASE_PAUSE: Final = 0.01
_NOT_LOOKED_AT: Final = Guarded(None)


@dataclass(frozen=True)
class Begun:
    """An action whose intent is written: what was held for it, and the run as it was then.

    `open_as` names its entry in the run's record where another process may finish it (see `open_calls`).
    """

    action: Action
    call_id: str
    run: Run
    risk: Risk
    held: int
    began: float
    open_as: str = ""


@dataclass(frozen=True)
class _Asked:
    """An action on its way, and what guardrails found in its arguments."""

    desk: RunDesk
    in_force: InForce
    action: Action
    guarded: Guarded = _NOT_LOOKED_AT
    open_as: str = ""


@dataclass(frozen=True)
class _Permit:
    """Why a call may be made, and what is set aside for it; `approval_id` is used with it."""

    call_id: str
    judged: Judgement
    held: int
    approval_id: str | None


@dataclass(frozen=True)
class _Write:
    """One event with what it changes of the run, why it halts the run, and what else belongs into the transaction."""

    draft: EventDraft
    change: Change
    halt: Halt | None = None
    also: Callable[[TenantTransaction], object] | None = None


def perform(desk: RunDesk, in_force: InForce, action: Action, act: Callable[[Run, Action], Outcome]) -> Guarded:
    """Carry out an action that does not stream; what the agent may be given. Raises as `begin` and `finish` do.

    An AmbitError of the act itself is raised again once it is written down; any other failure as ToolFailed.
    """
    begun = begin(desk, in_force, action)
    try:
        outcome = act(begun.run, begun.action)
    except AmbitError as failure:
        finish(desk, in_force, begun, _failed(failure.code))
        raise
    except Exception:  # noqa: BLE001 - the log gets its result event whatever happened
        logger().exception("tool failed", tool=action.tool)
        finish(desk, in_force, begun, _failed(ToolFailed.code))
        raise ToolFailed("The tool failed on our side. Try again.") from None
    return finish(desk, in_force, begun, outcome)


def begin(desk: RunDesk, in_force: InForce, action: Action, *, open_as: str = "") -> Begun:
    """Decide, set aside what the action may use, and write the intent.

    With `open_as` the call can be finished by another process (`taken_up`); CallOpen while one of that name is open.

    PolicyRefused, ApprovalNeeded (or another of the approval's errors), GuardrailBlocked, BudgetExhausted, RunHalted,
    RunClosed, AgentReadOnly, CallMadeBefore, PolicyUnavailable: nothing is done then.
    """
    run = desk.running()
    asked = _Asked(desk, in_force, action)
    _check_halted(asked, run)
    _check_read_only(asked, run)
    try:
        allowed, guarded = guarding.arguments(action, guarding.policy_of(desk, in_force))
    except GuardrailBlocked as blocked:
        _refuse(asked, run, governing.refused(action, blocked.code, findings=1), blocked.as_dict())
        raise
    asked = _Asked(desk, in_force, allowed, guarded, open_as)
    _check_made_before(asked, run)
    return _intend(asked, run)


def taken_up(desk: RunDesk, call: OpenCall, run: Run, registration: RegisteredTool) -> Begun:
    """A call that was begun by whatever process, to be finished here. `run` is the record that it was found in."""
    action, began = call.action(registration), call.since(desk.milliseconds())
    return Begun(action, call.call_id, run, call.risk, call.held, began, call.name)


def finish(desk: RunDesk, in_force: InForce, begun: Begun, outcome: Outcome) -> Guarded:
    """Redact the result, settle what was held, complete the intent; what the agent may be given.

    GuardrailBlocked when nothing of it may be; RunHalted when this was the call too many; RunClosed when the run ended
    meanwhile; NoOpenCall when somebody else has finished it.
    """
    try:
        guarded, blocked = guarding.result(outcome, guarding.policy_of(desk, in_force)), None
    except GuardrailBlocked as found:
        guarded, blocked = Guarded(None, acted=1), found
    asked = _Asked(desk, in_force, begun.action, guarded)
    elapsed = round((time.perf_counter() - begun.began) * 1000)
    draft = EventDraft("tool", "result", _told(begun, outcome, guarded, blocked, elapsed))
    seen = _seen(begun, outcome, guarded, elapsed)
    _commit(asked, begun.run, lambda run: _completion(asked, begun, outcome, run, draft, seen))
    count("GatewayToolCall", tool=begun.action.tool, status=str(draft.payload["status"]))
    if blocked is not None:
        raise blocked
    return guarded


def _failed(code: str) -> Outcome:
    return Outcome("failed", told={"code": code}, error=code)


def _check_halted(asked: _Asked, run: Run) -> None:
    """A run that is halted but not ended yet (whoever halted it died) is ended now."""
    halt = governing.state_of(run, asked.in_force).halt
    if halt is not None:
        _halt(asked, run, halt)


def _halt(asked: _Asked, run: Run, halt: Halt) -> NoReturn:
    governing.end(asked.desk, run, halt)
    raise RunHalted(halt)


def _intend(asked: _Asked, run: Run) -> Begun:
    """Decide on the run as it is, and write it down, in one: who was late decides again on what others have used."""
    call_id = secrets.token_hex(8)
    for attempt in range(_ATTEMPTS):
        judged = asked.in_force.decide(asked.desk, run, asked.action)
        approval_id = _approval(asked, run, judged)
        held = metering.estimate(run, asked.action)
        write = _intent(asked, run, _Permit(call_id, judged, held, approval_id))
        try:
            written = _append(asked.desk, run, write)
        except TransactionConflict:
            run = _later(asked, attempt)
        except BudgetExhausted:
            _exhaust(asked, run)
            raise
        else:
            known = {**_applied(run, write.change), "lastSeq": written}
            judged.note()
            action = replace(asked.action, call_id=call_id)
            return Begun(action, call_id, known, _risk(judged), held, time.perf_counter(), asked.open_as)
    raise TransactionConflict


def _approval(asked: _Asked, run: Run, judged: Judgement) -> str | None:
    """The approval that lets the call be made; None where policy does by itself. Raises where nothing does."""
    decision, people = judged.decision, asked.desk.approvals
    if decision.decision is Answer.ALLOW:
        return None
    if decision.decision is not Answer.NEEDS_APPROVAL or people is None:
        _refuse_by_policy(asked, run, judged)
    try:
        return people.claim(run, asked.action, decision, {"arguments": asked.action.told, **judged.told()})
    except ApprovalNeeded:
        judged.note()
        count("GatewayToolCall", tool=asked.action.tool, status="held")
        raise
    except (ApprovalDenied, ApprovalExpired) as refused:
        _refuse(asked, run, governing.refused(asked.action, refused.code), refused.as_dict())
        raise


def _intent(asked: _Asked, run: Run, permit: _Permit) -> _Write:
    action = asked.action
    told = {"callId": permit.call_id, "tool": action.tool, "arguments": action.told}
    told |= {"policy": asked.in_force.told(permit.judged.decision), **permit.judged.told()}
    told |= {"approvalId": permit.approval_id} if permit.approval_id else {}
    more = metering.missing(run, permit.held + metering.price_of_a_call(run))
    counters = {"toolCalls": 1, calls_of(action.tool): 1, metering.HELD: permit.held, "reservedPico": more}
    change = Change(_opened(asked, run, permit), add={name: by for name, by in counters.items() if by})
    told |= metering.told(asked.desk, _applied(run, change))
    also = partial(_also, asked.desk, run, Amount(more, tokens_of(action.estimate), calls=1), permit.approval_id)
    return _Write(EventDraft("tool", "call", {**told, **asked.guarded.told()}), change, also=also)


def _opened(asked: _Asked, run: Run, permit: _Permit) -> dict[str, str]:
    """What lets another process finish the call; nothing when this one will."""
    name, action = asked.open_as, asked.action
    if not name:
        return {}
    open_calls.check_free(run, name)
    now, risk = asked.desk.milliseconds(), _risk(permit.judged)
    return {name: OpenCall(name, permit.call_id, action.tool, action.fingerprint, risk, permit.held, now).stored()}


def _risk(judged: Judgement) -> Risk:
    return judged.decision.risk_level


def _also(desk: RunDesk, run: Run, wanted: Amount, approval_id: str | None, transaction: TenantTransaction) -> None:
    """What else the intent does: money and shares are set aside, and the approval is used."""
    _set_aside(desk, run, wanted, transaction)
    if approval_id and desk.approvals is not None:
        desk.approvals.consume_in(transaction, approval_id)


def _set_aside(desk: RunDesk, run: Run, wanted: Amount, transaction: TenantTransaction) -> None:
    """Of the tenant's month what the run's reservation lacks, and of every shared budget the call and its tokens."""
    if wanted.pico:
        desk.store.budgets.extend(transaction, reservation_of(dict(run)), wanted.pico)
    shares = shares_of(dict(run))
    if shares:
        desk.store.pools.commit_in(transaction, shares, str(run["budgetMonth"]), wanted)


def _exhaust(asked: _Asked, run: Run) -> None:
    """A run whose tenant, or whose shared budget, has no money left for its next call is over: RunHalted."""
    draft = EventDraft("tool", POLICY_EVENT, {"tool": asked.action.tool, "code": BudgetExhausted.code})
    count("GatewayToolCall", tool=asked.action.tool, status="refused")

    def write(now: Run) -> _Write:
        state = governor.exhaust(governing.state_of(now, asked.in_force), metering.estimate(now, asked.action))
        return _stepped(asked, draft, state)

    _commit(asked, run, write)


def _check_read_only(asked: _Asked, run: Run) -> None:
    """What only reads pays no look at the hold. The agent is not at fault: the governor is not told."""
    if not asked.action.registered.facts.side_effects:
        return
    held = asked.desk.store.holds.get(asked.desk.binding.agent).held
    if held is None or held.state is not HoldState.READ_ONLY:
        return
    _refuse(asked, run, None, {"arguments": asked.action.told, "code": AgentReadOnly.code})
    raise AgentReadOnly(
        "The agent is read-only: calls with side effects are refused until an administrator lifts that."
    )


def _check_made_before(asked: _Asked, run: Run) -> None:
    """What an earlier attempt did after its last checkpoint is not done twice. The governor is not told."""
    if not run.get("priorCalls") or not asked.action.registered.facts.side_effects:
        return
    before = recovery.made_before(run["priorCalls"], asked.action.tool, asked.action.told)
    if before is None:
        return
    refused = CallMadeBefore(before)
    _refuse(asked, run, None, {"arguments": asked.action.told, **refused.as_dict()})
    raise refused


def _refuse_by_policy(asked: _Asked, run: Run, judged: Judgement) -> NoReturn:
    """Asking for an approval is no fault of an agent's: the governor is not told."""
    decision = judged.decision
    told = {
        "arguments": asked.action.told,
        **judged.told(),
        "decision": decision.decision.value,
        "ruleId": decision.rule_id,
        "risk": decision.risk_level.value,
        "explanation": decision.explanation,
    }
    judged.note()
    count("PolicyDenied", rule=decision.rule_id)
    asks = decision.decision is Answer.NEEDS_APPROVAL
    _refuse(asked, run, None if asks else governing.refused(asked.action, decision.rule_id), told)
    raise PolicyRefused(decision)


def _refuse(asked: _Asked, run: Run, seen: Observation | None, told: Mapping[str, Any]) -> None:
    """Write a refusal down; RunHalted when it was one too many."""
    count("GatewayToolCall", tool=asked.action.tool, status="refused")
    draft = EventDraft("tool", POLICY_EVENT, {"tool": asked.action.tool, **told})
    _commit(asked, run, lambda now: _governed(asked, now, seen, draft))


def _governed(asked: _Asked, run: Run, seen: Observation | None, draft: EventDraft) -> _Write:
    """An event with the governor's next state."""
    state = governing.state_of(run, asked.in_force)
    if seen is not None:
        state, _ = step(state, seen, asked.desk.milliseconds())
    return _stepped(asked, draft, state)


def _stepped(asked: _Asked, draft: EventDraft, state: State) -> _Write:
    """The event tells what the governor measured; the record keeps its state."""
    told = _telling(draft, governing.told(state, asked.desk.milliseconds()))
    return _Write(told, Change(set_={governing.GOVERNOR: to_json(state.as_dict())}), state.halt)


def _completion(
    asked: _Asked, begun: Begun, outcome: Outcome, run: Run, draft: EventDraft, seen: Observation
) -> _Write:
    if begun.open_as:
        open_calls.check_open(run, begun.open_as, begun.call_id)
    write = _governed(asked, run, seen, draft)
    taint = guarding.tainted(run, begun.action, asked.guarded.findings)
    added = {
        metering.HELD: -begun.held,
        "inputTokens": outcome.usage.input_tokens,
        "outputTokens": outcome.usage.output_tokens,
        "pricedPico": metering.used(run, outcome),
    }
    marked = {guarding.TAINT: to_json(taint.as_dict())} if taint.marked else _vouched(asked, outcome, run)
    gone = (begun.open_as,) if begun.open_as else ()
    change = Change({**write.change.set_, **marked}, {name: by for name, by in added.items() if by}, gone)
    also = partial(_give_back, asked.desk, run, tokens_of(outcome.usage) - tokens_of(begun.action.estimate))
    money = {"pricePico": seen.cost, **metering.told(asked.desk, _applied(run, change))}
    return replace(write, draft=_telling(write.draft, money), change=change, also=also)


def _telling(draft: EventDraft, more: Mapping[str, Any]) -> EventDraft:
    return replace(draft, payload={**draft.payload, **more})


def _vouched(asked: _Asked, outcome: Outcome, run: Run) -> dict[str, str]:
    """What an untainted run's trusted answer lets its arguments be, where any grant asks for that."""
    if not asked.in_force.asks_provenance or not vouching.may_vouch(asked.action, outcome):
        return {}
    digests = vouching.after(asked.desk, run, asked.guarded.value)
    return {} if digests is None else {vouching.VOUCHED: to_json(digests)}


def _give_back(desk: RunDesk, run: Run, tokens: int, transaction: TenantTransaction) -> None:
    """Put right, in every shared budget, the tokens that were set aside."""
    shares = shares_of(dict(run))
    if shares:
        desk.store.pools.settle_in(transaction, shares, str(run["budgetMonth"]), Amount(tokens=tokens))


def _told(
    begun: Begun, outcome: Outcome, guarded: Guarded, blocked: GuardrailBlocked | None, elapsed: int
) -> dict[str, Any]:
    about = {"callId": begun.call_id, "tool": begun.action.tool, "durationMs": elapsed}
    if blocked is not None:
        return {**about, "status": "blocked", **blocked.as_dict()}
    return {**about, "status": outcome.status, **outcome.told, **guarded.told()}


def _seen(begun: Begun, outcome: Outcome, guarded: Guarded, elapsed: int) -> Observation:
    tokens = tokens_of(outcome.usage)
    pico = metering.price_of_a_call(begun.run) + metering.used(begun.run, outcome)
    cost = governing.Cost(pico, tokens, elapsed, guarded.acted)
    return governing.observed(begun.action, outcome, governing.risk_of(begun.risk), cost)


def _commit(asked: _Asked, run: Run, write: Callable[[Run], _Write]) -> None:
    """Write what depends on the run as it is, once it can be; RunHalted when that halts the run."""
    for attempt in range(_ATTEMPTS):
        wanted = write(run)
        try:
            written = _append(asked.desk, run, wanted)
        except TransactionConflict:
            _pause(attempt)
            run = asked.desk.running()
        else:
            if wanted.halt is not None:
                _halt(asked, {**_applied(run, wanted.change), "lastSeq": written}, wanted.halt)
            return
    raise TransactionConflict


def _append(desk: RunDesk, run: Run, write: _Write) -> int:
    """The number of the event that was written. TransactionConflict when somebody was faster, BudgetExhausted."""
    binding = desk.binding
    try:
        written = desk.runs.log.append(
            binding.run_id,
            [write.draft],
            session_id=binding.session_id,
            known=int(run["lastSeq"]),
            change=write.change,
            also=write.also,
            attempts=1,
        )
    except ConditionFailed as failure:
        if failure.label == approvals.LABEL:  # used by another call in this moment: decide again, without it
            raise TransactionConflict from None
        if failure.label not in {budgets.LABEL, pools.LABEL}:
            raise
        count("BudgetRefused", tenant=desk.tenant.tenant_id)
        what = "A shared budget" if failure.label == pools.LABEL else "The budget"
        raise desk.store.budgets.exhausted(what) from None
    return written.last_seq


def _applied(run: Run, change: Change) -> dict[str, Any]:
    """The run as the change leaves it, so that who wrote last need not read."""
    opened = {name: value for name, value in change.set_.items() if name.startswith(open_calls.PREFIX)}
    documents = {name: json.loads(str(value)) for name, value in change.set_.items() if name not in opened} | opened
    return {**run, **documents, **{name: int(run.get(name) or 0) + by for name, by in change.add.items()}}


def _later(asked: _Asked, attempt: int) -> Run:
    _pause(attempt)
    run = asked.desk.running()
    _check_halted(asked, run)
    return run


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, _BASE_PAUSE * 2 ** min(attempt, 6)))  # noqa: S311 - jitter, not a secret
