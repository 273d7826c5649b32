"""A tenant's files: described first, uploaded by the client straight to the bucket, downloaded from there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from data_access_lib import keys
from data_access_lib.client import TenantScopedBucket
from data_access_lib.controls import Controls
from data_access_lib.cursors import CursorCodec
from data_access_lib.once import once
from data_access_lib.recorded import recorded
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.tenant import TenantContext
from governance.flags import UPLOAD
from lambdas.files.models import CreateFile, FilePage, FileReply, UploadReply
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict
from platform_kit.ids import new_id
from platform_kit.observability import count

URL_SECONDS: Final = 900
_LIST: Final = "GET /v1/files"
_CREATE: Final = "POST /v1/files"


@dataclass(frozen=True)
class Shelf:
    """What one principal of one tenant works with."""

    records: Files
    objects: TenantScopedBucket
    answers: Idempotency
    audit: AuditLog


@dataclass(frozen=True)
class FileService:
    """`shelf` opens a tenant's files with credentials for that tenant alone."""

    shelf: Callable[[TenantContext], Shelf]
    controls: Controls
    cursors: CursorCodec
    clock: Clock

    def create(
        self, who: TenantContext, tier: str, wanted: CreateFile, *, key: str | None, body: bytes
    ) -> tuple[UploadReply, bool]:
        """Describe a file and say where to upload it; True beside a replay, which signs a fresh address.

        CapabilityDisabled or KillSwitchActive when a tenant of this tier may not upload.
        """
        self.controls.admit(UPLOAD, tenant=who.tenant_id, tier=tier)
        shelf = self.shelf(who)
        outcome = once(shelf.answers, _CREATE, key, body, lambda: {"fileId": self._describe(shelf, who, wanted)})
        return self._invite(shelf, shelf.records.get(outcome.response["fileId"])), outcome.replayed

    def list(self, who: TenantContext, *, limit: int, cursor: str | None) -> FilePage:
        """The tenant's files, newest first; InvalidCursor for a cursor that is not of this list."""
        after = self.cursors.decode(who.tenant_id, _LIST, cursor)["after"] if cursor else None
        page = self.shelf(who).records.list(limit=limit, after=after)
        following = self.cursors.encode(who.tenant_id, _LIST, {"after": page.next_id}) if page.next_id else None
        return FilePage(items=[FileReply.model_validate(_shown(item)) for item in page.items], next_cursor=following)

    def get(self, who: TenantContext, file_id: str) -> FileReply:
        """A file with an address to download it from; Conflict while nothing has been uploaded."""
        shelf = self.shelf(who)
        record = shelf.records.get(file_id)
        stored = shelf.objects.head(record["key"])
        if stored is None:
            raise Conflict("Nothing has been uploaded for this file yet. PUT its bytes to the uploadUrl first.")
        url = shelf.objects.presign_get(record["key"], record["name"], URL_SECONDS)
        extra = {"bytes": stored.bytes, "downloadUrl": url, "expiresAt": self._expiry()}
        return FileReply.model_validate(_shown(record) | extra)

    def delete(self, who: TenantContext, file_id: str) -> None:
        """Remove a file, bytes first: if that fails the record still leads to them. NotFound when there is none."""
        shelf = self.shelf(who)
        record = shelf.records.get(file_id)
        draft = AuditDraft("file.deleted", file_id, detail={"bytes": record["bytes"]})
        recorded(shelf.audit, draft, lambda: _remove(shelf, record))
        count("FileDeleted")

    def _describe(self, shelf: Shelf, who: TenantContext, wanted: CreateFile) -> str:
        file_id = new_id("fil")
        record = {
            "fileId": file_id,
            "key": keys.file_object(who.tenant_id, file_id, wanted.name),
            "name": wanted.name,
            "contentType": wanted.content_type,
            "bytes": wanted.bytes,
            "createdBy": who.principal_id,
            "createdAt": rfc3339(self.clock.now()),
        }
        shelf.records.create(record | ({"uploadHeaders": True} if wanted.upload_headers else {}))
        return file_id

    def _invite(self, shelf: Shelf, record: Mapping[str, Any]) -> UploadReply:
        url, headers = _address(shelf, record)
        count("FileUploadPresigned")
        about = {"file_id": record["fileId"], "key": record["key"], "expires_at": self._expiry()}
        return UploadReply(**about, upload_url=url, upload_headers={"content-type": record["contentType"], **headers})

    def _expiry(self) -> str:
        return rfc3339(self.clock.now() + timedelta(seconds=URL_SECONDS))


def _address(shelf: Shelf, record: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Where to upload, and with which headers: under the tenant's own key when the client can send what that takes."""
    wanted = (record["key"], record["contentType"], record["bytes"], URL_SECONDS)
    sealed = shelf.objects.presign_sealed_put(*wanted) if record.get("uploadHeaders") else None
    return sealed or (shelf.objects.presign_put(*wanted), {})


def _remove(shelf: Shelf, record: Mapping[str, Any]) -> None:
    shelf.objects.delete(record["key"])
    shelf.records.delete(record["fileId"])


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in {"key", "uploadHeaders"}}
