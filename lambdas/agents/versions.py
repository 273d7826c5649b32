"""Versions as operators register and look at them: immutable, named by what they consist of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.once import once
from data_access_lib.repositories import catalogue
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.catalogue import Step, VersionRecords, add_version_in, change_in
from governance.lineage import tree
from governance.manifest import Manifest, ManifestError
from governance.version_diff import changes_between
from governance.version_identity import content_hash, moved, sealed
from governance.versions import MOVES, VersionStatus
from lambdas.agents.desk import Desk
from lambdas.agents.models import (
    ArtifactReply,
    Carried,
    CreateVersion,
    DiffReply,
    LineageReply,
    MoveReply,
    VersionNode,
    VersionPage,
    VersionReply,
    VersionSummary,
)
from lambdas.agents.packages import Packages
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import BadRequest, Conflict, FieldError, InvalidBody, Unprocessable
from platform_kit.identity import Identity
from platform_kit.ids import is_id, new_id
from platform_kit.observability import count

_VERSIONS: Final = "GET /v1/versions"
_PLATFORM: Final = "platform"
_PAGE: Final = 100
_ATTEMPTS: Final = 5
_MOVES: Final = [MoveReply(from_=one.old, to=one.new, roles=sorted(one.roles), gates=list(one.gates)) for one in MOVES]
_LINK_SECONDS: Final = 300

Record = Mapping[str, Any]


@dataclass(frozen=True)
class CreatedVersion:
    """A version; `fresh` unless its content was there before, `replayed` when the answer is an earlier one."""

    version: VersionReply
    fresh: bool
    replayed: bool


@dataclass(frozen=True)
class Descent:
    """From which version one follows: its id here, if it is known here, and its content hash; both None for a root.

    `named` when whoever registers it has said so: then only a version of this very descent is the same.
    """

    parent: str | None
    parent_hash: str | None
    named: bool


@dataclass(frozen=True)
class VersionRegistry:
    """`desk` opens the platform's catalogue for an operator; each of its accesses is audited."""

    desk: Callable[[Identity], Desk]
    packages: Packages
    cursors: CursorCodec
    clock: Clock

    def create(
        self, who: Identity, agent: str, wanted: CreateVersion, *, key: str | None, body: bytes
    ) -> CreatedVersion:
        """Register a package as a draft version; the version of the same content when it is there."""
        desk = self.desk(who)

        def make() -> dict[str, Any]:
            record, fresh = self._create(desk, who, agent, wanted)
            made = VersionReply.model_validate(record).model_dump(mode="json", by_alias=True, exclude_none=True)
            return {"version": made, "fresh": fresh}

        # The agent is part of the route: one key for two agents is two requests.
        outcome = once(desk.answers, f"POST /v1/templates/{agent}/versions", key, body, make)
        version = VersionReply.model_validate(outcome.response["version"])
        return CreatedVersion(version, outcome.response["fresh"], outcome.replayed)

    def list(self, who: Identity, *, agent: str | None, limit: int, cursor: str | None) -> VersionPage:
        """Versions of one agent or of all, newest first, as they are stored."""
        versions, route = self.desk(who).versions, f"{_VERSIONS}?agent={agent or ''}"
        after = str(self.cursors.decode(_PLATFORM, route, cursor)["after"]) if cursor else None
        listed = (
            versions.list(agent, limit=limit, after=after) if agent else versions.list_all(limit=limit, after=after)
        )
        following = self.cursors.encode(_PLATFORM, route, {"after": listed.next_id}) if listed.next_id else None
        return VersionPage(items=[VersionSummary.model_validate(item) for item in listed.items], next_cursor=following)

    def get(self, who: Identity, version_id: str) -> VersionReply:
        """One version; NotFound when there is none, VersionTampered when its record does not hold."""
        return VersionReply.model_validate(self.desk(who).versions.by_id(version_id))

    def artifact(self, who: Identity, version_id: str) -> ArtifactReply:
        """Let a version's package be fetched, to be carried to another stage; the platform's audit log says by whom.

        VersionTampered when what lies there is not what was registered.
        """
        desk = self.desk(who)
        version = desk.versions.by_id(version_id)
        self.packages.require(desk.versions, version)
        named = {name: version[name] for name in ("agent", "contentHash", "artifactDigest")}
        desk.audit.append(AuditDraft("version.exported", version_id, detail=named))
        url = self.packages.artifacts.link(str(version["artifactKey"]), _LINK_SECONDS)
        return ArtifactReply.model_validate({**named, "versionId": version_id, "url": url, "expiresIn": _LINK_SECONDS})

    def lineage(self, who: Identity, agent: str) -> LineageReply:
        """All versions of an agent, each under the one it follows from; NotFound when there is no such agent."""
        desk = self.desk(who)
        template = desk.templates.get(agent)
        nodes = [VersionNode.model_validate(node) for node in tree(_all(desk.versions, agent))]
        return LineageReply(
            agent=agent,
            approved_version_id=template.get("approvedVersionId"),
            second_version_id=template.get("secondVersionId"),
            items=nodes,
            moves=_MOVES,
        )

    def diff(self, who: Identity, version_id: str, against: str | None) -> DiffReply:
        """What a version changes of another of its agent, its parent unless told; of nothing when it has none."""
        if against is not None and not is_id(against, "ver"):
            raise BadRequest("against is no version's id.", errors=(FieldError("?against", "must be ver_…"),))
        versions = self.desk(who).versions
        version = versions.by_id(version_id)
        other = against or version.get("parent")
        before = versions.get(str(version["agent"]), str(other)) if other else {}
        changes = changes_between(before, version)
        return DiffReply.model_validate({"versionId": version_id, "against": other, "changes": changes})

    def _create(self, desk: Desk, who: Identity, agent: str, wanted: CreateVersion) -> tuple[Record, bool]:
        for _ in range(_ATTEMPTS):
            template = desk.templates.get(agent)
            content, descent = self._content(template, wanted), _descent(desk, template, wanted)
            same = _of_content(desk.versions, agent, content, descent)
            if same is not None:
                return self._with_standby(desk, same, wanted.standby_runtime_arn), False
            record = self._record(who, template, content, wanted, descent)
            if _add(desk, template, record):
                count("VersionRegistered", agent=agent)
                return record, True
        raise Conflict("The agent is being changed by others. Try again.", retry_after=1)

    def _with_standby(self, desk: Desk, version: Record, arn: str | None) -> Record:
        """The version with its runtime in the standby region, which it gets once; Conflict when it has another."""
        known = version.get("standbyRuntimeArn")
        if arn is None or known == arn:
            return version
        if known is not None:
            raise Conflict(f"The version's runtime in the standby region is {known}, and stays that.")
        after = moved(version, {"standbyRuntimeArn": arn, "updatedAt": rfc3339(self.clock.now())})
        draft = AuditDraft("version.standby", str(version["versionId"]), detail={"standbyRuntimeArn": arn})
        try:
            desk.audit.commit(draft, lambda found: change_in(found, desk.table, [Step(version, after)]))
        except ConditionFailed as failure:
            if failure.label != catalogue.VERSION:
                raise
            raise Conflict("The version was moved at this moment. Try again.", retry_after=1) from None
        return after

    def _content(self, template: Record, wanted: CreateVersion) -> dict[str, Any]:
        manifest = _checked_manifest(template, wanted.manifest)
        content = {
            "artifactDigest": wanted.artifact_digest,
            "lockDigest": wanted.lock_digest,
            "manifest": manifest,
            "prompts": wanted.prompts,
        }
        if wanted.carried is not None:
            _check_carried(content, wanted.carried)
        self.packages.require_new(str(template["name"]), wanted)
        return content

    def _record(
        self, who: Identity, template: Record, content: Record, wanted: CreateVersion, descent: Descent
    ) -> dict[str, Any]:
        now = rfc3339(self.clock.now())
        return sealed(
            {
                **content,
                "versionId": new_id("ver"),
                "agent": template["name"],
                "artifactKey": wanted.artifact_key,
                "runtimeArn": wanted.runtime_arn,
                "standbyRuntimeArn": wanted.standby_runtime_arn,
                "provenance": wanted.provenance and wanted.provenance.model_dump(mode="json", by_alias=True),
                "parent": descent.parent,
                "parentHash": descent.parent_hash,
                "createdBy": who.principal_id,
                "createdAt": now,
                "status": VersionStatus.DRAFT.value,
                "updatedAt": now,
            }
        )


