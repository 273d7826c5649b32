"""What people make of an incident: one change at a time, audited, and told in its timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.repositories import incidents
from data_access_lib.repositories.audit import AuditDraft
from governance.incidents import TRANSITIONS, Status, may_become
from platform_kit.errors import Conflict, FieldError, Unprocessable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from data_access_lib.codec import Item
    from data_access_lib.repositories.audit import AuditLog
    from data_access_lib.repositories.incidents import Incidents


@dataclass(frozen=True)
class Bench:
    """Where an owner's incidents are worked on: theirs, and their audit chain."""

    incidents: Incidents
    audit: AuditLog

    def change(
        self, incident: Item, etag: int, given: Mapping[str, Any], *, note: str | None, by: str, moment: datetime
    ) -> Item:
        """Change an incident of version `etag`; what it is then.

        StaleVersion; Conflict for what cannot become of it, Unprocessable for a post-mortem before the end.
        """
        if int(incident["etag"]) != etag:
            raise StaleVersion
        fields = changes(incident, given)
        incident_id = str(incident["incidentId"])
        told = {name: {"before": incident.get(name), "after": value} for name, value in fields.items()}
        draft = AuditDraft("incident.updated", incident_id, detail={**told, "note": note})
        made, seq = self._commit(draft, incident, fields)
        title = "; ".join(_said(name, value) for name, value in fields.items()) or "A note"
        entry = {"type": "change", "title": title, "by": by, "auditSeq": seq, "note": note}
        self.incidents.note(incident_id, entry, moment)
        return made

    def _commit(self, draft: AuditDraft, incident: Item, fields: Mapping[str, Any]) -> tuple[Item, int]:
        try:
            made, entry = self.audit.commit(draft, lambda found: self.incidents.change_in(found, incident, fields))
        except ConditionFailed as failure:
            if failure.label != incidents.LABEL:
                raise
            raise StaleVersion from None
        return made, int(entry["seq"])


def whole(records: incidents.IncidentRecords, incident: Item) -> Item:
    """An incident with its timeline, and with what a person may make of it."""
    timeline = records.timeline(str(incident["incidentId"]))
    return {**incident, "timeline": timeline, "transitions": sorted(TRANSITIONS[Status(incident["status"])])}


def changes(incident: Item, given: Mapping[str, Any]) -> dict[str, Any]:
    """What of the given is new, when all of it is possible."""
    status, wanted = str(incident["status"]), given.get("status")
    if wanted is not None and not may_become(status, wanted):
        possible = ", ".join(sorted(TRANSITIONS[Status(status)]))
        raise Conflict(f"An incident that is {status} cannot become {wanted}; only {possible}.")
    if given.get("postmortem") is not None and (wanted or status) != Status.RESOLVED:
        bad = FieldError("/postmortem", "the incident is not resolved")
        raise Unprocessable("What was learnt is written down once the incident is resolved.", errors=(bad,))
    return {name: value for name, value in given.items() if value is not None and value != incident.get(name)}


def _said(name: str, value: Any) -> str:
    return "the post-mortem was written" if name == "postmortem" else f"{name}: {value}"
