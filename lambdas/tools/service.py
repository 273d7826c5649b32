"""Tools: which there are, for tenants; registered, changed and taken away, for operators, each with its audit entry."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.repositories import tools
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.tools import ToolRecords
from governance.policy.tools import NAME
from governance.tiers import Tier
from governance.toolbox.custom import MOST_NAME, MOST_TOOLS, parsed
from governance.toolbox.entries import ToolEntry
from governance.toolbox.pack import NAMESPACES, PACK, entries
from lambdas.tools.desk import Desk
from lambdas.tools.installs import InstallService
from lambdas.tools.models import (
    PutTool,
    RegisteredToolPage,
    RegisteredToolReply,
    ToolPage,
    ToolReply,
    ToolSummary,
)
from lambdas.tools.packs import PackService
from lambdas.tools.publishers import PublisherService
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, FieldError, NotFound, PreconditionRequired, Unprocessable
from platform_kit.identity import Identity
from platform_kit.observability import count, logger
from platform_kit.outbound import Outbound, OutboundRefused

_PLATFORM: Final = "platform"
_LIST: Final = "GET /v1/tools"
_REGISTERED: Final = "GET /v1/platform/tools"
_NAME: Final = re.compile(NAME)
_UNTOLD: Final = frozenset({"inputSchema", "outputSchema", "updatedBy", "updatedAt"})

Item = Mapping[str, Any]


@dataclass(frozen=True)
class PutOutcome:
    """A registered tool, its version as a record, and whether it is new."""

    tool: RegisteredToolReply
    etag: int
    fresh: bool = False


@dataclass(frozen=True)
class ToolService:
    """`records` reads what is registered, `desk` opens it for an operator; `outbound` says which URLs are permitted."""

    records: Callable[[], ToolRecords]
    desk: Callable[[Identity], Desk]
    cursors: CursorCodec
    outbound: Outbound
    clock: Clock

    @property
    def packs(self) -> PackService:
        """Packs, by the same records."""
        return PackService(self.desk, self.cursors, self.clock)

    @property
    def installs(self) -> InstallService:
        """Which version's tools are in the register."""
        return InstallService(self.desk, self.outbound, self.clock)

    @property
    def publishers(self) -> PublisherService:
        """The keys of those who publish them."""
        return PublisherService(self.desk, self.cursors, self.clock)

    def list(self, who: Identity, *, limit: int, cursor: str | None) -> ToolPage:
        """The tools there are, by name; InvalidCursor for a cursor that is not of this list."""
        after = str(self.cursors.decode(who.tenant(), _LIST, cursor)["after"]) if cursor else ""
        known = self._entries()
        later = sorted(name for name in known if name > after)
        shown = later[:limit]
        following = self.cursors.encode(who.tenant(), _LIST, {"after": shown[-1]}) if len(later) > limit else None
        items = [ToolSummary.model_validate(_shown(known[name], who.tier)) for name in shown]
        return ToolPage(items=items, next_cursor=following)

    def get(self, who: Identity, name: str) -> ToolReply:
        """One tool; NotFound when there is none."""
        entry = self._entries().get(name)
        if entry is None:
            raise NotFound("There is no such tool.")
        return ToolReply.model_validate(_shown(entry, who.tier))

    def registered(self, who: Identity, *, limit: int, cursor: str | None) -> RegisteredToolPage:
        """What operators have registered, by name."""
        after = self.cursors.decode(_PLATFORM, _REGISTERED, cursor)["after"] if cursor else None
        page = self.desk(who).tools.list(limit=limit, after=after)
        following = self.cursors.encode(_PLATFORM, _REGISTERED, {"after": page.next_id}) if page.next_id else None
        items = [RegisteredToolReply.model_validate(item) for item in page.items]
        return RegisteredToolPage(items=items, next_cursor=following)

    def one_registered(self, who: Identity, name: str) -> PutOutcome:
        """A registered tool and its version; NotFound when there is none."""
        record = self.desk(who).tools.get(name)
        return PutOutcome(RegisteredToolReply.model_validate(record), int(record["etag"]))

    def put(self, who: Identity, name: str, etag: int | None, wanted: PutTool) -> PutOutcome:
        """Register a tool, or put it in place of the one of version `etag`; called so within 30 s.

        PreconditionRequired when there is one and no version was given, StaleVersion when it is of another, Conflict
        when it is a pack's, Unprocessable for a name or an address that it may not have.
        """
        _check_name(name)
        self._check_address(wanted)
        desk = self.desk(who)
        before = desk.tools.find(name)
        if before is not None and etag is None:
            raise PreconditionRequired("Send If-Match with the ETag you last read, so that no change is lost.")
        if etag != (None if before is None else before["etag"]):
            raise StaleVersion
        if before is not None and "pack" in before:
            pack = f"{before['pack']['name']} {before['pack']['version']}"
            raise Conflict(f"The tool is of the pack {pack}: install another version of it, or uninstall it.")
        if before is None and len(desk.tools.list(limit=MOST_TOOLS).items) >= MOST_TOOLS:
            raise Conflict(f"{MOST_TOOLS} tools are registered already; take some away.")
        made = self._write(desk, who, name, wanted, before)
        return PutOutcome(RegisteredToolReply.model_validate(made), int(made["etag"]), fresh=before is None)

    def remove(self, who: Identity, name: str) -> None:
        """Take a tool away, within 30 s; NotFound when there is none, Conflict when it changes at this moment."""
        desk = self.desk(who)
        before = desk.tools.get(name)
        draft = AuditDraft("tool.removed", name, detail={"before": _told(before), "after": None})
        try:
            desk.audit.commit(draft, lambda transaction: desk.tools.remove_in(transaction, before))
        except ConditionFailed as failure:
            if failure.label != tools.LABEL:
                raise
            desk.tools.get(name)
            raise Conflict("Somebody else changed the tool just now. Look at it, then remove it.") from None
        _tell("tool removed", who, name)

    def _entries(self) -> Mapping[str, ToolEntry]:
        """The platform's own, and those registered that make sense."""
        found = (parsed(item) for item in self.records().list(limit=MOST_TOOLS).items)
        return {**{tool.name: tool.entry() for tool in found if tool is not None}, **entries()}

    def _check_address(self, wanted: PutTool) -> None:
        if wanted.target.http is None:
            return
        try:
            self.outbound.permitted(wanted.target.http)
        except OutboundRefused as refused:
            bad = FieldError("/target/http", str(refused))
            raise Unprocessable("A tool is at a public HTTPS address.", errors=(bad,)) from None

    def _write(self, desk: Desk, who: Identity, name: str, wanted: PutTool, before: Item | None) -> Item:
        document = wanted.model_dump(mode="json", by_alias=True, exclude_none=True)
        record = {"name": name, **document, "updatedBy": who.principal_id, "updatedAt": rfc3339(self.clock.now())}
        told = {"before": before and _told(before), "after": _told(record)}
        draft = AuditDraft("tool.updated" if before else "tool.registered", name, detail=told)
        etag = None if before is None else int(before["etag"])
        try:
            made, _ = desk.audit.commit(draft, lambda transaction: desk.tools.put_in(transaction, record, etag=etag))
        except ConditionFailed as failure:
            if failure.label != tools.LABEL:
                raise
            raise StaleVersion from None
        _tell("tool registered", who, name)
        return made


def _shown(entry: ToolEntry, tier: str) -> dict[str, Any]:
    minimum = entry.registered.facts.tier_minimum
    return {**entry.as_dict(), "available": Tier(tier).includes(minimum)}


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > MOST_NAME:
        raise NotFound("No tool can have this name.")
    if name in PACK or name.partition(".")[0] in NAMESPACES:
        raise Unprocessable("That name is the platform's own, or below one of its own.")


def _told(record: Item) -> dict[str, Any]:
    """What the audit says of a tool: all but its schemas, which may be long."""
    return {name: value for name, value in record.items() if name not in _UNTOLD and value is not None}


def _tell(what: str, who: Identity, name: str) -> None:
    count("ToolChanged")
    logger().warning(what, tool=name, principal_id=who.principal_id)
