"""A tenant's audit log: read page by page, and exported in pieces; every piece handed out is entered first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from data_access_lib.cursors import CursorCodec
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.tenant import TenantContext
from lambdas.audit.formats import heading, line, shown
from lambdas.audit.models import AuditEntryReply, AuditPageReply
from platform_kit.observability import count

MOST_ENTRIES: Final = 10_000
MOST_BYTES: Final = 3_500_000  # a function may answer 6 MB, and the text is escaped into JSON on its way
_LIST: Final = "GET /v1/audit"
_PAGE: Final = 500


class Export(NamedTuple):
    """A piece of an export. `last` is its last entry, 0 for none; the next piece is `after` it while `more`."""

    text: str
    last: int
    through: int
    more: bool


class Wanted(NamedTuple):
    """Which entries of a list: in which order, whose action begins how, and above which number."""

    newest_first: bool = True
    action: str | None = None
    after: int = 0


@dataclass(frozen=True)
class AuditService:
    """`log` opens a tenant's chain with credentials for that tenant alone; the bounds are of one piece of an export."""

    log: Callable[[TenantContext], AuditLog]
    cursors: CursorCodec
    most_entries: int = MOST_ENTRIES
    most_bytes: int = MOST_BYTES

    def list(self, who: TenantContext, wanted: Wanted, *, limit: int, cursor: str | None) -> AuditPageReply:
        """The entries that are wanted. A cursor belongs to the order and the filter."""
        route = f"{_LIST}?order={'newest' if wanted.newest_first else 'oldest'}&action={wanted.action or ''}"
        place = self.cursors.decode(who.tenant_id, route, cursor)["at"] if cursor else None
        bound = {"after": wanted.after}
        if place is not None:
            bound |= {"before": int(place)} if wanted.newest_first else {"after": max(wanted.after, int(place))}
        page = self.log(who).list(limit=limit, newest_first=wanted.newest_first, action=wanted.action, **bound)
        going_on = page.next_seq is not None
        following = self.cursors.encode(who.tenant_id, route, {"at": page.next_seq}) if going_on else None
        items = [AuditEntryReply.model_validate(shown(entry)) for entry in page.entries]
        return AuditPageReply(items=items, next_cursor=following)

    def export(self, who: TenantContext, *, kind: str, after: int, through: int | None) -> Export:
        """The entries above `after` up to `through`, as far as one answer takes; `kind` is `jsonl` or `csv`.

        Without `through` an export ends where the log ends now: the entry of the export itself comes after that.
        """
        log = self.log(who)
        newest = log.list(newest_first=True, limit=1).entries
        head = int(newest[0]["seq"]) if newest else 0
        end = head if through is None else min(through, head)
        log.append(AuditDraft("audit.exported", who.tenant_id, detail={"format": kind, "after": after, "through": end}))
        text, last = self._piece(log, kind, after, end)
        count("AuditExported", format=kind)
        return Export(text, last, end, more=0 < last < end)

    def _piece(self, log: AuditLog, kind: str, after: int, end: int) -> tuple[str, int]:
        parts, size, last = [heading(kind)], 0, after
        while last < end:
            page = log.list(after=last, before=end + 1, limit=min(_PAGE, self.most_entries - len(parts) + 1))
            for entry in page.entries:
                text = line(kind, entry)
                size += len(text.encode())
                if size > self.most_bytes and len(parts) > 1:
                    return "".join(parts), last
                parts.append(text)
                last = int(entry["seq"])
            if not page.entries or len(parts) > self.most_entries:
                break
        return "".join(parts), last if len(parts) > 1 else 0
