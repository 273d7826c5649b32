"""The platform's own incidents, for operators."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from data_access_lib.codec import Item
from data_access_lib.cursors import CursorCodec
from data_access_lib.incident_work import Bench, whole
from governance.incident_models import (
    IncidentPage,
    IncidentReply,
    IncidentSummary,
    PatchIncident,
)
from platform_kit.clock import Clock
from platform_kit.identity import Identity

_PLATFORM: Final = "platform"
_ROUTE: Final = "GET /v1/platform/incidents"


class Only(NamedTuple):
    """What a list is narrowed to."""

    status: str | None = None
    severity: str | None = None


@dataclass(frozen=True)
class PlatformIncidents:
    """`bench` opens the platform's incidents and its audit chain for an operator."""

    bench: Callable[[Identity], Bench]
    cursors: CursorCodec
    clock: Clock

    def list(self, who: Identity, *, limit: int, cursor: str | None, only: Only) -> IncidentPage:
        """The platform's incidents, newest first."""
        named = f"{_ROUTE}?status={only.status or ''}&severity={only.severity or ''}"
        after = self.cursors.decode(_PLATFORM, named, cursor)["after"] if cursor else None
        records = self.bench(who).incidents
        page = records.list(limit=limit, after=after, status=only.status, severity=only.severity)
        following = self.cursors.encode(_PLATFORM, named, {"after": page.next_id}) if page.next_id else None
        items = [IncidentSummary.model_validate(item) for item in page.items]
        return IncidentPage(items=items, next_cursor=following)

    def get(self, who: Identity, incident_id: str) -> tuple[IncidentReply, int]:
        """One incident and its version; NotFound when there is none."""
        bench = self.bench(who)
        return _shown(bench, bench.incidents.get(incident_id))

    def patch(self, who: Identity, incident_id: str, etag: int, wanted: PatchIncident) -> tuple[IncidentReply, int]:
        """Change an incident of version `etag`. StaleVersion; Conflict for what cannot become of it."""
        bench = self.bench(who)
        given = wanted.model_dump(exclude_none=True, exclude={"note"})
        found = bench.incidents.get(incident_id)
        made = bench.change(found, etag, given, note=wanted.note, by=who.principal_id, moment=self.clock.now())
        return _shown(bench, made)


def _shown(bench: Bench, incident: Item) -> tuple[IncidentReply, int]:
    return IncidentReply.model_validate(whole(bench.incidents, incident)), int(incident["etag"])
