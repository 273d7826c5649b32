"""A bucket as one owner sees it: object keys below its own root, such as `tenants/<id>/`, in their one normal form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from data_access_lib import keys
from data_access_lib.boundary import Boundary
from data_access_lib.content import PLAIN, Content
from data_access_lib.errors import ConditionFailed, StoreUnavailable
from data_access_lib.failures import code_of, store_failures
from data_access_lib.keys import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from data_access_lib.signals import AccessSignals
    from data_access_lib.tenant import TenantContext

MAX_EXPIRES: Final = 900
"""Seconds that a presigned URL may live: the credentials that sign it live at least as long (see `sessions`)."""
_ABSENT: Final = frozenset({"NoSuchKey", "404", "NotFound"})
_BEYOND_END: Final = frozenset({"InvalidRange", "416"})
_EXISTS: Final = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What is known of an object without reading it; `bytes` is its whole size."""

    key: str
    bytes: int
    etag: str
    content_type: str
    modified_at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's bytes from `offset`, and its whole size in `total`."""

    key: str
    data: bytes
    offset: int
    total: int
    etag: str
    content_type: str

    @property
    def eof(self) -> bool:
        """Whether `data` reaches the end."""
        return self.offset + len(self.data) >= self.total


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """Part of a listing: keys and sizes in bytes; `next_token` goes on, None at the end."""

    objects: list[tuple[str, int]]
    next_token: str | None


