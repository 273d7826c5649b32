"""What tenants run is looked at every few minutes: its record, its package and its runtimes (ADR 0100)."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from data_access_lib.repositories.catalogue import TemplateRecords
from data_access_lib.verified_versions import VerifiedVersions
from lambdas.agents.packages import Packages
from platform_kit.errors import Conflict, DependencyUnavailable, NotFound, VersionTampered
from platform_kit.observability import count, logger

_PAGE: Final = 100
_PLACES: Final = ("approvedVersionId", "secondVersionId")
_MARGIN_SECONDS: Final = 12.0  # more than a look at two regions that do not answer


@dataclass(frozen=True)
class Inspection:
    """What it finds is refused as it would be at a promotion: an incident, and `VersionTampered`.

    A rollback ends it. Nothing is stopped here: whoever can change a runtime could stop every agent by it.
    """

    templates: TemplateRecords
    versions: VerifiedVersions
    packages: Packages

    def inspect(self, seconds_left: Callable[[], float]) -> dict[str, int]:
        """How many versions hold, do not, and were left for the next time, for which they are shuffled."""
        served = list(self._served())
        random.shuffle(served)
        told = {"held": 0, "refused": 0, "left": 0}
        for place, (agent, version_id) in enumerate(served):
            if seconds_left() < _MARGIN_SECONDS:
                told["left"] += len(served) - place
                break
            told[self._seen(agent, version_id)] += 1
        count("VersionsInspected", told["held"] + told["refused"])
        if told["left"]:
            count("VersionsNotInspected", told["left"])
        return told

    def _seen(self, agent: str, version_id: str) -> str:
        try:
            self.packages.require_running(self.versions, self.versions.get(agent, version_id), back=True)
        except VersionTampered:
            return "refused"  # told and counted where it was found
        except (Conflict, NotFound) as gone:
            count("ServedVersionGone", agent=agent)
            logger().error("what tenants run is gone", agent=agent, version_id=version_id, what=gone.detail)
            return "refused"
        except DependencyUnavailable:
            return "left"
        return "held"

    def _served(self) -> Iterator[tuple[str, str]]:
        """Each agent with a version that tenants may run."""
        after: str | None = None
        while True:
            page = self.templates.list(limit=_PAGE, after=after)
            for template in page.items:
                named = (template.get(place) for place in _PLACES)
                yield from ((str(template["name"]), str(version_id)) for version_id in named if version_id)
            after = page.next_id
            if after is None:
                return
