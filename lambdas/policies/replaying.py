"""What an agent's latest runs have asked for: their logs read, within bounds, and decided again."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from data_access_lib.repositories.runs import Runs
from governance.policy.cedar import Compiled
from governance.policy.history import simulate
from governance.policy.replay import Event, Replayed, replayed
from platform_kit.domains import domain_of
from platform_kit.identity import Identity

MOST_RUNS: Final = 100
MOST_CALLS: Final = 1_000
MOST_TOLD: Final = 100
"""Changes that an answer tells; it counts all."""
_PAGE: Final = 100
_MOST_PAGES: Final = 20
"""Pages of the tenant's runs that are looked through for the agent's."""
_EVENTS: Final = 500
_MOST_EVENTS: Final = 20_000

Run = dict[str, Any]


@dataclass(frozen=True)
class Replay:
    """Up to `most` of an agent's latest runs, as far as they are a caller's business."""

    runs: Runs
    who: Identity
    agent: str
    most: int

    def under(self, compiled: Compiled) -> dict[str, Any]:
        """What would become of their calls, as JSON; `runs` is how many were read."""
        read = list(islice(self._latest(), self.most))
        told = list(islice(replayed(islice(self._events(read), _MOST_EVENTS), self.who.tier), MOST_CALLS))
        decided = [one for one in told if one.record is not None]
        found = simulate((one.record for one in decided if one.record is not None), compiled)
        shown = found.as_dict()
        changes = [_placed(decided, change) for change in shown["changes"][:MOST_TOLD]]
        unknown = shown["undecidable"] + len(told) - len(decided)
        return {**shown, "undecidable": unknown, "changes": changes, "runs": len(read)}

    def _latest(self) -> Iterator[Run]:
        after: str | None = None
        for _ in range(_MOST_PAGES):
            page = self.runs.list(limit=_PAGE, after=after, agent=self.agent)
            yield from (run for run in page.items if self._sees(run))
            after = page.next_id
            if after is None:
                return

    def _sees(self, run: Run) -> bool:
        return self.who.sees(str(run["agent"]), str(run.get("environment") or ""), domain_of(run))

    def _events(self, runs: list[Run]) -> Iterator[Event]:
        for run in runs:
            after = 0
            while events := self.runs.log.read(str(run["runId"]), after=after, limit=_EVENTS):
                yield from events
                after = int(events[-1]["seq"])


def _placed(decided: list[Replayed], change: dict[str, Any]) -> dict[str, Any]:
    """A change with the call that it is about."""
    one = decided[change["index"]]
    return {**change, "runId": one.run_id, "event": one.event, "tool": one.tool}