class BoundedBucket:
    """Every object key is checked before anything is sent or signed: TenantAccessViolation, InvalidObjectKey.

    With `content` of a tenant that has a key, S3 encrypts with it what is written here, and documents that the platform
    writes itself (`keys.is_document`) are sealed too.
    """

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        boundary: Boundary,
        *,
        content: Content = PLAIN,
    ) -> None:
        self.name = bucket
        self.owner = boundary.owner
        self._client = client
        self._content = content
        self._boundary = boundary

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> StoredObject | None:
        """An object, or `length` bytes of it from `offset` (none beyond its end); None when it is not there.

        Documents of our own come out opened, whole or in part.
        """
        request = self._request(key, "get")
        if keys.is_document(key):
            return self._opened(request, offset, length)
        if length is not None and length <= 0:
            return self._empty(key, offset)
        if offset or length is not None:
            request["Range"] = f"bytes={offset}-{'' if length is None else offset + length - 1}"
        answer = self._absent_is_none("get_object", request)
        if answer is _OUT_OF_RANGE:
            return self._empty(key, offset)
        return None if answer is None else _stored(key, offset, answer)

    def head(self, key: str) -> ObjectInfo | None:
        """An object's size and type; None when it is not there."""
        answer = self._absent_is_none("head_object", self._request(key, "head"))
        return None if answer is None else _info(key, answer)

    def chunks(self, key: str, *, size: int = 1024 * 1024) -> Iterator[bytes] | None:
        """An object's bytes, `size` at a time, so that memory stays bounded; None when it is not there."""
        if keys.is_document(key):
            document = self.get(key)
            return None if document is None else iter([document.data])
        answer = self._absent_is_none("get_object", self._request(key, "get"))
        return None if answer is None else answer["Body"].iter_chunks(size)

    def put(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = "application/octet-stream",
        if_absent: bool = False,
        checksum: bool = False,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Write an object, sealed when it is a document of our own; its ETag.

        With `if_absent`, ConditionFailed when there is one already. `checksum` is what an object lock demands.
        """
        request = self._new(key, "put") | {"Body": self._stored(key, body), "ContentType": content_type}
        request |= {"Metadata": dict(metadata)} if metadata else {}
        request |= {"IfNoneMatch": "*"} if if_absent else {}
        request |= {"ChecksumAlgorithm": "SHA256"} if checksum else {}
        return str(self._call("put_object", request)["ETag"]).strip('"')

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens when it is absent."""
        self._call("delete_object", self._request(key, "delete"))

    def list(self, prefix: str, *, limit: int = 100, start: str | None = None, after: str | None = None) -> ObjectPage:
        """Up to `limit` objects whose keys begin with `prefix`, which holds the tenant's root at least, in order.

        `start` is an earlier page's `next_token`; `after` begins behind a key, whether or not it is still there.
        """
        self._boundary.object_prefix(prefix, "list", self.name)
        request: dict[str, Any] = {"Bucket": self.name, "Prefix": prefix, "MaxKeys": limit}
        request |= {"ContinuationToken": start} if start else {}
        request |= {"StartAfter": after} if after else {}
        answer = self._call("list_objects_v2", request)
        objects = [(str(entry["Key"]), int(entry["Size"])) for entry in answer.get("Contents", [])]
        return ObjectPage(objects, answer.get("NextContinuationToken"))

    def versions(self, prefix: str, *, limit: int = 1000) -> Sequence[tuple[str, str]]:
        """The first `limit` versions below `prefix`, delete markers among them: (key, version id)."""
        self._boundary.object_prefix(prefix, "versions", self.name)
        return _versions(self._call("list_object_versions", {"Bucket": self.name, "Prefix": prefix, "MaxKeys": limit}))

    def count_versions(self, prefix: str) -> int:
        """How many versions there are below `prefix`, delete markers among them."""
        self._boundary.object_prefix(prefix, "count_versions", self.name)
        request: dict[str, Any] = {"Bucket": self.name, "Prefix": prefix}
        counted = 0
        while True:
            answer = self._call("list_object_versions", request)
            counted += len(_versions(answer))
            if not answer.get("IsTruncated"):
                return counted
            markers = ("KeyMarker", "VersionIdMarker")
            request |= {name: answer[f"Next{name}"] for name in markers if answer.get(f"Next{name}")}

    def erase(self, versions: Sequence[tuple[str, str]]) -> None:
        """Remove up to 1000 versions for good; StoreUnavailable when some stay."""
        for key, _ in versions:
            self._boundary.object_prefix(key, "erase", self.name)
        if not versions:
            return
        gone = [{"Key": key, "VersionId": version} for key, version in versions]
        answer = self._call("delete_objects", {"Bucket": self.name, "Delete": {"Objects": gone, "Quiet": True}})
        if answer.get("Errors"):
            raise StoreUnavailable

    def copy(self, source: str, target: str) -> None:
        """Copy inside the tenant: both ends are checked. Up to 5 GB (AWS: CopyObject)."""
        self._boundary.object_key(source, "copy", self.name)
        request = self._new(target, "copy") | {"CopySource": {"Bucket": self.name, "Key": source}}
        self._call("copy_object", request)

    def presign_put(self, key: str, content_type: str, bytes: int, expires: int = MAX_EXPIRES) -> str:  # noqa: A002 - the API's word
        """A URL that accepts one upload of exactly this type and this many bytes, for `expires` seconds (≤ 900)."""
        request = self._request(key, "presign_put") | {"ContentType": content_type, "ContentLength": bytes}
        return self._sign("put_object", request, expires)

    def presign_sealed_put(
        self,
        key: str,
        content_type: str,
        bytes: int,  # noqa: A002 - the API's word
        expires: int = MAX_EXPIRES,
    ) -> tuple[str, dict[str, str]] | None:
        """As `presign_put`, and it accepts the upload only under the tenant's own key; None when it has none.

        Beside the URL the headers that the upload must carry: S3 takes them from nowhere else, and they are signed.
        """
        request = self._new(key, "presign_put") | {"ContentType": content_type, "ContentLength": bytes}
        if "SSEKMSKeyId" not in request:
            return None
        headers = {
            "x-amz-server-side-encryption": request["ServerSideEncryption"],
            "x-amz-server-side-encryption-aws-kms-key-id": request["SSEKMSKeyId"],
            "x-amz-server-side-encryption-bucket-key-enabled": "false",
        }
        return self._sign("put_object", request, expires), headers

    def presign_get(self, key: str, filename: str, expires: int = MAX_EXPIRES) -> str:
        """A URL that downloads the object as a file of this name, never shown in place, for ≤ 900 seconds."""
        ascii_name, exact = safe_name(filename), quote(filename, safe="", errors="replace")
        disposition = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{exact}"
        request = self._request(key, "presign_get") | {"ResponseContentDisposition": disposition}
        return self._sign("get_object", request, expires)

    def create_multipart(self, key: str, *, content_type: str = "application/octet-stream") -> str:
        """Begin an upload in parts; its id."""
        request = self._new(key, "create_multipart") | {"ContentType": content_type}
        return str(self._call("create_multipart_upload", request)["UploadId"])

    def upload_part(self, key: str, upload_id: str, number: int, body: bytes) -> str:
        """Send part `number` (from 1; ≥ 5 MiB but for the last); its ETag."""
        request = self._request(key, "upload_part") | {"UploadId": upload_id, "PartNumber": number, "Body": body}
        return str(self._call("upload_part", request)["ETag"])

    def complete_multipart(self, key: str, upload_id: str, etags: Sequence[str]) -> None:
        """Join the parts; `etags` in order from part 1."""
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, start=1)]
        request = self._request(key, "complete_multipart")
        self._call("complete_multipart_upload", request | {"UploadId": upload_id, "MultipartUpload": {"Parts": parts}})

    def abort_multipart(self, key: str, upload_id: str) -> None:
        """Give an upload up; its parts are removed."""
        self._call("abort_multipart_upload", self._request(key, "abort_multipart") | {"UploadId": upload_id})

    def _request(self, key: str, operation: str) -> dict[str, Any]:
        self._boundary.object_key(key, operation, self.name)
        return {"Bucket": self.name, "Key": key}

    def _stored(self, key: str, body: bytes) -> bytes:
        return self._content.put_away_object(key, body) if keys.is_document(key) else body

    def _opened(self, request: dict[str, Any], offset: int, length: int | None) -> StoredObject | None:
        """What is sealed is read whole: no part of it can be trusted before all of it is there."""
        key = str(request["Key"])
        answer = self._absent_is_none("get_object", request)
        if answer is None:
            return None
        plain = self._content.take_out_object(key, answer["Body"].read())
        part = plain[offset:] if length is None else plain[offset : offset + max(length, 0)]
        return StoredObject(key, part, offset, len(plain), answer["ETag"].strip('"'), answer["ContentType"])

    def _new(self, key: str, operation: str) -> dict[str, Any]:
        """A request that makes an object."""
        return self._request(key, operation) | self._content.object_encryption()

    def _empty(self, key: str, offset: int) -> StoredObject | None:
        info = self.head(key)
        return None if info is None else StoredObject(key, b"", offset, info.bytes, info.etag, info.content_type)

    def _sign(self, operation: str, request: dict[str, Any], expires: int) -> str:
        seconds = max(1, min(expires, MAX_EXPIRES))
        return self._client.generate_presigned_url(operation, Params=request, ExpiresIn=seconds)

    def _absent_is_none(self, operation: str, request: dict[str, Any]) -> Any:
        from botocore.exceptions import ClientError

        try:
            return self._call(operation, request)
        except ClientError as failure:
            if code_of(failure) in _ABSENT:
                return None
            if code_of(failure) in _BEYOND_END:
                return _OUT_OF_RANGE
            raise

    def _call(self, operation: str, request: dict[str, Any]) -> Any:
        from botocore.exceptions import ClientError

        try:
            with store_failures():
                return getattr(self._client, operation)(**request)
        except ClientError as failure:
            if code_of(failure) in _EXISTS:
                raise ConditionFailed from None
            raise


class TenantScopedBucket(BoundedBucket):
    """One tenant's objects."""

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        tenant: TenantContext,
        signals: AccessSignals,
        *,
        content: Content = PLAIN,
    ) -> None:
        super().__init__(client, bucket, Boundary(tenant.tenant_id, tenant.principal_id, signals), content=content)
        self.tenant = tenant


_OUT_OF_RANGE: Final = object()


def _stored(key: str, offset: int, answer: Any) -> StoredObject:
    data = answer["Body"].read()
    span = answer.get("ContentRange")
    total = int(span.rsplit("/", 1)[1]) if span else len(data)
    return StoredObject(key, data, offset, total, answer["ETag"].strip('"'), answer["ContentType"])


def _versions(answer: Any) -> list[tuple[str, str]]:
    both = (*answer.get("Versions", []), *answer.get("DeleteMarkers", []))
    return [(str(entry["Key"]), str(entry["VersionId"])) for entry in both]


def _info(key: str, answer: Any) -> ObjectInfo:
    return ObjectInfo(
        *(key, answer["ContentLength"], answer["ETag"].strip('"'), answer["ContentType"], answer["LastModified"]),
        metadata=dict(answer.get("Metadata") or {}),
    )
