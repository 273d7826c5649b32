"""Guardrails on a run as a whole: on what its caller sends in, and on all that its agent answers.

What the agent asks for meanwhile is guarded where it asks (`enforcement.guarding`). The detectors are loaded when
something is first looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from governance.guardrails.classes import Action
from platform_kit.errors import DependencyUnavailable, FieldError, Unprocessable
from platform_kit.observability import count, logger
from run_lifecycle.expiring_cache import ExpiringCache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from governance.guardrails import Fault, Finding, GuardrailPolicy
    from governance.policy.envelope import Guardrails
    from run_lifecycle.store import TenantStore

HASHING: Final = b"guardrails"
"""What the tenant's secret for hashing findings is derived for."""
BLOCKED: Final = "GUARDRAIL_BLOCKED"
EVENT: Final = "guardrails"
"""The lifecycle event of a run of which something was masked or blocked. The platform alone writes it."""
STOPPED: Final = "The agent's answer does not pass the guardrails."
CACHE_SECONDS: Final = 10.0

Manifest = Callable[[str, str], Mapping[str, Any]]
"""The manifest of an agent's version."""


class BlockedByGuardrails(Unprocessable):
    """What was sent in, or what the agent answered, does not pass the guardrails that the tenant has in force."""

    code, title = BLOCKED, "Blocked by guardrails"

    def __init__(self, detail: str, classes: Sequence[str] = (), **more: Any) -> None:
        super().__init__(detail, **more)
        self.classes = tuple(classes)


@dataclass(frozen=True)
class Guarded:
    """What passes, what was found in it, and how many of the findings something was done about."""

    value: Any
    findings: tuple[Finding, ...] = ()
    acted: int = 0

    def told(self) -> dict[str, Any]:
        """What the event log keeps: how many of which class, never the text. Empty when nothing was found."""
        return told(counted(self.findings), self.acted)


def counted(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings of which class."""
    found: dict[str, int] = {}
    for finding in findings:
        found[finding.kind.value] = found.get(finding.kind.value, 0) + 1
    return found


def told(found: Mapping[str, int], acted: int) -> dict[str, Any]:
    """Findings as events name them; empty when there are none."""
    return {"guardrails": {"found": dict(found), "changed": acted}} if found else {}


def policy_from(chosen: Guardrails, hash_key: Callable[[], bytes]) -> GuardrailPolicy:
    """What an envelope says, to be carried out; where no key is there to hash with, it is masked instead."""
    from governance.guardrails.actions import REGIONS
    from governance.guardrails.policy import GuardrailPolicy

    key = hash_key() if Action.HASH in chosen.actions.values() else b""
    actions = {
        found: Action.MASK if action is Action.HASH and not key else action for found, action in chosen.actions.items()
    }
    return GuardrailPolicy(actions, chosen.regions or REGIONS, key)


class GuardrailsInForce:
    """The guardrails of a tenant's agents: the version's preset, tightened by the tenant's policies.

    Kept for ten seconds, so that a warm run reads nothing for them. What fails is not kept, and lets nothing run.
    """

    def __init__(self, manifest: Manifest, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._manifest = manifest
        self._kept: ExpiringCache[GuardrailPolicy] = ExpiringCache(CACHE_SECONDS, monotonic)

    def of(self, store: TenantStore, agent: str, version_id: str) -> GuardrailPolicy:
        """What is in force; DependencyUnavailable when it cannot be read, or makes no sense."""
        key = (store.context.tenant_id, agent, version_id)
        return self._kept.get(key, lambda: self._read(store, agent, version_id))

    def _read(self, store: TenantStore, agent: str, version_id: str) -> GuardrailPolicy:
        from governance.policy.effective import base_of, narrowed
        from governance.policy.envelope import Override

        try:
            bound = store.policies.in_force(agent)
            base = base_of(self._manifest(agent, version_id))
            envelope = narrowed(base, [Override.parse(item["override"]) for item in bound])
            return policy_from(envelope.guardrails, store.hash_key)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the policy is not known
            reason = "store" if isinstance(failure, DependencyUnavailable) else "record"
            count("PolicyUnavailable", reason=reason)
            logger().error("guardrails unavailable", tenant_id=store.context.tenant_id, agent=agent, exc_info=failure)
            raise DependencyUnavailable(
                "Which guardrails are in force cannot be told at the moment, so nothing runs. Try again.", retry_after=5
            ) from None


def incoming(document: Mapping[str, Any], policy: GuardrailPolicy) -> Guarded:
    """What a caller sends to an agent, as the agent may have it. BlockedByGuardrails when it may not have it."""
    from governance.guardrails import scan_json

    scan = scan_json(dict(document), policy)
    if not scan.blocked:
        return Guarded(scan.value, scan.findings, _acted(scan.findings))
    note_blocked("input", scan.fault)
    stopped = [finding for finding in scan.findings if finding.action is Action.BLOCK]
    classes = sorted({finding.kind.value for finding in stopped})
    why = ", ".join(classes) or (scan.fault.value if scan.fault else "")
    raise BlockedByGuardrails(f"The input does not pass the guardrails: {why}.", classes, errors=_places(stopped))


def _places(stopped: Sequence[Finding]) -> tuple[FieldError, ...]:
    """Which field of the body holds what; no further, since the names within are the caller's own text."""
    found = dict.fromkeys((finding.path.split("/")[1], finding.kind.value) for finding in stopped)
    return tuple(FieldError(f"/{field}", f"holds {kind}") for field, kind in found)


def note_blocked(where: str, fault: Fault | None) -> None:
    """Count a text that was stopped; the alarm guardrail-outage counts those where the guardrails themselves failed."""
    count("GuardrailBlocked", where=where, reason=fault.value if fault else "finding")
    if fault is not None:
        count("GuardrailFault", fault=fault.value)


def _acted(findings: Sequence[Finding]) -> int:
    return sum(finding.action is not Action.ALLOW for finding in findings)
