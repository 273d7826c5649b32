"""The catalogue a tenant may use, and the registry that operators publish to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pydantic import BaseModel

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.once import once
from data_access_lib.repositories.catalogue import TemplateRecords, Templates, VersionRecords, Versions, move_version
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.pages import IdPage
from data_access_lib.table import BoundedTable
from governance.manifest import Manifest, ManifestError
from governance.tiers import Tier
from governance.versions import IllegalPromotion, VersionStatus, promote
from lambdas.agents.models import (
    AgentPage,
    AgentReply,
    AgentVersion,
    CreateTemplate,
    CreateVersion,
    TemplatePage,
    TemplateReply,
    VersionPage,
    VersionReply,
)
from platform_kit.clock import Clock, rfc3339
from platform_kit.domains import domain_of
from platform_kit.errors import Conflict, FieldError, InvalidBody, NotFound, Unprocessable
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count

_AGENTS, _TEMPLATES, _VERSIONS = "GET /v1/agents", "GET /v1/templates", "GET /v1/versions"
_SHOWN_VERSIONS: Final = frozenset({VersionStatus.APPROVED, VersionStatus.DEPRECATED})
_PLATFORM: Final = "platform"


class Artifacts(Protocol):
    """Where packages lie."""

    def sha256_of(self, key: str) -> str | None:
        """The SHA-256 its uploader recorded, "" when none; None when there is no such package."""
        ...


@dataclass(frozen=True)
class Catalogue:
    """What every tenant may read of the platform's own data."""

    templates: TemplateRecords
    versions: VersionRecords


@dataclass(frozen=True)
class CreatedVersion:
    """A version; `fresh` unless its content was there before, `replayed` when the answer is an earlier one."""

    version: VersionReply
    fresh: bool
    replayed: bool


