from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from data_access_lib.client import ObjectInfo, ObjectPage, StoredObject, TenantScopedBucket
from data_access_lib.errors import (
    ConditionFailed,
    ContentUnreadable,
    InvalidObjectKey,
    StoreUnavailable,
    TenantAccessViolation,
)
from data_access_lib.sessions import client_config
from tests.keyed import Keyed
from tests.stores import Stores, WatchedClient, failure, public_methods, raising

KEY = "tenants/acme/files/fil_1/a.csv"
OTHER = "tenants/acme/files/fil_2/b.csv"
FOREIGN = "tenants/acme-2/files/fil_1/a.csv"


@pytest.fixture
def bucket(stores: Stores) -> TenantScopedBucket:
    return stores.objects()


def test_an_object_that_is_put_can_be_got(bucket: TenantScopedBucket) -> None:
    etag = bucket.put(KEY, b"a,b\n1,2\n", content_type="text/csv", metadata={"run": "1"})
    assert bucket.get(KEY) == StoredObject(KEY, b"a,b\n1,2\n", 0, 8, etag, "text/csv")
    info = bucket.head(KEY)
    assert info is not None
    assert isinstance(info.modified_at, datetime)
    assert info == ObjectInfo(KEY, 8, etag, "text/csv", info.modified_at, {"run": "1"})
    assert '"' not in etag


def test_an_object_has_a_type_and_metadata_only_as_given(stores: Stores, bucket: TenantScopedBucket) -> None:
    bucket.put(KEY, b"x")
    bucket.put(OTHER, b"x", metadata={"run": "1"}, if_absent=True)
    plain = {"Bucket": stores.bucket, "Key": KEY, "Body": b"x", "ContentType": "application/octet-stream"}
    assert [request for _, request in stores.s3.calls] == [
        plain,
        {**plain, "Key": OTHER, "Metadata": {"run": "1"}, "IfNoneMatch": "*"},
    ]


def test_what_is_not_there_is_none(bucket: TenantScopedBucket) -> None:
    assert bucket.get(KEY) is None
    assert bucket.get(KEY, offset=3, length=0) is None
    assert bucket.head(KEY) is None
    assert bucket.chunks(KEY) is None
    bucket.delete(KEY)


@pytest.mark.parametrize(
    ("offset", "length", "data", "eof"),
    [
        (0, None, b"0123456789", True),
        (0, 4, b"0123", False),
        (4, 4, b"4567", False),
        (8, 4, b"89", True),
        (3, None, b"3456789", True),
        (0, 10, b"0123456789", True),
        (9, 1, b"9", True),
        (10, 4, b"", True),
        (99, None, b"", True),
        (0, 0, b"", False),
        (2, -1, b"", False),
    ],
)
def test_a_range_is_read_and_says_whether_it_reaches_the_end(
    bucket: TenantScopedBucket,
    offset: int,
    length: int | None,
    data: bytes,
    eof: bool,  # noqa: FBT001 - a table's column
) -> None:
    etag = bucket.put(KEY, b"0123456789", content_type="text/plain")
    stored = bucket.get(KEY, offset=offset, length=length)
    assert stored == StoredObject(KEY, data, offset, 10, etag, "text/plain")
    assert stored is not None
    assert stored.eof == eof


def test_a_range_is_asked_for_only_when_wanted(stores: Stores, bucket: TenantScopedBucket) -> None:
    bucket.put(KEY, b"0123456789")
    stores.s3.calls.clear()
    for span in ({}, {"offset": 2}, {"length": 3}, {"offset": 2, "length": 3}):
        bucket.get(KEY, **span)
    assert [request.get("Range") for _, request in stores.s3.calls] == [None, "bytes=2-", "bytes=0-2", "bytes=2-4"]


def test_a_large_object_is_read_in_chunks(bucket: TenantScopedBucket) -> None:
    bucket.put(KEY, b"0123456789")
    chunks = bucket.chunks(KEY, size=4)
    assert chunks is not None
    assert list(chunks) == [b"0123", b"4567", b"89"]
    bucket.put(OTHER, b"x" * (1024 * 1024 + 1))
    assert [len(chunk) for chunk in bucket.chunks(OTHER) or ()] == [1024 * 1024, 1]


def test_an_object_is_not_written_over_when_told_so(bucket: TenantScopedBucket) -> None:
    bucket.put(KEY, b"first", if_absent=True)
    with pytest.raises(ConditionFailed):
        bucket.put(KEY, b"second", if_absent=True)
    stored = bucket.get(KEY)
    assert stored is not None
    assert stored.data == b"first"
    bucket.put(KEY, b"third")


