"""Tool packs are installed: a version's tools are put into the register of tools as a whole, and taken out so."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from semver import Version

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.audit import AuditDraft
from governance.packs import Manifest, PackTool
from governance.toolbox.custom import MOST_TOOLS, Credential
from lambdas.tools.desk import Desk
from lambdas.tools.models import InstallPack, PackReply
from lambdas.tools.packs import Item, Signers, refuse, shown, tell, unchanged
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, FieldError, Unprocessable
from platform_kit.identity import Identity
from platform_kit.observability import count
from platform_kit.outbound import Outbound, OutboundRefused


@dataclass(frozen=True)
class InstallService:
    """`desk` opens the platform's records for an operator; `outbound` says which URLs are permitted."""

    desk: Callable[[Identity], Desk]
    outbound: Outbound
    clock: Clock

    def install(self, who: Identity, name: str, version: str, wanted: InstallPack) -> PackReply:
        """Put a version's tools into the register, all or none, in place of the pack's earlier ones.

        Conflict for a version before the installed one, or when a tool of the name is not of this pack; Unprocessable
        for a pack that does not verify any more, an address or a credential that its tools may not have.
        """
        desk = self.desk(who)
        head = desk.packs.get(name)
        manifest = self._verified(desk, head, version)
        installed = head.get("installed")
        if installed and Version.parse(version) < Version.parse(str(installed["version"])):
            raise Conflict(f"{installed['version']} is installed, and {version} is before it. Uninstall first.")
        self._check_addresses(manifest)
        made = self._install(desk, who, head, manifest, wanted)
        tell("tool pack installed", who, name, version)
        count("ToolPackInstalled")
        return shown(made)

    def uninstall(self, who: Identity, name: str) -> PackReply:
        """Take the pack's tools out of the register, called no more within 30 s; Conflict when it has none."""
        desk = self.desk(who)
        head = desk.packs.get(name)
        if not head.get("installed"):
            raise Conflict("The pack is not installed.")
        gone = _of_pack(desk, head["installed"]["tools"], name)
        after = {key: value for key, value in head.items() if key != "installed"}
        draft = AuditDraft("tool_pack.uninstalled", name, detail={"version": head["installed"]["version"]})
        made = _commit(desk, draft, after, etag=int(head["etag"]), gone=gone)
        tell("tool pack uninstalled", who, name, str(head["installed"]["version"]))
        count("ToolPackUninstalled")
        return shown(made)

    def _verified(self, desk: Desk, head: Item, version: str) -> Manifest:
        """What is kept, verified again: a record is believed for its signature, and that only while its key is good."""
        record = desk.packs.version(str(head["name"]), version)
        return unchanged(head, version, Signers(desk).open(record["envelope"]))

    def _check_addresses(self, manifest: Manifest) -> None:
        bad = [
            FieldError(f"/tools/{name}/target/http", why)
            for name, tool in manifest.tools.items()
            if (why := self._refused_address(tool))
        ]
        if bad:
            raise Unprocessable("A tool is at a public HTTPS address.", errors=tuple(bad))

    def _refused_address(self, tool: PackTool) -> str | None:
        try:
            if tool.target.http is not None:
                self.outbound.permitted(tool.target.http)
        except OutboundRefused as refused:
            return str(refused)
        return None

    def _install(self, desk: Desk, who: Identity, head: Item, manifest: Manifest, wanted: InstallPack) -> Item:
        before = {name: desk.tools.find(name) for name in manifest.tools}
        _check_free(before, manifest.name)
        _check_credentials(manifest, wanted.credentials)
        earlier = head["installed"]["tools"] if head.get("installed") else []
        gone = _of_pack(desk, (one for one in earlier if one not in before), manifest.name)
        fresh = sum(record is None for record in before.values())
        if len(desk.tools.list(limit=MOST_TOOLS).items) + fresh - len(gone) > MOST_TOOLS:
            raise Conflict(f"No more than {MOST_TOOLS} tools can be registered; take some away.")
        origin = {"name": manifest.name, "version": manifest.version, "digest": manifest.digest}
        moment = rfc3339(self.clock.now())
        put = [
            (self._tool(name, tool, origin, before[name], wanted, who, moment), before[name])
            for name, tool in manifest.tools.items()
        ]
        note = {"version": manifest.version, "digest": manifest.digest, "tools": sorted(manifest.tools)}
        after = {**head, "installed": {**note, "installedAt": moment, "installedBy": who.principal_id}}
        told = {**note, "removed": [one["name"] for one in gone]}
        draft = AuditDraft("tool_pack.installed", manifest.name, detail=told)
        return _commit(desk, draft, after, etag=int(head["etag"]), put=put, gone=gone)

    def _tool(
        self,
        name: str,
        tool: PackTool,
        origin: Item,
        before: Item | None,
        wanted: InstallPack,
        who: Identity,
        moment: str,
    ) -> dict[str, Any]:
        document = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
        credential = _credential(name, document["target"], before, wanted)
        target = {**document["target"], **({"credential": credential} if credential else {})}
        note = {"pack": dict(origin), "updatedBy": who.principal_id, "updatedAt": moment}
        return {"name": name, **document, "target": target, **note}


def _commit(
    desk: Desk,
    draft: AuditDraft,
    head: Item,
    *,
    etag: int,
    put: Iterable[tuple[Item, Item | None]] = (),
    gone: Iterable[Item] = (),
) -> Item:
    """The pack and its tools as they shall be, with the audit's entry, in one transaction."""

    def build(transaction: Any) -> Item:
        for record, before in put:
            desk.tools.put_in(transaction, record, etag=None if before is None else int(before["etag"]))
        for record in gone:
            desk.tools.remove_in(transaction, record)
        return desk.packs.change_in(transaction, head, etag=etag)

    try:
        return desk.audit.commit(draft, build)[0]
    except ConditionFailed as failure:
        refuse(failure)


def _check_free(before: Mapping[str, Item | None], pack: str) -> None:
    bad = [
        FieldError(f"/tools/{name}", "a tool of this name is registered that is not of this pack")
        for name, record in before.items()
        if record is not None and not _is_of(record, pack)
    ]
    if bad:
        raise Conflict("Tools of these names are registered already; remove them first.", errors=tuple(bad))


def _of_pack(desk: Desk, names: Iterable[str], pack: str) -> list[Item]:
    """Those of these tools that are the pack's, as they are now: what is somebody else's by then stays."""
    return [record for record in map(desk.tools.find, names) if record is not None and _is_of(record, pack)]


def _is_of(record: Item | None, pack: str) -> bool:
    return record is not None and record.get("pack", {}).get("name") == pack


def _check_credentials(manifest: Manifest, given: Mapping[str, Credential]) -> None:
    known = {name for name, tool in manifest.tools.items() if tool.target.http is not None}
    bad = tuple(
        FieldError(f"/credentials/{name}", "the pack has no tool of this name at a URL")
        for name in sorted(given.keys() - known)
    )
    if bad:
        raise Unprocessable("A credential is for a tool of the pack that is at a URL.", errors=bad)


def _credential(name: str, target: Item, before: Item | None, wanted: InstallPack) -> Any:
    """What the operator says now, else what it said before: that only while the tool stays where it was."""
    if name in wanted.credentials:
        return wanted.credentials[name].model_dump(mode="json", by_alias=True)
    earlier = before["target"] if before else {}
    return earlier.get("credential") if earlier.get("http") == target.get("http") else None