def _add(desk: Desk, template: Record, record: Record) -> bool:
    """Whether it was written: not when the agent changed meanwhile."""
    named = {name: record[name] for name in ("agent", "contentHash", "recordHash", "artifactDigest")}
    draft = AuditDraft("version.registered", str(record["versionId"]), detail=named)
    try:
        desk.audit.commit(draft, lambda found: add_version_in(found, desk.table, template, record))
    except ConditionFailed as failure:
        if failure.label != catalogue.TEMPLATE:
            raise
        return False
    return True


def _descent(desk: Desk, template: Record, wanted: CreateVersion) -> Descent:
    """What a new version follows from: what it says, else what tenants run. Unprocessable for a parent that is none."""
    agent, carried = str(template["name"]), wanted.carried
    if carried is not None:
        known = _id_of_content(desk.versions, agent, carried.parent_hash) if carried.parent_hash else None
        return Descent(known, carried.parent_hash, named=True)
    parent = wanted.parent or template.get("approvedVersionId")
    if parent is None:
        return Descent(None, None, named=False)
    found = desk.versions.find(agent, str(parent))
    if found is None:
        bad = FieldError("/parent", "is no version of the agent")
        raise Unprocessable(f"{agent} has no version {parent} to follow from.", errors=(bad,))
    return Descent(str(parent), str(found["contentHash"]), named=wanted.parent is not None)