@pytest.mark.parametrize("code", ["PreconditionFailed", "412", "ConditionalRequestConflict"])
def test_a_failed_precondition_is_a_failed_condition(stores: Stores, bucket: TenantScopedBucket, code: str) -> None:
    stores.s3.answers["put_object"] = raising(failure(code))
    with pytest.raises(ConditionFailed):
        bucket.put(KEY, b"x", if_absent=True)


def test_a_deleted_object_is_gone(bucket: TenantScopedBucket) -> None:
    bucket.put(KEY, b"x")
    bucket.delete(KEY)
    assert bucket.head(KEY) is None


def test_a_listing_is_paged_and_stays_inside(stores: Stores, bucket: TenantScopedBucket) -> None:
    for number in range(3):
        bucket.put(f"tenants/acme/files/{number}", b"x" * number)
    stores.objects("acme-2").put(FOREIGN, b"x")
    first = bucket.list("tenants/acme/", limit=2)
    assert first.objects == [("tenants/acme/files/0", 0), ("tenants/acme/files/1", 1)]
    rest = bucket.list("tenants/acme/", limit=2, start=first.next_token)
    assert rest == ObjectPage([("tenants/acme/files/2", 2)], None)
    assert bucket.list("tenants/acme/", after="tenants/acme/files/1") == rest
    assert bucket.list("tenants/acme/none/") == ObjectPage([], None)
    assert [request["MaxKeys"] for _, request in stores.s3.calls[-4:]] == [2, 2, 100, 100]


