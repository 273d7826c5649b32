"""`/v1/agents` for tenants; `/v1/templates` and `/v1/versions` for operators."""

from typing import Final

from lambdas.agents.gate_models import (
    CertificationList,
    CertificationReply,
    DecideApproval,
    GrantCertification,
    OverrideList,
    OverrideReply,
    PromotionApprovalList,
    PromotionApprovalReply,
    RequestApproval,
    RequestOverride,
    RevokeCertification,
)
from lambdas.agents.models import (
    AgentPage,
    AgentReply,
    ArtifactReply,
    CreateTemplate,
    CreateVersion,
    DiffReply,
    GatesReply,
    LineageReply,
    Promote,
    Rollback,
    RollbackReply,
    TemplatePage,
    TemplateReply,
    VersionPage,
    VersionReply,
)
from lambdas.agents.service import AgentService
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("agents")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}


@ROUTES.handle("GET /v1/agents", replies={200: AgentPage}, query=_PAGING)
def list_agents(call: Call, service: AgentService) -> AgentPage:
    """List the agents the tenant may use, by name."""
    return service.list_agents(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/agents/{agent}", replies={200: AgentReply})
def get_agent(call: Call, service: AgentService) -> AgentReply:
    """Look at one agent and its versions."""
    return service.get_agent(call.who(), call.path["agent"])


@ROUTES.handle("POST /v1/templates", request=CreateTemplate, replies={201: TemplateReply})
def create_template(call: Call, service: AgentService, body: CreateTemplate) -> Reply:
    """Register an agent."""
    made, replayed = service.create_template(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    return Reply(made, 201, {"location": f"/v1/templates/{made.name}", **_replay(replayed=replayed)})


@ROUTES.handle("GET /v1/templates", replies={200: TemplatePage}, query=_PAGING)
def list_templates(call: Call, service: AgentService) -> TemplatePage:
    """List all agents, by name."""
    return service.list_templates(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/templates/{id}", replies={200: TemplateReply})
def get_template(call: Call, service: AgentService) -> TemplateReply:
    """Look at one agent as its operators see it."""
    return service.get_template(call.who(), call.path["id"])


@ROUTES.handle(
    "POST /v1/templates/{id}/versions", request=CreateVersion, replies={200: VersionReply, 201: VersionReply}
)
def create_version(call: Call, service: AgentService, body: CreateVersion) -> Reply:
    """Register a package as a version; the same content again gives the version there is."""
    made = service.versions.create(call.who(), call.path["id"], body, key=call.idempotency_key, body=call.raw_body)
    headers = {"location": f"/v1/versions/{made.version.version_id}", **_replay(replayed=made.replayed)}
    return Reply(made.version, 201 if made.fresh else 200, headers)


@ROUTES.handle("GET /v1/versions", replies={200: VersionPage}, query={**_PAGING, "agent": "Only this agent's."})
def list_versions(call: Call, service: AgentService) -> VersionPage:
    """List versions, newest first."""
    agent = call.query.get("agent")
    return service.versions.list(call.who(), agent=agent, limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/versions/{id}", replies={200: VersionReply})
def get_version(call: Call, service: AgentService) -> VersionReply:
    """Look at one version."""
    return service.versions.get(call.who(), call.path["id"])


@ROUTES.handle("GET /v1/versions/{id}/artifact", replies={200: ArtifactReply})
def get_artifact(call: Call, service: AgentService) -> ArtifactReply:
    """Fetch a version's package, to carry it to another stage: a URL that holds for five minutes."""
    return service.versions.artifact(call.who(), call.path["id"])


@ROUTES.handle("POST /v1/versions/{id}/promote", request=Promote, replies={200: VersionReply})
def promote_version(call: Call, service: AgentService, body: Promote) -> VersionReply:
    """Move a version along its life; approving one deprecates its predecessor."""
    return service.promotions.promote(call.who(), call.path["id"], body)


@ROUTES.handle("POST /v1/versions/{id}/rollback", request=Rollback, replies={200: RollbackReply})
def roll_back_version(call: Call, service: AgentService, body: Rollback) -> RollbackReply:
    """Take an approved version back: the one approved before it takes its place at once, without a build."""
    return service.promotions.roll_back(call.who(), call.path["id"], body)


@ROUTES.handle("GET /v1/versions/{id}/gates", replies={200: GatesReply})
def get_gates(call: Call, service: AgentService) -> GatesReply:
    """Look at what still stands between a version and its approval."""
    return service.promotions.gates(call.who(), call.path["id"])


@ROUTES.handle(
    "GET /v1/versions/{id}/diff", replies={200: DiffReply}, query={"against": "Another version; left out: its parent."}
)
def get_diff(call: Call, service: AgentService) -> DiffReply:
    """Look at what a version changes of another."""
    return service.versions.diff(call.who(), call.path["id"], call.query.get("against"))


@ROUTES.handle("GET /v1/templates/{id}/lineage", replies={200: LineageReply})
def get_lineage(call: Call, service: AgentService) -> LineageReply:
    """Look at which version of an agent follows from which."""
    return service.versions.lineage(call.who(), call.path["id"])


# What people do about gates


@ROUTES.handle("POST /v1/versions/{id}/certifications", request=GrantCertification, replies={201: CertificationReply})
def grant_certification(call: Call, service: AgentService, body: GrantCertification) -> Reply:
    """Vouch for a version's content until a day; not for one that you registered."""
    made, replayed = service.clearing.certifications.grant(
        call.who(), call.path["id"], body, key=call.idempotency_key, body=call.raw_body
    )
    return Reply(made, 201, _replay(replayed=replayed))


@ROUTES.handle("GET /v1/versions/{id}/certifications", replies={200: CertificationList})
def list_certifications(call: Call, service: AgentService) -> CertificationList:
    """List a version's certifications."""
    return service.clearing.certifications.list(call.who(), call.path["id"])


@ROUTES.handle(
    "POST /v1/versions/{id}/certifications/{certificationId}/revoke",
    request=RevokeCertification,
    replies={200: CertificationReply},
)
def revoke_certification(call: Call, service: AgentService, body: RevokeCertification) -> CertificationReply:
    """Revoke a certification: it holds no more, and for good."""
    return service.clearing.certifications.revoke(call.who(), call.path["id"], call.path["certificationId"], body)


@ROUTES.handle("POST /v1/versions/{id}/approvals", request=RequestApproval, replies={201: PromotionApprovalReply})
def request_approval(call: Call, service: AgentService, body: RequestApproval) -> Reply:
    """Ask others to approve the promotion of a version whose risk is high."""
    made, replayed = service.clearing.approvals.request(
        call.who(), call.path["id"], body, key=call.idempotency_key, body=call.raw_body
    )
    return Reply(made, 201, _replay(replayed=replayed))


@ROUTES.handle("GET /v1/versions/{id}/approvals", replies={200: PromotionApprovalList})
def list_promotion_approvals(call: Call, service: AgentService) -> PromotionApprovalList:
    """List the approvals that were asked for a version's promotion."""
    return service.clearing.approvals.list(call.who(), call.path["id"])


@ROUTES.handle(
    "POST /v1/versions/{id}/approvals/{approvalId}/decision",
    request=DecideApproval,
    replies={200: PromotionApprovalReply},
)
def decide_promotion_approval(call: Call, service: AgentService, body: DecideApproval) -> PromotionApprovalReply:
    """Approve or deny a promotion; not one that you asked for, nor of a version that you registered."""
    return service.clearing.approvals.decide(call.who(), call.path["id"], call.path["approvalId"], body)


@ROUTES.handle("POST /v1/versions/{id}/break-glass", request=RequestOverride, replies={201: OverrideReply})
def request_break_glass_promotion(call: Call, service: AgentService, body: RequestOverride) -> Reply:
    """Ask for a promotion past closed gates, in an emergency; another administrator confirms it within the hour."""
    made, replayed = service.clearing.overrides.request(
        call.who(), call.path["id"], body, key=call.idempotency_key, body=call.raw_body
    )
    return Reply(made, 201, _replay(replayed=replayed))


@ROUTES.handle("GET /v1/versions/{id}/break-glass", replies={200: OverrideList})
def list_break_glass_promotions(call: Call, service: AgentService) -> OverrideList:
    """List the promotions past closed gates that were asked for a version."""
    return service.clearing.overrides.list(call.who(), call.path["id"])


@ROUTES.handle("POST /v1/versions/{id}/break-glass/{requestId}/confirm", replies={200: VersionReply})
def confirm_break_glass_promotion(call: Call, service: AgentService) -> VersionReply:
    """Confirm what another administrator asked for: the version is approved past the gates that were seen closed."""
    return service.clearing.overrides.confirm(call.who(), call.path["id"], call.path["requestId"])


def _replay(*, replayed: bool) -> dict[str, str]:
    return {"idempotency-replayed": "true"} if replayed else {}
