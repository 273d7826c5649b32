"""`/v1/api-keys` and `/v1/aws-callers`: the tenant is the caller's own, whatever the request says."""

from dataclasses import dataclass
from typing import Final

from data_access_lib.tenant import TenantContext, TenantId
from lambdas.api_keys.aws_callers import AwsCallerService
from lambdas.api_keys.models import (
    ApiKeyPage,
    ApiKeyReply,
    AwsCallerPage,
    AwsCallerReply,
    CreateApiKey,
    CreateAwsCaller,
    NewApiKeyReply,
    RotateApiKey,
)
from lambdas.api_keys.service import ApiKeyService
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("api_keys")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}


@dataclass(frozen=True)
class ApiKeysApi:
    """The two kinds of machine credentials."""

    keys: ApiKeyService
    callers: AwsCallerService


@ROUTES.handle("POST /v1/api-keys", request=CreateApiKey, replies={201: NewApiKeyReply})
def create_key(call: Call, api: ApiKeysApi, body: CreateApiKey) -> Reply:
    """Make an API key; its secret is shown this once."""
    made, replayed = api.keys.create(_who(call), body, key=call.idempotency_key, body=call.raw_body)
    return Reply(made, 201, {"location": f"/v1/api-keys/{made.key_id}", **_replay(replayed=replayed)})


@ROUTES.handle("GET /v1/api-keys", replies={200: ApiKeyPage}, query=_PAGING)
def list_keys(call: Call, api: ApiKeysApi) -> ApiKeyPage:
    """List the tenant's API keys, newest first."""
    return api.keys.list(_who(call), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/api-keys/{id}", replies={200: ApiKeyReply})
def get_key(call: Call, api: ApiKeysApi) -> ApiKeyReply:
    """Look at one API key and its use."""
    return api.keys.get(_who(call), call.path["id"])


@ROUTES.handle("POST /v1/api-keys/{id}/rotate", request=RotateApiKey, replies={201: NewApiKeyReply})
def rotate_key(call: Call, api: ApiKeysApi, body: RotateApiKey) -> Reply:
    """Give an API key a new secret, shown this once; the present one stays valid for the overlap."""
    made, replayed = api.keys.rotate(_who(call), call.path["id"], body, key=call.idempotency_key, body=call.raw_body)
    return Reply(made, 201, _replay(replayed=replayed))


@ROUTES.handle("DELETE /v1/api-keys/{id}", replies={204: None})
def revoke_key(call: Call, api: ApiKeysApi) -> Reply:
    """Revoke an API key and all its secrets, within 60 s."""
    api.keys.revoke(_who(call), call.path["id"])
    return Reply(None, 204)


@ROUTES.handle("POST /v1/aws-callers", request=CreateAwsCaller, replies={201: AwsCallerReply})
def create_caller(call: Call, api: ApiKeysApi, body: CreateAwsCaller) -> Reply:
    """Let an IAM role call as this tenant."""
    made, replayed = api.callers.create(_who(call), body, key=call.idempotency_key, body=call.raw_body)
    return Reply(made, 201, _replay(replayed=replayed))


@ROUTES.handle("GET /v1/aws-callers", replies={200: AwsCallerPage}, query=_PAGING)
def list_callers(call: Call, api: ApiKeysApi) -> AwsCallerPage:
    """List the IAM roles that may call, newest first."""
    return api.callers.list(_who(call), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("DELETE /v1/aws-callers/{id}", replies={204: None})
def delete_caller(call: Call, api: ApiKeysApi) -> Reply:
    """Let an IAM role call no more, within 60 s."""
    api.callers.delete(_who(call), call.path["id"])
    return Reply(None, 204)


def _who(call: Call) -> TenantContext:
    identity = call.who()
    return TenantContext(TenantId(identity.tenant()), identity.principal_id)


def _replay(*, replayed: bool) -> dict[str, str]:
    return {"idempotency-replayed": "true"} if replayed else {}
