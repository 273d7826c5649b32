"""How much harm a version could do: that of the riskiest tool its manifest asks for."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from governance.policy.tools import Risk

_GRAVE: Final = (Risk.HIGH, Risk.CRITICAL)


def risk_of(manifest: Mapping[str, Any], known: Callable[[str], Risk | None]) -> Risk:
    """The highest risk of its tools. A tool that nobody knows (`known` says None) counts as critical: it may come."""
    found = (known(str(tool)) or Risk.CRITICAL for tool in manifest.get("tools") or ())
    return max(found, key=lambda risk: risk.rank, default=Risk.LOW)


def is_grave(risk: Risk) -> bool:
    """Whether people have to look at a version of this risk before tenants run it."""
    return risk in _GRAVE
