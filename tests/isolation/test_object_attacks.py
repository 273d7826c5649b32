"""Attacks on object keys, against the library itself: nothing is sent and nothing is signed outside the tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from data_access_lib import keys
from data_access_lib.bucket import TenantScopedBucket
from data_access_lib.errors import InvalidObjectKey, TenantAccessViolation
from data_access_lib.tenant import TenantId
from platform_kit.ids import new_id
from tests.stores import public_methods

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stores import Stores

pytestmark = pytest.mark.family("s3")
THEIRS: Final = "tenants/globex/files/fil_1/secret.txt"
OWN: Final = "tenants/acme/own.txt"
KEYS: Final = {
    "of another tenant": THEIRS,
    "of the platform": "platform/audit/checkpoints/000000000001.json",
    "climbing": "tenants/acme/../globex/files/fil_1/secret.txt",
    "climbing at the end": "tenants/acme/..",
    "climbing twice": "tenants/acme/x/../../globex/files/fil_1/secret.txt",
    "climbing to the root": "../tenants/globex/files/fil_1/secret.txt",
    "standing still": "tenants/acme/./own.txt",
    "with two slashes": "tenants/acme//own.txt",
    "with two slashes before": "tenants//acme/own.txt",
    "from the root": "/tenants/acme/own.txt",
    "with backslashes": "tenants/acme/..\\globex\\secret.txt",
    "with a NUL": "tenants/acme/own.txt\0",
    "with a NUL and more": "tenants/acme/own.txt\0/../../globex/secret.txt",
    "with a line break": "tenants/acme/own\r\nx-amz-copy-source: /b/tenants/globex/x",
    "of a longer name": "tenants/acme-2/own.txt",
    "of a name that begins so": "tenants/acmee/own.txt",
    "without the slash": "tenants/acme",
    "of the root": "tenants/",
    "of all": "",
    "in another case": "Tenants/acme/own.txt",
    "in capitals": "TENANTS/ACME/OWN.TXT",
    "with a Cyrillic letter": "tenants/\u0430cme/own.txt",
    "in a form that is not normal": "tenants/acme/e\u0301.txt",
    "with a text that turns": "tenants/acme/\u202etxt.nwo",
    "of the artifacts": "agents/echo-agent/package.zip",
    "with half a pair": "tenants/acme/\ud800",
    "that is too long": "tenants/acme/" + "x" * 1100,
    "with a policy variable": "tenants/${aws:PrincipalTag/tenant}/own.txt",
    "with a star": "tenants/*/own.txt",
}


def operations(bucket: TenantScopedBucket, key: str) -> dict[str, Callable[[], Any]]:
    """Each operation that names an object, on this one."""
    return {
        "get": lambda: bucket.get(key),
        "head": lambda: bucket.head(key),
        "chunks": lambda: bucket.chunks(key),
        "put": lambda: bucket.put(key, b"x"),
        "delete": lambda: bucket.delete(key),
        "list": lambda: bucket.list(key),
        "copy from": lambda: bucket.copy(key, OWN),
        "copy to": lambda: bucket.copy(OWN, key),
        "presign_put": lambda: bucket.presign_put(key, "text/plain", 1),
        "presign_sealed_put": lambda: bucket.presign_sealed_put(key, "text/plain", 1),
        "presign_get": lambda: bucket.presign_get(key, "x"),
        "versions": lambda: bucket.versions(key),
        "count_versions": lambda: bucket.count_versions(key),
        "erase": lambda: bucket.erase([(key, "1")]),
        "create_multipart": lambda: bucket.create_multipart(key),
        "upload_part": lambda: bucket.upload_part(key, "1", 1, b"x"),
        "complete_multipart": lambda: bucket.complete_multipart(key, "1", ["e"]),
        "abort_multipart": lambda: bucket.abort_multipart(key, "1"),
    }


@pytest.mark.parametrize("kind", KEYS)
def test_no_operation_takes_a_key(kind: str, stores: Stores, record_property: Any) -> None:
    real: Any = stores.s3._client
    real.put_object(Bucket=stores.bucket, Key=THEIRS, Body=b"secret")
    tried = operations(stores.objects(), KEYS[kind])
    if kind in {"that is too long", "climbing at the end"}:
        for name in ("list", "versions", "count_versions", "erase"):
            tried.pop(name)  # as the beginning of a key it is only a text; what lies there must be erasable
    for name, attack in tried.items():
        stores.s3.calls.clear()
        with pytest.raises((TenantAccessViolation, InvalidObjectKey)):
            attack()
        assert stores.s3.calls == [], name
    assert real.get_object(Bucket=stores.bucket, Key=THEIRS)["Body"].read() == b"secret"
    record_property("cases", len(tried))


def test_every_operation_of_a_bucket_is_attacked(stores: Stores) -> None:
    tried = {name.split(" ")[0] for name in operations(stores.objects(), OWN)}
    assert public_methods(TenantScopedBucket) == tried


def test_the_tenants_own_key_is_taken(stores: Stores) -> None:
    """Otherwise the refusals above would prove nothing."""
    bucket = stores.objects()
    bucket.put(OWN, b"own")
    assert (bucket.get(OWN) or pytest.fail("not there")).data == b"own"


FILE_NAMES: Final = (
    *("../../globex/secret.txt", "..", ".", "", "/etc/passwd", "a/../../b", "..\\..\\globex", "x\0.txt", "%2e%2e%2fx"),
    *("\u2025/x", "\uff0e\uff0e\uff0fx", "a\r\nb", "x" * 500, "\u202egpj.exe", "\ud800", "tenants/globex/x", "~", "*"),
    *("con", "a;b", "$(id)", "`id`", "<script>", "?versionId=1", "a#b", " "),
)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_no_file_name_leaves_the_files_own_folder(name: str, stores: Stores) -> None:
    file_id = new_id("fil")
    key = keys.file_object(TenantId("acme"), file_id, name)
    folder = f"tenants/acme/files/{file_id}/"
    assert key.startswith(folder)
    assert "/" not in key.removeprefix(folder)
    stores.objects().put(key, b"x")
    assert [found for found, _ in stores.objects().list(folder).objects] == [key]


@pytest.mark.parametrize(
    "name", ['a".exe', "a\r\nset-cookie: x=1", "a;filename=b", "\u202egpj.exe", "é" * 300, "\ud800"]
)
def test_no_file_name_breaks_out_of_a_download_header(name: str, stores: Stores) -> None:
    url = stores.objects().presign_get(OWN, name)
    assert "%0D" not in url.upper().replace("%250D", "")
    assert url.split("response-content-disposition=")[1].startswith("attachment%3B%20filename%3D%22")