def _check_carried(content: Record, carried: Carried) -> None:
    """Refuse what does not come out as what it was where it comes from."""
    made = content_hash({**content, "parentHash": carried.parent_hash})
    if made != carried.content_hash:
        count("CarriedVersionRefused")
        raise Unprocessable(
            f"What was sent has the content hash {made}, not {carried.content_hash}: it was changed on its way, or "
            "this stage reads manifests otherwise. Export it again, and deploy the same release to both stages.",
            errors=(FieldError("/carried/contentHash", "is not the hash of what was sent"),),
        )


def _of_content(versions: VersionRecords, agent: str, content: Record, descent: Descent) -> Record | None:
    """The agent's newest version of this content that is not retired.

    Unless the descent is named, one of the same content after whatever parent it has is the same: pushing again what
    was approved meanwhile must not make it its own child.
    """
    live = (version for version in _all(versions, agent) if version["status"] != VersionStatus.RETIRED)
    return next((version for version in live if _is_same(version, content, descent)), None)


def _is_same(version: Record, content: Record, descent: Descent) -> bool:
    parent_hash = descent.parent_hash if descent.named else version.get("parentHash")
    return bool(version.get("contentHash") == content_hash({**content, "parentHash": parent_hash}))


def _id_of_content(versions: VersionRecords, agent: str, wanted: str) -> str | None:
    """The id, here, of the agent's newest version of this content hash; None when there is none."""
    found = (str(version["versionId"]) for version in _all(versions, agent) if version.get("contentHash") == wanted)
    return next(found, None)


def _all(versions: VersionRecords, agent: str) -> Iterator[Record]:
    after: str | None = None
    while True:
        page = versions.list(agent, limit=_PAGE, after=after)
        yield from page.items
        after = page.next_id
        if after is None:
            return


def _checked_manifest(template: Record, table: dict[str, Any]) -> dict[str, Any]:
    try:
        manifest = Manifest.parse(table)
    except ManifestError as error:
        raise InvalidBody(
            "The manifest is not valid; see errors.",
            errors=tuple(FieldError("/manifest", problem) for problem in error.problems),
        ) from None
    if manifest.name != template["name"]:
        raise _bad("/manifest/name", f"must be {template['name']}")
    if manifest.mode != template["mode"]:
        raise _bad("/manifest/mode", f"must be {template['mode']}: an agent's mode is declared once")
    return manifest.as_dict()


def _bad(pointer: str, message: str) -> InvalidBody:
    return InvalidBody("The version does not fit its agent; see errors.", errors=(FieldError(pointer, message),))
