"""Tool packs: published by those whose keys operators know, pulled, and put into the register of tools as a whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from semver import Version

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.once import once
from data_access_lib.repositories import tool_packs, tools
from data_access_lib.repositories.audit import AuditDraft
from governance.packs import Manifest, NoPack, lookalike, newest, opened, refused_change
from governance.public_keys import holds
from lambdas.tools.desk import Desk
from lambdas.tools.models import (
    PackPage,
    PackReply,
    PackVersionReply,
    PublishedPackReply,
    PublishPack,
)
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, FieldError, NotFound, Unprocessable
from platform_kit.identity import Identity
from platform_kit.observability import count, logger

MOST_VERSIONS: Final = 100
_PLATFORM: Final = "platform"
_LIST: Final = "GET /v1/tool-packs"
_PUBLISH: Final = "POST /v1/tool-packs"

Item = Mapping[str, Any]


@dataclass
class Signers:
    """Whose signature holds: publishers' keys that are active. Remembers which key it was, and which were revoked."""

    desk: Desk
    key: Item = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)

    def verify(self, key_id: str, message: bytes, raw: bytes) -> bool:
        """Whether the key of this id is known, active, and made the signature."""
        record = self._find(key_id)
        if record is None or not holds(str(record["publicKey"]), message, raw):
            return False
        if record["status"] != "active":
            self.revoked.append(key_id)
            return False
        self.key = record
        return True

    def open(self, envelope: object) -> Manifest:
        """The manifest; Unprocessable says what is wrong with it, each place by its pointer."""
        try:
            return opened(envelope, self.verify)
        except NoPack as no:
            count("ToolPackRefused")
            if self.revoked:
                told = FieldError("/signatures", f"the publisher's key {self.revoked[0]} is revoked")
                raise Unprocessable("The pack is signed with a revoked key.", errors=(told,)) from None
            faults = tuple(FieldError(*fault) for fault in no.faults)
            raise Unprocessable("This is no tool pack that may be taken; see errors.", errors=faults) from None

    def _find(self, key_id: str) -> Item | None:
        try:
            return self.desk.publishers.find(key_id)
        except NotFound:  # what is no thumbprint names no key
            return None


@dataclass(frozen=True)
class PublishedPack:
    """A version; `fresh` when it was not there, `replayed` when the answer is an earlier one."""

    version: PublishedPackReply
    fresh: bool
    replayed: bool


@dataclass(frozen=True)
class PackService:
    """`desk` opens the platform's records for an operator."""

    desk: Callable[[Identity], Desk]
    cursors: CursorCodec
    clock: Clock

    def publish(self, who: Identity, wanted: PublishPack, *, key: str | None, body: bytes) -> PublishedPack:
        """Keep a version for good. The same content again is the version there is.

        Unprocessable when nobody who is trusted signed it or it is no pack; Conflict when its name is another's, when
        the version is there with other content, or when it may not follow what was published.
        """
        desk = self.desk(who)

        def make() -> dict[str, Any]:
            made, fresh = self._published(desk, who, wanted)
            return {"version": made.model_dump(mode="json", by_alias=True, exclude_none=True), "fresh": fresh}

        outcome = once(desk.answers, _PUBLISH, key, body, make)
        version = PublishedPackReply.model_validate(outcome.response["version"])
        return PublishedPack(version, bool(outcome.response["fresh"]), outcome.replayed)

    def list(self, who: Identity, *, limit: int, cursor: str | None) -> PackPage:
        """Packs by name, the versions of each from the newest on."""
        after = self.cursors.decode(_PLATFORM, _LIST, cursor)["after"] if cursor else None
        page = self.desk(who).packs.list(limit=limit, after=after)
        following = self.cursors.encode(_PLATFORM, _LIST, {"after": page.next_id}) if page.next_id else None
        return PackPage(items=[shown(head) for head in page.items], next_cursor=following)

    def pull(self, who: Identity, name: str, version: str) -> PackVersionReply:
        """One version with its envelope, and whether its key is revoked; NotFound."""
        desk = self.desk(who)
        return PackVersionReply.model_validate(_told(desk.packs.version(name, version), desk))

    def _published(self, desk: Desk, who: Identity, wanted: PublishPack) -> tuple[PublishedPackReply, bool]:
        signers = Signers(desk)
        manifest = signers.open(wanted.envelope())
        head = desk.packs.find(manifest.name)
        if head is not None:
            if _known(head, signers.key, manifest):
                there = desk.packs.version(manifest.name, manifest.version)
                return PublishedPackReply.model_validate(_told(there, desk)), False
            _check_order(desk, head, manifest)
        record = self._record(who, wanted, manifest, signers.key)
        self._keep(desk, head, manifest, record)
        tell("tool pack published", who, manifest.name, manifest.version)
        count("ToolPackPublished")
        return PublishedPackReply.model_validate(_told(record, desk)), True

    def _record(self, who: Identity, wanted: PublishPack, manifest: Manifest, key: Item) -> dict[str, Any]:
        return {
            "name": manifest.name,
            "version": manifest.version,
            "publisher": key["publisher"],
            "keyId": key["keyId"],
            "digest": manifest.digest,
            "envelope": wanted.envelope(),
            "publishedBy": who.principal_id,
            "publishedAt": rfc3339(self.clock.now()),
        }

    def _keep(self, desk: Desk, head: Item | None, manifest: Manifest, record: Item) -> None:
        told = {name: record[name] for name in ("digest", "keyId", "publishedAt")}
        versions = {**(head["versions"] if head else {}), manifest.version: told}
        after = {
            **(head or {"name": manifest.name, "publisher": record["publisher"]}),
            "description": manifest.description,
            "newest": newest(versions) or manifest.version,
            "versions": versions,
        }
        detail = {name: record[name] for name in ("version", "publisher", "keyId", "digest")}
        etag = None if head is None else int(head["etag"])

        def build(transaction: Any) -> None:
            desk.packs.publish_in(transaction, after, record, etag=etag)
            if head is None:
                desk.packs.take_name_in(transaction, manifest.name, lookalike(manifest.name))

        try:
            desk.audit.commit(AuditDraft("tool_pack.published", manifest.name, detail=detail), build)
        except ConditionFailed as failure:
            refuse(failure)


