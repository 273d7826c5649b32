"""The catalogue a tenant may use, and the registry that operators publish to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.once import once
from data_access_lib.repositories.catalogue import TemplateRecords, VersionRecords
from data_access_lib.repositories.pages import IdPage
from governance.tiers import Tier
from governance.versions import VersionStatus
from lambdas.agents.approvals import Approvals
from lambdas.agents.break_glass import Overrides
from lambdas.agents.certifications import VersionCertifications
from lambdas.agents.desk import Desk
from lambdas.agents.models import (
    AgentPage,
    AgentReply,
    AgentVersion,
    CreateTemplate,
    TemplatePage,
    TemplateReply,
)
from lambdas.agents.promotion import Promotions
from lambdas.agents.versions import VersionRegistry
from platform_kit.clock import Clock, rfc3339
from platform_kit.domains import domain_of
from platform_kit.errors import Conflict, NotFound
from platform_kit.identity import Identity
from platform_kit.observability import count

_AGENTS, _TEMPLATES = "GET /v1/agents", "GET /v1/templates"
_SHOWN_VERSIONS: Final = frozenset({VersionStatus.APPROVED, VersionStatus.DEPRECATED})
_PLATFORM: Final = "platform"


@dataclass(frozen=True)
class Catalogue:
    """What every tenant may read of the platform's own data."""

    templates: TemplateRecords
    versions: VersionRecords


@dataclass(frozen=True)
class Clearing:
    """What people do so that gates open, or that a version passes closed ones."""

    certifications: VersionCertifications
    approvals: Approvals
    overrides: Overrides


@dataclass(frozen=True)
class AgentService:
    """`desk` opens the platform's catalogue for an operator; each of its accesses is audited."""

    catalogue: Catalogue
    desk: Callable[[Identity], Desk]
    cursors: CursorCodec
    clock: Clock
    versions: VersionRegistry
    promotions: Promotions
    clearing: Clearing

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

        outcome = once(self.desk(who).answers, "POST /v1/templates", key, body, make)
        return TemplateReply.model_validate(outcome.response), outcome.replayed

    def list_templates(self, who: Identity, *, limit: int, cursor: str | None) -> TemplatePage:
        """All templates, by name."""
        after = self._after(_PLATFORM, _TEMPLATES, cursor)
        page = self.desk(who).templates.list(limit=limit, after=after)
        shown = [TemplateReply.model_validate(item) for item in page.items]
        return TemplatePage(items=shown, next_cursor=self._cursor(_PLATFORM, _TEMPLATES, page))

    def get_template(self, who: Identity, agent: str) -> TemplateReply:
        """One template; NotFound when there is none."""
        return TemplateReply.model_validate(self.desk(who).templates.get(agent))

    def _create_template(self, who: Identity, wanted: CreateTemplate) -> TemplateReply:
        now = rfc3339(self.clock.now())
        record = wanted.model_dump(mode="json", by_alias=True) | {"createdAt": now, "updatedAt": now}
        try:
            made = self.desk(who).templates.create(record)
        except ConditionFailed:
            raise Conflict(f"There is an agent named {wanted.name} already; add a version to it.") from None
        count("TemplateCreated")
        return TemplateReply.model_validate(made)

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
