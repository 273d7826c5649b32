"""`/v1/files`: the tenant is the caller's own, whatever the request says."""

from typing import Final

from data_access_lib.tenant import TenantContext, TenantId
from lambdas.files.models import CreateFile, FilePage, FileReply, UploadReply
from lambdas.files.service import FileService
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("files")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}


@ROUTES.handle("POST /v1/files", request=CreateFile, replies={201: UploadReply})
def create_file(call: Call, service: FileService, body: CreateFile) -> Reply:
    """Describe a file and get the address to upload it to."""
    made, replayed = service.create(_who(call), call.who().tier, body, key=call.idempotency_key, body=call.raw_body)
    headers = {"location": f"/v1/files/{made.file_id}"}
    return Reply(made, 201, headers | ({"idempotency-replayed": "true"} if replayed else {}))


@ROUTES.handle("GET /v1/files", replies={200: FilePage}, query=_PAGING)
def list_files(call: Call, service: FileService) -> FilePage:
    """List the tenant's files, newest first."""
    return service.list(_who(call), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/files/{id}", replies={200: FileReply})
def get_file(call: Call, service: FileService) -> FileReply:
    """Look at one file and get the address to download it from."""
    return service.get(_who(call), call.path["id"])


@ROUTES.handle("DELETE /v1/files/{id}", replies={204: None})
def delete_file(call: Call, service: FileService) -> Reply:
    """Delete a file and its bytes."""
    service.delete(_who(call), call.path["id"])
    return Reply(None, 204)


def _who(call: Call) -> TenantContext:
    identity = call.who()
    return TenantContext(TenantId(identity.tenant()), identity.principal_id)
