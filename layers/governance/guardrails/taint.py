"""Taint: whether a run has read what nobody vouches for. Pure; what cannot be read is tainted.

A run is marked by the first result of a tool whose sources are not trusted, and stays marked. Calls with side effects
then need a policy that allows them or an approval: that is the caller's to enforce, by `restricts`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self

from governance.guardrails.classes import DataClass
from governance.guardrails.scanning import Finding

MOST_SOURCES: Final = 8
_MOST_SIGNALS: Final = 10**6
_MOST_NAME: Final = 128


@dataclass(frozen=True, slots=True)
class ToolFact:
    """What the registry says of a tool: if the tenant trusts where its results come from, if it changes things."""

    tool: str
    trusted: bool = False
    side_effects: bool = True


@dataclass(frozen=True, slots=True)
class Taint:
    """`marked` by results of the tools in `sources` (the first eight); `signals` counts signs of injection in them."""

    marked: bool = False
    sources: tuple[str, ...] = ()
    signals: int = 0

    def after(self, fact: ToolFact, findings: Iterable[Finding] = ()) -> Self:
        """The taint after a result of this tool with these findings. Nothing takes a mark away."""
        signals = sum(finding.kind is DataClass.INJECTION for finding in findings)
        if fact.trusted is True and not signals:
            return self
        return replace(
            self,
            marked=True,
            sources=tuple(dict.fromkeys((*self.sources, fact.tool[:_MOST_NAME])))[:MOST_SOURCES],
            signals=min(self.signals + signals, _MOST_SIGNALS),
        )

    def restricts(self, fact: ToolFact) -> bool:
        """Whether a call of this tool needs more than a grant: the run is marked and the tool changes things."""
        return self.marked and fact.side_effects is not False

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, for the run's record."""
        return {**asdict(self), "sources": list(self.sources)}


def read_taint(value: object) -> Taint:
    """The taint that `as_dict` wrote, or nothing (None) for a run that has read nothing; marked for anything else."""
    if value is None:
        return Taint()
    if not isinstance(value, Mapping) or not _sound(value):
        return Taint(marked=True)
    return Taint(value["marked"], tuple(value["sources"]), value["signals"])


def _sound(value: Mapping[str, Any]) -> bool:
    if value.keys() != {"marked", "sources", "signals"} or not isinstance(value["marked"], bool):
        return False
    sources, signals = value["sources"], value["signals"]
    named = isinstance(sources, list | tuple) and len(sources) <= MOST_SOURCES
    counted = type(signals) is int and 0 <= signals <= _MOST_SIGNALS
    return named and counted and all(isinstance(name, str) and len(name) <= _MOST_NAME for name in sources)
