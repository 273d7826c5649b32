"""Guardrails on a call: what its arguments and its result may carry across the boundary."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from enforcement.actions import Action, Outcome
from enforcement.errors import GuardrailBlocked
from enforcement.policies import InForce
from enforcement.run_desk import RunDesk
from governance.guardrails import Action as Done
from governance.guardrails import Finding, GuardrailPolicy, JsonScan, Taint, ToolFact, read_taint, scan_json
from run_lifecycle.answer_guard import scan_output
from run_lifecycle.guarding import Guarded, note_blocked, policy_from

TAINT: Final = "taint"
"""The attribute of a run that says whether it has read what nobody vouches for."""


def policy_of(desk: RunDesk, in_force: InForce) -> GuardrailPolicy:
    """The guardrails that are in force for a run."""
    return policy_from(in_force.compiled.envelope.guardrails, desk.hash_key)


def arguments(action: Action, policy: GuardrailPolicy) -> tuple[Action, Guarded]:
    """The action as it may be carried out. GuardrailBlocked when it may not.

    What leaves the platform leaves as the guardrails rewrite it; what stays with the tenant is only looked at.
    """
    scan = _passed(scan_json(action.arguments if action.scanned is None else action.scanned, policy), "arguments")
    if not (action.hosts or action.leaves):
        return action, Guarded(None, scan.findings)
    return replace(action, arguments=scan.value), Guarded(None, scan.findings, _acted(scan))


def result(outcome: Outcome, policy: GuardrailPolicy) -> Guarded:
    """The result as the agent may have it. GuardrailBlocked when it may not have it.

    The tenant's own data is looked at and, unless a class is blocked, given as it is.
    """
    scan = _passed(scan_json(outcome.result, policy), "result")
    if outcome.own:
        return Guarded(outcome.result, scan.findings)
    return Guarded(scan.value, scan.findings, _acted(scan))


def said(value: Any, policy: GuardrailPolicy, where: str) -> Guarded:
    """What an agent says of its own run, as it may be kept and shown. GuardrailBlocked when it may not be."""
    scan = _passed(scan_output(value, policy), where)
    return Guarded(scan.value, scan.findings, _acted(scan))


def tainted(run: Mapping[str, Any], action: Action, findings: Iterable[Finding]) -> Taint:
    """The run's taint after a result of this tool."""
    registered = action.registered
    fact = ToolFact(action.tool, registered.trusted, registered.facts.side_effects)
    return read_taint(run.get(TAINT)).after(fact, findings)


def _acted(scan: JsonScan) -> int:
    return sum(finding.action is not Done.ALLOW for finding in scan.findings)


def _passed(scan: JsonScan, where: str) -> JsonScan:
    if not scan.blocked:
        return scan
    classes = tuple(sorted({one.kind.value for one in scan.findings if one.action is Done.BLOCK}))
    note_blocked(where, scan.fault)
    raise GuardrailBlocked(where, classes, scan.fault.value if scan.fault else "")
