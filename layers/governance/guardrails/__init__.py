"""Guardrails: personal data, secrets and signs of injection in texts, JSON and streams.

    scan(text, policy) -> Scan            scan_json(value, policy) -> JsonScan
    StreamGuard(policy): feed(chunk) -> safe text, finish() -> the rest

`GuardrailPolicy` says what is done with each `DataClass` (mask, hash, block, allow); `read_policy` reads a tenant's. A
`Finding` has class, action and positions, never the text. Nothing here raises: what fails, or is too large to scan, is
blocked. `Taint` marks a run that has read what nobody vouches for. See docs/guardrails.md and ADR 0052.
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from governance.guardrails.classes import Action, DataClass
    from governance.guardrails.documents import JsonScan, scan_json
    from governance.guardrails.policy import GuardrailPolicy, read_policy
    from governance.guardrails.scanning import Fault, Finding, Scan, scan
    from governance.guardrails.streaming import StreamGuard
    from governance.guardrails.taint import Taint, ToolFact, read_taint

_ROOMS: Final = {
    "Action": "governance.guardrails.classes",
    "DataClass": "governance.guardrails.classes",
    "JsonScan": "governance.guardrails.documents",
    "scan_json": "governance.guardrails.documents",
    "GuardrailPolicy": "governance.guardrails.policy",
    "read_policy": "governance.guardrails.policy",
    "Fault": "governance.guardrails.scanning",
    "Finding": "governance.guardrails.scanning",
    "Scan": "governance.guardrails.scanning",
    "scan": "governance.guardrails.scanning",
    "StreamGuard": "governance.guardrails.streaming",
    "Taint": "governance.guardrails.taint",
    "ToolFact": "governance.guardrails.taint",
    "read_taint": "governance.guardrails.taint",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for: who only edits policies does without the detectors and their libraries (PEP 562)."""
    if name not in _ROOMS:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(_ROOMS[name]), name)


__all__ = [
    "Action",
    "DataClass",
    "Fault",
    "Finding",
    "GuardrailPolicy",
    "JsonScan",
    "Scan",
    "StreamGuard",
    "Taint",
    "ToolFact",
    "read_policy",
    "read_taint",
    "scan",
    "scan_json",
]