def test_versions_are_counted_and_erased_for_good(stores: Stores, bucket: TenantScopedBucket) -> None:
    client: Any = stores.s3
    client.put_bucket_versioning(Bucket=stores.bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        bucket.put(KEY, body)
    bucket.delete(KEY)
    stores.objects("acme-2").put(FOREIGN, b"x")
    assert bucket.count_versions("tenants/acme/") == 3
    found = bucket.versions("tenants/acme/", limit=2)
    assert len(found) == 2
    bucket.erase(found)
    bucket.erase(bucket.versions("tenants/acme/"))
    assert bucket.count_versions("tenants/acme/") == 0
    assert stores.objects("acme-2").count_versions("tenants/acme-2/") == 1
    bucket.erase([])
    assert stores.s3.operations[-1] == "list_object_versions"


def test_versions_outside_are_neither_listed_nor_erased(bucket: TenantScopedBucket, stores: Stores) -> None:
    for attempt in (
        lambda: bucket.versions("tenants/acme-2/"),
        lambda: bucket.count_versions("tenants/"),
        lambda: bucket.erase([(KEY, "1"), (FOREIGN, "1")]),
    ):
        with pytest.raises(TenantAccessViolation):
            attempt()
    assert stores.s3.calls == []


def test_versions_that_stay_are_told(bucket: TenantScopedBucket, stores: Stores) -> None:
    stores.s3.answers["delete_objects"] = lambda _: {"Errors": [{"Key": KEY, "Code": "AccessDenied"}]}
    with pytest.raises(StoreUnavailable):
        bucket.erase([(KEY, "1")])


def test_a_count_goes_through_all_pages(bucket: TenantScopedBucket, stores: Stores) -> None:
    version = {"Key": KEY, "VersionId": "1"}
    pages = [
        {"Versions": [version] * 2, "IsTruncated": True, "NextKeyMarker": KEY, "NextVersionIdMarker": "1"},
        {"DeleteMarkers": [version], "IsTruncated": False},
    ]
    stores.s3.answers["list_object_versions"] = lambda _: pages.pop(0)
    assert bucket.count_versions("tenants/acme/") == 3
    assert stores.s3.calls[1][1].items() >= {"KeyMarker": KEY, "VersionIdMarker": "1"}.items()


def test_a_copy_keeps_both_ends_inside(stores: Stores, bucket: TenantScopedBucket) -> None:
    bucket.put(KEY, b"x", content_type="text/csv")
    bucket.copy(KEY, OTHER)
    copied = bucket.get(OTHER)
    assert copied is not None
    assert (copied.data, copied.content_type) == (b"x", "text/csv")
    with pytest.raises(TenantAccessViolation):
        bucket.copy(FOREIGN, OTHER)
    with pytest.raises(TenantAccessViolation):
        bucket.copy(KEY, FOREIGN)
    assert stores.s3.operations == ["put_object", "copy_object", "get_object"]


def signed(url: str) -> dict[str, str]:
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    return {**query, "path": unquote(urlsplit(url).path), "host": urlsplit(url).netloc}


def test_a_presigned_upload_is_bound_to_key_type_and_size(stores: Stores, bucket: TenantScopedBucket) -> None:
    bucket.presign_put(KEY, "text/csv", 1234, 60)
    assert stores.s3.calls == [
        (
            "generate_presigned_url",
            {
                "positional": ("put_object",),
                "Params": {"Bucket": stores.bucket, "Key": KEY, "ContentType": "text/csv", "ContentLength": 1234},
                "ExpiresIn": 60,
            },
        )
    ]


def test_a_presigned_download_is_saved_and_never_shown(stores: Stores, bucket: TenantScopedBucket) -> None:
    url = bucket.presign_get(KEY, 'Größe "1"\r\nSet-Cookie: x.csv', 60)
    exact = "Gr%C3%B6%C3%9Fe%20%221%22%0D%0ASet-Cookie%3A%20x.csv"
    disposition = f"attachment; filename=\"Groe_1_Set-Cookie_x.csv\"; filename*=UTF-8''{exact}"
    assert stores.s3.calls[0][1]["Params"] == {
        "Bucket": stores.bucket,
        "Key": KEY,
        "ResponseContentDisposition": disposition,
    }
    assert stores.s3.calls[0][1]["positional"] == ("get_object",)
    assert signed(url)["response-content-disposition"] == disposition


def test_a_download_may_have_any_name(stores: Stores, bucket: TenantScopedBucket) -> None:
    bucket.presign_get(KEY, "\ud800.csv")
    assert stores.s3.calls[0][1]["Params"]["ResponseContentDisposition"].endswith("filename*=UTF-8''%3F.csv")


@pytest.mark.parametrize(("asked", "given"), [(60, 60), (900, 900), (901, 900), (10**6, 900), (0, 1), (-5, 1)])
def test_a_presigned_url_lives_no_longer_than_its_credentials(
    stores: Stores, bucket: TenantScopedBucket, asked: int, given: int
) -> None:
    bucket.presign_put(KEY, "text/csv", 1, asked)
    bucket.presign_get(KEY, "a", asked)
    assert [request["ExpiresIn"] for _, request in stores.s3.calls] == [given, given]


def test_a_presigned_url_lives_a_quarter_of_an_hour_unless_told(stores: Stores, bucket: TenantScopedBucket) -> None:
    bucket.presign_put(KEY, "text/csv", 1)
    bucket.presign_get(KEY, "a")
    assert [request["ExpiresIn"] for _, request in stores.s3.calls] == [900, 900]


def test_an_upload_in_parts_is_joined_in_order(stores: Stores, bucket: TenantScopedBucket) -> None:
    upload = bucket.create_multipart(KEY, content_type="text/plain")
    etags = [bucket.upload_part(KEY, upload, 1, b"a" * 5 * 1024 * 1024), bucket.upload_part(KEY, upload, 2, b"b")]
    bucket.complete_multipart(KEY, upload, etags)
    stored = bucket.get(KEY, offset=5 * 1024 * 1024 - 1)
    assert stored is not None
    assert (stored.data, stored.content_type) == (b"ab", "text/plain")
    assert stores.s3.calls[-2][1]["MultipartUpload"] == {
        "Parts": [{"PartNumber": 1, "ETag": etags[0]}, {"PartNumber": 2, "ETag": etags[1]}]
    }


def test_an_upload_can_be_given_up(stores: Stores, bucket: TenantScopedBucket) -> None:
    upload = bucket.create_multipart(KEY)
    assert stores.s3.calls[0][1]["ContentType"] == "application/octet-stream"
    bucket.abort_multipart(KEY, upload)
    assert "Uploads" not in stores.s3.list_multipart_uploads(Bucket=stores.bucket)


ATTEMPTS: dict[str, Callable[[TenantScopedBucket, str], object]] = {
    "get": lambda b, key: b.get(key),
    "head": lambda b, key: b.head(key),
    "chunks": lambda b, key: b.chunks(key),
    "put": lambda b, key: b.put(key, b"x"),
    "delete": lambda b, key: b.delete(key),
    "list": lambda b, key: b.list(key),
    "copy": lambda b, key: b.copy(key, KEY),
    "copy to": lambda b, key: b.copy(KEY, key),
    "presign_put": lambda b, key: b.presign_put(key, "text/csv", 1),
    "presign_get": lambda b, key: b.presign_get(key, "a"),
    "presign_sealed_put": lambda b, key: b.presign_sealed_put(key, "text/csv", 1),
    "create_multipart": lambda b, key: b.create_multipart(key),
    "upload_part": lambda b, key: b.upload_part(key, "u", 1, b"x"),
    "complete_multipart": lambda b, key: b.complete_multipart(key, "u", []),
    "abort_multipart": lambda b, key: b.abort_multipart(key, "u"),
    "versions": lambda b, key: b.versions(key),
    "count_versions": lambda b, key: b.count_versions(key),
    "erase": lambda b, key: b.erase([(key, "1")]),
}


SAME = {"chunks": "get", "presign_sealed_put": "presign_put"}


def test_every_operation_has_an_attempt_here() -> None:
    assert public_methods(TenantScopedBucket) == {name.split()[0] for name in ATTEMPTS}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_is_sent_or_signed_outside(stores: Stores, bucket: TenantScopedBucket, attempt: str) -> None:
    with pytest.raises(TenantAccessViolation):
        ATTEMPTS[attempt](bucket, FOREIGN)
    with pytest.raises(InvalidObjectKey):
        ATTEMPTS[attempt](bucket, "tenants/acme/../acme-2/x")
    assert stores.s3.calls == []
    [seen] = stores.signals.attempts
    operation = SAME.get(attempt, attempt.split(maxsplit=1)[0])
    assert (seen.operation, seen.resource, seen.attempted) == (operation, stores.bucket, FOREIGN)
    assert (seen.tenant_id, seen.principal_id) == ("acme", "usr:1:ada")


def test_a_bucket_says_its_name_and_tenant(stores: Stores, bucket: TenantScopedBucket) -> None:
    assert (bucket.name, bucket.tenant.tenant_id) == (stores.bucket, "acme")


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket"])
def test_an_unknown_failure_stays_as_it_is(stores: Stores, bucket: TenantScopedBucket, code: str) -> None:
    stores.s3.answers["get_object"] = raising(failure(code))
    stores.s3.answers["put_object"] = raising(failure(code))
    for call in (lambda: bucket.get(KEY), lambda: bucket.put(KEY, b"")):
        with pytest.raises(ClientError):
            call()


@pytest.mark.parametrize("code", ["NoSuchKey", "404", "NotFound"])
def test_all_spellings_of_absence_are_absence(stores: Stores, bucket: TenantScopedBucket, code: str) -> None:
    stores.s3.answers["head_object"] = raising(failure(code))
    assert bucket.head(KEY) is None


@pytest.mark.parametrize("code", ["InvalidRange", "416"])
def test_all_spellings_of_beyond_the_end_are_empty(stores: Stores, bucket: TenantScopedBucket, code: str) -> None:
    bucket.put(KEY, b"x")
    stores.s3.answers["get_object"] = raising(failure(code))
    stored = bucket.get(KEY, offset=5)
    assert stored is not None
    assert (stored.data, stored.offset, stored.total) == (b"", 5, 1)


def test_a_throttled_store_is_unavailable(stores: Stores, bucket: TenantScopedBucket) -> None:
    stores.s3.answers["get_object"] = raising(failure("SlowDown"))
    with pytest.raises(StoreUnavailable):
        bucket.get(KEY)


def test_an_answer_without_a_type_is_not_expected_but_a_range_total_is_read(
    stores: Stores, bucket: TenantScopedBucket
) -> None:
    class Body:
        def read(self) -> bytes:
            return b"ab"

    answer: dict[str, Any] = {"Body": Body(), "ETag": '"e"', "ContentType": "t", "ContentRange": "bytes 2-3/77"}
    stores.s3.answers["get_object"] = lambda _: answer
    assert bucket.get(KEY, offset=2, length=2) == StoredObject(KEY, b"ab", 2, 77, "e", "t")


# Under the tenant's own key


def test_objects_of_a_tenant_with_a_key_are_under_that_key(keyed: Keyed) -> None:
    arn = keyed.add_key()
    bucket = keyed.stores.objects(content=keyed.content())
    bucket.put(KEY, b"x")
    bucket.copy(KEY, OTHER)
    upload = bucket.create_multipart("tenants/acme/files/fil_3/c.csv")
    bucket.abort_multipart("tenants/acme/files/fil_3/c.csv", upload)
    made = [request for name, request in keyed.stores.s3.calls if name != "abort_multipart_upload"]
    assert len(made) == 3
    for request in made:
        told = (request["ServerSideEncryption"], request["SSEKMSKeyId"], request["BucketKeyEnabled"])
        assert told == ("aws:kms", arn, False)


OUTPUT = f"tenants/acme/runs/run_{'1' * 32}/output.json"
OTHER_OUTPUT = OUTPUT.replace("1", "2")


def stored(keyed: Keyed, key: str) -> bytes:
    client: Any = keyed.stores.s3._client
    body: bytes = client.get_object(Bucket=keyed.stores.bucket, Key=key)["Body"].read()
    return body


def test_a_document_is_sealed_in_the_bucket_for_its_key_and_tenant(keyed: Keyed) -> None:
    keyed.add_key()
    bucket = keyed.stores.objects(content=keyed.content())
    etag = bucket.put(OUTPUT, b'{"said":"hello"}', content_type="application/json")
    assert b"hello" not in stored(keyed, OUTPUT)
    assert bucket.get(OUTPUT) == StoredObject(OUTPUT, b'{"said":"hello"}', 0, 16, etag, "application/json")
    bucket.copy(OUTPUT, OTHER_OUTPUT)
    with pytest.raises(ContentUnreadable):
        bucket.get(OTHER_OUTPUT)


@pytest.mark.parametrize(
    ("offset", "length", "data"),
    [(0, 4, b"0123"), (4, 4, b"4567"), (8, 9, b"89"), (3, None, b"3456789"), (99, 4, b""), (2, 0, b""), (2, -1, b"")],
)
def test_a_part_of_a_document_comes_out_opened(offset: int, length: int | None, data: bytes, keyed: Keyed) -> None:
    keyed.add_key()
    bucket = keyed.stores.objects(content=keyed.content())
    bucket.put(OUTPUT, b"0123456789")
    part = bucket.get(OUTPUT, offset=offset, length=length)
    assert part is not None
    assert (part.data, part.offset, part.total) == (data, offset, 10)
    assert part.eof == (offset + len(data) >= 10)


def test_a_document_in_chunks_comes_out_opened(keyed: Keyed) -> None:
    keyed.add_key()
    bucket = keyed.stores.objects(content=keyed.content())
    bucket.put(OUTPUT, b"0123456789")
    assert list(bucket.chunks(OUTPUT) or ()) == [b"0123456789"]
    assert bucket.chunks(OTHER_OUTPUT) is None


def test_an_older_plain_document_is_read(keyed: Keyed) -> None:
    keyed.stores.objects().put(OUTPUT, b'{"older":1}')
    keyed.add_key()
    found = keyed.stores.objects(content=keyed.content()).get(OUTPUT)
    assert found is not None
    assert found.data == b'{"older":1}'


def test_other_objects_are_left_to_s3(keyed: Keyed) -> None:
    keyed.add_key()
    keyed.stores.objects(content=keyed.content()).put(KEY, b"a,b")
    assert stored(keyed, KEY) == b"a,b"


def test_a_document_outside_the_tenant_is_refused_before_it_is_sealed(keyed: Keyed) -> None:
    keyed.add_key()
    keyed.kms.calls.clear()
    bucket, foreign = keyed.stores.objects(content=keyed.content()), OUTPUT.replace("acme", "acme-2")
    for attempt in (lambda: bucket.put(foreign, b"{}"), lambda: bucket.get(foreign), lambda: bucket.chunks(foreign)):
        with pytest.raises(TenantAccessViolation):
            attempt()
    assert keyed.kms.calls == []


def test_a_sealed_upload_is_bound_to_the_tenants_key(keyed: Keyed) -> None:
    arn = keyed.add_key()
    keyed.stores.s3 = WatchedClient(boto3.client("s3", config=client_config("s3")))
    made = keyed.stores.objects(content=keyed.content()).presign_sealed_put(KEY, "text/csv", 5, 60)
    assert made is not None
    url, headers = made
    signed = parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"][0].split(";")
    assert set(signed) == {"host", "content-type", "content-length", *headers}
    assert headers == {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": arn,
        "x-amz-server-side-encryption-bucket-key-enabled": "false",
    }


def test_a_tenant_without_a_key_has_no_sealed_uploads(bucket: TenantScopedBucket) -> None:
    assert bucket.presign_sealed_put(KEY, "text/csv", 5) is None