@dataclass(frozen=True)
class AgentService:
    """`registry` opens the platform's catalogue for an operator; each of its accesses is audited.

    `answers` holds an operator's idempotency records.
    """

    catalogue: Catalogue
    registry: Callable[[Identity], BoundedTable]
    answers: Callable[[Identity], Idempotency]
    artifacts: Artifacts
    cursors: CursorCodec
    clock: Clock

    # A tenant's view

    def list_agents(self, who: Identity, *, limit: int, cursor: str | None) -> AgentPage:
        """Agents with an approved version that the tenant's tier includes. A page may be short and not the last."""
        page = self.catalogue.templates.list(limit=limit, after=self._after(who.tenant(), _AGENTS, cursor))
        shown = [_agent(item) for item in page.items if _is_offered(item, who)]
        return AgentPage(items=shown, next_cursor=self._cursor(who.tenant(), _AGENTS, page))

    def get_agent(self, who: Identity, agent: str) -> AgentReply:
        """One agent with its versions; NotFound when the tenant may not use it, for whatever reason."""
        template = self.catalogue.templates.find(agent)
        if template is None or not _is_offered(template, who):
            raise NotFound("There is no such agent. GET /v1/agents lists those you may use.")
        known = self.catalogue.versions.list(agent, limit=100).items
        versions = [AgentVersion.model_validate(item) for item in known if item["status"] in _SHOWN_VERSIONS]
        versions.sort(key=lambda version: version.status != VersionStatus.APPROVED)
        return _agent(template).model_copy(update={"versions": versions})

    # The registry

    def create_template(
        self, who: Identity, wanted: CreateTemplate, *, key: str | None, body: bytes
    ) -> tuple[TemplateReply, bool]:
        """Register an agent; True beside the answer to a repeated request. Conflict when its name is taken."""

        def make() -> dict[str, Any]:
            return _json(self._create_template(who, wanted))

        outcome = once(self.answers(who), "POST /v1/templates", key, body, make)
        return TemplateReply.model_validate(outcome.response), outcome.replayed

    def list_templates(self, who: Identity, *, limit: int, cursor: str | None) -> TemplatePage:
        """All templates, by name."""
        after = self._after(_PLATFORM, _TEMPLATES, cursor)
        page = Templates(self.registry(who)).list(limit=limit, after=after)
        shown = [TemplateReply.model_validate(item) for item in page.items]
        return TemplatePage(items=shown, next_cursor=self._cursor(_PLATFORM, _TEMPLATES, page))

    def get_template(self, who: Identity, agent: str) -> TemplateReply:
        """One template; NotFound when there is none."""
        return TemplateReply.model_validate(Templates(self.registry(who)).get(agent))

    def create_version(
        self, who: Identity, agent: str, wanted: CreateVersion, *, key: str | None, body: bytes
    ) -> CreatedVersion:
        """Register a package as a draft version; the version of the same content when it is there."""

        def make() -> dict[str, Any]:
            made, fresh = self._create_version(who, agent, wanted)
            return {"version": _json(made), "fresh": fresh}

        # The agent is part of the route: one key for two agents is two requests.
        outcome = once(self.answers(who), f"POST /v1/templates/{agent}/versions", key, body, make)
        version = VersionReply.model_validate(outcome.response["version"])
        return CreatedVersion(version, outcome.response["fresh"], outcome.replayed)

    def list_versions(self, who: Identity, *, agent: str | None, limit: int, cursor: str | None) -> VersionPage:
        """Versions of one agent or of all, newest first."""
        versions, route = Versions(self.registry(who)), f"{_VERSIONS}?agent={agent or ''}"
        after = self._after(_PLATFORM, route, cursor)
        listed = (
            versions.list(agent, limit=limit, after=after) if agent else versions.list_all(limit=limit, after=after)
        )
        shown = [VersionReply.model_validate(item) for item in listed.items]
        return VersionPage(items=shown, next_cursor=self._cursor(_PLATFORM, route, listed))

    def get_version(self, who: Identity, version_id: str) -> VersionReply:
        """One version; NotFound when there is none."""
        return VersionReply.model_validate(Versions(self.registry(who)).by_id(version_id))

    def promote(self, who: Identity, version_id: str, to: str) -> VersionReply:
        """Move a version; Conflict names where it may go. Approving one deprecates its predecessor."""
        table = self.registry(who)
        found = Versions(table).by_id(version_id)
        version = Versions(table).get(found["agent"], version_id)  # the index may lag; the record does not
        try:
            target = promote(version["status"], to)
        except IllegalPromotion as illegal:
            raise Conflict(f"{str(illegal).capitalize()}.") from None
        template = Templates(table).get(version["agent"])
        try:
            move_version(table, template, version, target, rfc3339(self.clock.now()))
        except ConditionFailed:
            raise Conflict("The agent changed at this moment. Look again, then decide.") from None
        count("VersionPromoted", to=target)
        return VersionReply.model_validate(version | {"status": target})

    def _create_template(self, who: Identity, wanted: CreateTemplate) -> TemplateReply:
        now = rfc3339(self.clock.now())
        record = wanted.model_dump(mode="json", by_alias=True) | {"createdAt": now, "updatedAt": now}
        try:
            made = Templates(self.registry(who)).create(record)
        except ConditionFailed:
            raise Conflict(f"There is an agent named {wanted.name} already; add a version to it.") from None
        count("TemplateCreated")
        return TemplateReply.model_validate(made)

    def _create_version(self, who: Identity, agent: str, wanted: CreateVersion) -> tuple[VersionReply, bool]:
        table = self.registry(who)
        template, versions = Templates(table).get(agent), Versions(table)
        same = _of_content(versions, agent, wanted.content_hash)
        if same is not None:
            return VersionReply.model_validate(same), False
        record = self._record(who, template, wanted)
        versions.create(record)
        count("VersionRegistered", agent=agent)
        return VersionReply.model_validate(record), True

    def _record(self, who: Identity, template: Mapping[str, Any], wanted: CreateVersion) -> dict[str, Any]:
        manifest = _checked_manifest(template, wanted.manifest)
        self._check_artifact(str(template["name"]), wanted)
        return {
            "versionId": new_id("ver"),
            "agent": template["name"],
            "contentHash": wanted.content_hash,
            "artifactKey": wanted.artifact_key,
            "runtimeArn": wanted.runtime_arn,
            "manifest": manifest,
            "status": VersionStatus.DRAFT,
            "parent": wanted.parent or template.get("approvedVersionId"),
            "createdBy": who.principal_id,
            "createdAt": rfc3339(self.clock.now()),
        }

    def _check_artifact(self, agent: str, wanted: CreateVersion) -> None:
        if wanted.artifact_key != f"agents/{agent}/{wanted.content_hash}.zip":
            raise _bad("/artifactKey", f"must be agents/{agent}/<contentHash>.zip")
        recorded = self.artifacts.sha256_of(wanted.artifact_key)
        if recorded is None:
            raise Unprocessable("There is no package at artifactKey. Upload it first.")
        if recorded != wanted.content_hash:
            raise Unprocessable("The package at artifactKey is not the one that contentHash names.")

    def _after(self, tenant: str, route: str, cursor: str | None) -> str | None:
        return str(self.cursors.decode(tenant, route, cursor)["after"]) if cursor else None

    def _cursor(self, tenant: str, route: str, page: IdPage) -> str | None:
        return self.cursors.encode(tenant, route, {"after": page.next_id}) if page.next_id else None


def _json(reply: BaseModel) -> dict[str, Any]:
    return reply.model_dump(mode="json", by_alias=True, exclude_none=True)


def _is_offered(template: Mapping[str, Any], who: Identity) -> bool:
    within = Tier(who.tier).includes(template["tierMinimum"]) and who.may_use(template["name"], domain_of(template))
    return bool(template.get("approvedVersionId")) and within


def _agent(template: Mapping[str, Any]) -> AgentReply:
    return AgentReply.model_validate({**template, "version": template["approvedVersionId"]})


def _of_content(versions: Versions, agent: str, content_hash: str) -> dict[str, Any] | None:
    after: str | None = None
    while True:
        page = versions.list(agent, limit=100, after=after)
        same = next((item for item in page.items if item["contentHash"] == content_hash), None)
        if same is not None or page.next_id is None:
            return same
        after = page.next_id


def _checked_manifest(template: Mapping[str, Any], table: dict[str, Any]) -> dict[str, Any]:
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
