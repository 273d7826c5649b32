"""The envelope of a suite, and the points of the curve that it is measured at."""

import json
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from governance.guardrails import ToolFact
from governance.policy.cedar import Compiled, compile_envelope
from governance.policy.envelope import Envelope, Tainted
from governance.policy.tools import ToolFacts

ENVELOPES: Final = Path(__file__).parent / "envelopes"
TIERS: Final = (0, 1, 2, 3)
"""Of autonomy; 4 and 5 ask no less than 3."""
_BOUNDS: Final = ("constraints", "unattended")


class Point(NamedTuple):
    """What is turned: side effects once tainted, autonomy tier, and whether arguments and hosts are bounded."""

    tainted: Tainted
    tier: int
    bounded: bool


POINTS: Final = tuple(Point(*chosen) for chosen in product(Tainted, TIERS, (True, False)))
CHOSEN: Final = Point(Tainted.ASK, 2, bounded=True)
"""The one that counts, said before measuring: what the preset `balanced` has, with the suite's constraints."""


@dataclass(frozen=True)
class SuitePolicy:
    """Registry facts of a suite's tools, and its envelope as it was written."""

    entries: dict[str, dict[str, Any]]
    envelope: dict[str, Any]

    @classmethod
    def of(cls, document: dict[str, Any]) -> "SuitePolicy":
        """From `envelopes/<suite>.json`."""
        return cls({entry["name"]: entry for entry in document["tools"]}, document["envelope"])

    def at(self, point: Point, provenance: dict[str, Any] | None = None) -> Compiled:
        """The envelope at a point, compiled; with `provenance` in the grants of all that has side effects."""
        chosen = {"autonomyTier": point.tier, "sideEffectsWhenTainted": point.tainted.value}
        envelope = {**(self.envelope if point.bounded else self._unbounded()), **chosen}
        if provenance is not None:
            envelope["tools"] = [self._exempting(grant, provenance) for grant in envelope["tools"]]
        facts = [ToolFacts.parse(entry) for entry in self.entries.values()]
        return compile_envelope(Envelope.parse(envelope), facts)

    def _exempting(self, grant: dict[str, Any], provenance: dict[str, Any]) -> dict[str, Any]:
        effects = self.entries[grant["name"]]["sideEffects"]
        return {**grant, "provenance": provenance} if effects else grant

    def _unbounded(self) -> dict[str, Any]:
        grants = [{key: grant[key] for key in grant if key not in _BOUNDS} for grant in self.envelope["tools"]]
        return {**self.envelope, "tools": grants, "egress": ["*"]}

    def fact(self, tool: str) -> ToolFact:
        """What taint needs to know of a tool."""
        entry = self.entries[tool]
        return ToolFact(tool, entry["trusted"], entry["sideEffects"])

    def hosts(self, tool: str, arguments: dict[str, Any]) -> tuple[str, ...]:
        """The host that a call reaches, where the entry names the argument with its URL."""
        pointer = self.entries[tool].get("host")
        return (host_of(str(arguments.get(pointer[1:], ""))),) if pointer else ()


def host_of(url: str) -> str:
    """The host in lower case and without its port, with or without a scheme before it."""
    return urlsplit(url if "://" in url else f"//{url}").hostname or ""


def load(suite: str) -> SuitePolicy:
    """A suite's policy from its file."""
    return SuitePolicy.of(json.loads((ENVELOPES / f"{suite}.json").read_text(encoding="utf-8")))