def refuse(failure: ConditionFailed) -> NoReturn:
    """What a transaction's piece that failed means to whoever asked."""
    if failure.label == tool_packs.NAME_LABEL:
        raise Conflict("Another pack has this name, or one that looks like it. Choose another.") from None
    if failure.label in {tool_packs.LABEL, tools.LABEL}:
        raise Conflict("Somebody else changed the pack or its tools just now. Look at them, then try again.") from None
    raise failure


def _known(head: Item, key: Item, manifest: Manifest) -> bool:
    """Whether this very version is there; Conflict when its name or its number is taken by something else."""
    if head["publisher"] != key["publisher"]:
        count("ToolPackRefused")
        raise Conflict(f"The name {manifest.name} belongs to another publisher. Choose another.")
    there = head["versions"].get(manifest.version)
    if there is not None and there["digest"] != manifest.digest:
        raise Conflict(f"{manifest.version} is published with other content, and stays so. Publish a new version.")
    return there is not None


def _check_order(desk: Desk, head: Item, manifest: Manifest) -> None:
    """Versions only go on, and within a major version nothing changes its meaning."""
    if len(head["versions"]) >= MOST_VERSIONS:
        raise Conflict(f"{MOST_VERSIONS} versions of this pack are published; no more are kept. Publish another pack.")
    last = str(max(map(Version.parse, head["versions"])))
    for version in dict.fromkeys((last, str(head["newest"]))):
        before = _stored(head, desk.packs.version(manifest.name, version), version)
        why = refused_change(before, manifest)
        if why:
            bad = FieldError("/version", why)
            raise Conflict(f"{manifest.version} may not follow {version}: {why}.", errors=(bad,))


def _stored(head: Item, record: Item, version: str) -> Manifest:
    """The manifest of a version that was verified when it was published; only compared with, never installed."""
    try:
        manifest = opened(record["envelope"], lambda *_: True)
    except NoPack:
        manifest = None
    return unchanged(head, version, manifest)


def unchanged(head: Item, version: str, manifest: Manifest | None) -> Manifest:
    """The manifest that is kept of a version; Conflict, and counted, when it is not what was published under it."""
    published = (head["name"], version, head["versions"].get(version, {}).get("digest"))
    if manifest is not None and (manifest.name, manifest.version, manifest.digest) == published:
        return manifest
    count("ToolPackTampered")
    logger().error("tool pack is not what was published", pack=head["name"], version=version)
    raise Conflict("The stored pack is not what was published under this name and version.")


def shown(head: Item) -> PackReply:
    """A pack with its versions, the newest first."""
    order = sorted(head["versions"], key=Version.parse, reverse=True)
    versions = [{"version": one, **head["versions"][one]} for one in order]
    return PackReply.model_validate({**head, "versions": versions})


def _told(record: Item, desk: Desk) -> dict[str, Any]:
    key = desk.publishers.find(str(record["keyId"]))
    return {**record, "keyRevoked": key is None or key["status"] != "active"}


def tell(what: str, who: Identity, name: str, version: str) -> None:
    """A line in the log."""
    logger().warning(what, pack=name, version=version, principal_id=who.principal_id)
