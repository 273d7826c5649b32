from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from data_access_lib.bucket import ObjectInfo
from data_access_lib.cursors import CursorCodec
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.idempotency import Saved
from data_access_lib.repositories.pages import IdPage
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.files.models import CreateFile
from lambdas.files.service import FileService, Shelf
from platform_kit.errors import Conflict, InvalidCursor, NotFound
from tests.switchboard import Switchboard

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ACME = TenantContext(TenantId("acme"), "usr:a:dev")
WANTED = CreateFile(name="Größe.csv", content_type="text/csv", bytes=5)


class FixedClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class World:
    """Records, objects and idempotency answers of one tenant, in memory."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)
    saved: dict[str, Any] = field(default_factory=dict)
    signed: list[tuple[Any, ...]] = field(default_factory=list)
    broken_bucket: bool = False
    entered: list[tuple[str, str, str]] = field(default_factory=list)
    switchboard: Switchboard = field(default_factory=Switchboard)
    keyed: bool = True

    def service(self) -> FileService:
        shelf = Shelf(*(cast("Any", self),) * 4)
        cursors = CursorCodec(lambda: [b"s" * 32], clock=FixedClock())
        return FileService(lambda _who: shelf, self.switchboard.controls(), cursors, FixedClock())

    def create(self, record: Mapping[str, Any]) -> None:
        self.records[record["fileId"]] = dict(record)

    def get(self, file_id: str) -> dict[str, Any]:
        if file_id not in self.records:
            raise NotFound("There is no such file.")
        return self.records[file_id]

    def list(self, *, limit: int, after: str | None) -> IdPage:
        ids = sorted((one for one in self.records if after is None or one < after), reverse=True)
        return IdPage([self.records[one] for one in ids[:limit]], ids[limit - 1] if len(ids) > limit else None)

    def delete(self, name: str) -> None:
        if name in self.records:
            del self.records[name]
        elif self.broken_bucket:
            raise RuntimeError
        self.objects.pop(name, None)

    def head(self, key: str) -> ObjectInfo | None:
        return ObjectInfo(key, self.objects[key], "e", "text/csv", NOW) if key in self.objects else None

    def presign_put(self, *given: Any) -> str:
        self.signed.append(("put", *given))
        return f"https://put/{len(self.signed)}"

    def presign_sealed_put(self, *given: Any) -> tuple[str, dict[str, str]] | None:
        self.signed.append(("sealed", *given))
        return ("https://sealed", {"x-sse": "key"}) if self.keyed else None

    def presign_get(self, *given: Any) -> str:
        self.signed.append(("get", *given))
        return f"https://get/{len(self.signed)}"

    def ticket(self, _route: str, key: str, _body: bytes) -> str:
        return key

    def begin(self, ticket: str) -> Saved | None:
        return Saved(self.saved[ticket], None) if ticket in self.saved else None

    def complete(self, ticket: str, response: Any) -> None:
        self.saved[ticket] = response

    def fail(self, _ticket: str) -> None:
        raise AssertionError

    def append(self, draft: AuditDraft) -> dict[str, int]:
        self.entered.append((draft.action, draft.target, draft.decision))
        return {"seq": len(self.entered)}

    def make(self, key: str | None = None) -> tuple[str, bool]:
        made, replayed = self.service().create(ACME, "standard", WANTED, key=key, body=b"{}")
        return made.file_id, replayed


def test_an_upload_address_is_signed_for_this_key_type_and_size() -> None:
    found = World()
    file_id, _ = found.make()
    record = found.records[file_id]
    assert record["key"].startswith(f"tenants/acme/files/{file_id}/")
    assert record["key"].isascii()
    assert record["name"] == "Größe.csv"
    assert found.signed == [("put", record["key"], "text/csv", 5, 900)]


def test_a_repeat_gives_the_same_file_and_signs_anew() -> None:
    found = World()
    first, again = found.make("k"), found.make("k")
    assert (first[0] == again[0], first[1], again[1]) == (True, False, True)
    assert len(found.signed) == 2
    assert "https" not in str(found.saved)


def test_a_download_tells_the_size_that_is_really_there() -> None:
    found = World()
    file_id, _ = found.make()
    found.objects[found.records[file_id]["key"]] = 4
    shown = found.service().get(ACME, file_id)
    assert (shown.bytes, shown.download_url, shown.expires_at) == (4, "https://get/2", "2026-01-02T03:19:05.000Z")


def test_what_was_never_uploaded_has_no_download() -> None:
    found = World()
    file_id, _ = found.make()
    with pytest.raises(Conflict, match="uploadUrl"):
        found.service().get(ACME, file_id)


def test_a_record_outlives_bytes_that_could_not_be_removed() -> None:
    found = World(broken_bucket=True)
    file_id, _ = found.make()
    with pytest.raises(RuntimeError):
        found.service().delete(ACME, file_id)
    assert file_id in found.records


def test_pages_lead_on_to_the_end_and_show_no_keys() -> None:
    found = World()
    made = [found.make()[0] for _ in range(5)]
    seen, cursor = [], None
    while True:
        page = found.service().list(ACME, limit=2, cursor=cursor)
        seen += [item.file_id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]
    assert "tenants/" not in page.model_dump_json()


def test_a_cursor_of_another_tenant_does_not_verify() -> None:
    found = World()
    for _ in range(2):
        found.make()
    cursor = found.service().list(ACME, limit=1, cursor=None).next_cursor
    with pytest.raises(InvalidCursor):
        found.service().list(TenantContext(TenantId("globex"), "usr:a:dev"), limit=1, cursor=cursor)


WITH_HEADERS = WANTED.model_copy(update={"upload_headers": True})


def test_a_client_that_can_send_headers_uploads_under_the_tenants_own_key() -> None:
    world = World()
    made, _ = world.service().create(ACME, "standard", WITH_HEADERS, key=None, body=b"")
    assert made.upload_url == "https://sealed"
    assert made.upload_headers == {"content-type": "text/csv", "x-sse": "key"}
    assert world.signed == [("sealed", made.key, "text/csv", 5, 900)]


def test_a_replay_of_that_signs_the_same_way() -> None:
    world = World()
    first, _ = world.service().create(ACME, "standard", WITH_HEADERS, key="k", body=b"")
    again, replayed = world.service().create(ACME, "standard", WITH_HEADERS, key="k", body=b"")
    assert (again.upload_url, again.upload_headers, replayed) == (first.upload_url, first.upload_headers, True)


@pytest.mark.parametrize(("wanted", "keyed"), [(WANTED, True), (WITH_HEADERS, False)])
def test_any_other_upload_needs_its_type_alone(wanted: CreateFile, keyed: bool) -> None:  # noqa: FBT001 - a column
    world = World(keyed=keyed)
    made, _ = world.service().create(ACME, "standard", wanted, key=None, body=b"")
    assert made.upload_url.startswith("https://put/")
    assert made.upload_headers == {"content-type": "text/csv"}


def test_how_a_file_was_uploaded_is_not_shown() -> None:
    world = World()
    made, _ = world.service().create(ACME, "standard", WITH_HEADERS, key=None, body=b"")
    assert "upload" not in repr(world.service().list(ACME, limit=10, cursor=None))
    assert world.records[made.file_id]["uploadHeaders"] is True


def test_a_deletion_is_entered_first_and_again_when_it_fails() -> None:
    found = World(broken_bucket=True)
    file_id, _ = found.make()
    with pytest.raises(RuntimeError):
        found.service().delete(ACME, file_id)
    assert found.entered == [("file.deleted", file_id, "allowed"), ("file.deleted", file_id, "failed")]
    assert file_id in found.records
