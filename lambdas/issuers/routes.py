"""`/v1/issuers`: operators look, the platform's administrators change."""

from typing import Final

from lambdas.issuers.models import IssuerPage, IssuerReply, RegisterIssuer, UpdateIssuer
from lambdas.issuers.service import IssuerService
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("issuers")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}


@ROUTES.handle("POST /v1/issuers", request=RegisterIssuer, replies={201: IssuerReply})
def register_issuer(call: Call, service: IssuerService, body: RegisterIssuer) -> Reply:
    """Register an issuer: its tokens are believed within 60 s, as far as it is bound."""
    made, replayed = service.register(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    headers = {"location": f"/v1/issuers/{made.id}", "etag": '"1"'}
    return Reply(made, 201, headers | ({"idempotency-replayed": "true"} if replayed else {}))


@ROUTES.handle("GET /v1/issuers", replies={200: IssuerPage}, query=_PAGING)
def list_issuers(call: Call, service: IssuerService) -> IssuerPage:
    """List the issuers."""
    return service.list(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/issuers/{id}", replies={200: IssuerReply})
def get_issuer(call: Call, service: IssuerService) -> Reply:
    """Look at one issuer."""
    return _tagged(*service.get(call.who(), call.path["id"]))


@ROUTES.handle("PATCH /v1/issuers/{id}", request=UpdateIssuer, replies={200: IssuerReply})
def update_issuer(call: Call, service: IssuerService, body: UpdateIssuer) -> Reply:
    """Change or disable an issuer, within 60 s."""
    return _tagged(*service.update(call.who(), call.path["id"], call.if_match(), body))


def _tagged(body: IssuerReply, etag: int) -> Reply:
    return Reply(body, 200, {"etag": f'"{etag}"'})
