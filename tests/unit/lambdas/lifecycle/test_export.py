from dataclasses import replace
from typing import Any, cast

import pytest

from data_access_lib.bucket import ObjectInfo, ObjectPage, StoredObject
from data_access_lib.tenant import TenantId
from lambdas.lifecycle import export as exporting
from lambdas.lifecycle import parts
from lambdas.lifecycle.export import Export, ExportCursor
from lambdas.lifecycle.models import Premises
from platform_kit.errors import Conflict
from tests.stores import START, HandClock

ACME = TenantId("acme")
OPERATION = "opn_" + "0" * 32


class Objects:
    """A bucket in memory. `lost` vanish once they were read from."""

    def __init__(self, stored: dict[str, bytes], lost: frozenset[str] = frozenset()) -> None:
        self.stored = stored
        self.lost = lost
        self.written: dict[str, ObjectInfo] = {}

    def list(self, prefix: str, *, limit: int, start: str | None, after: str | None) -> ObjectPage:
        return ObjectPage([(key, len(self.stored[key])) for key in sorted(self.stored) if key > (after or "")], None)

    def get(self, key: str, *, offset: int, length: int) -> StoredObject | None:
        data = self.stored.get(key)
        if key in self.lost:
            self.stored.pop(key, None)
        if data is None:
            return None
        return StoredObject(key, data[offset : offset + length], offset, len(data), "e", "text/plain")

    def put(self, key: str, body: bytes, *, metadata: dict[str, str], **_: object) -> str:
        self.written[key] = ObjectInfo(key, len(body), "e", "text/plain", START, metadata)
        return "e"

    def head(self, key: str) -> ObjectInfo | None:
        return self.written.get(key)


def turns(objects: Objects, cursor: ExportCursor) -> list[Any]:
    premises = Premises({}, {}, cast("Any", objects), cast("Any", None))
    return list(Export(ACME, OPERATION, premises, HandClock()).turns(vars(cursor)))


@pytest.mark.parametrize(
    ("cursor", "percent"),
    [
        (ExportCursor(), 0),
        (ExportCursor(place={"table": 2, "shard": 0}), 25),
        (ExportCursor(phase="survey"), 50),
        (ExportCursor(phase="objects", total=10, bytes=5), 72),
        (ExportCursor(phase="objects", total=10, bytes=50), 95),
        (ExportCursor(phase="objects", total=0), 50),
    ],
)
def test_how_far_it_is_follows_from_the_cursor(cursor: ExportCursor, percent: int) -> None:
    assert cursor.percent == percent


def test_a_cursor_comes_back_as_it_was_saved() -> None:
    cursor = ExportCursor(phase="objects", place={"table": 1}, part=3, counts={"RUN": 4}, after="k", offset=5)
    assert ExportCursor.read(vars(cursor)) == cursor
    assert ExportCursor.read(None) == ExportCursor()


def test_an_object_that_went_away_before_it_was_read_is_left_out() -> None:
    objects = Objects({"tenants/acme/files/a": b"x", "tenants/acme/files/b": b"y"})
    listed = objects.list
    objects.list = lambda *a, **k: ObjectPage([*listed(*a, **k).objects, ("tenants/acme/files/z", 9)], None)  # type: ignore[method-assign]
    assert turns(objects, ExportCursor(phase="objects"))[-1].result["objects"] == "2"


def test_an_object_that_went_away_while_it_was_read_ends_the_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "CHUNK_BYTES", 1)
    objects = Objects({"tenants/acme/files/a": b"xy"}, frozenset({"tenants/acme/files/a"}))
    with pytest.raises(Conflict, match="after 1 bytes"):
        turns(objects, ExportCursor(phase="objects"))


def test_neither_earlier_exports_nor_the_marker_are_exported() -> None:
    objects = Objects({"tenants/acme/.tenant": b"", "tenants/acme/exports/opn_1/manifest.json": b"{}"})
    assert turns(objects, ExportCursor(phase="survey"))[-1].result["objects"] == "0"


def test_a_part_that_is_gone_before_the_manifest_ends_the_export() -> None:
    with pytest.raises(Conflict, match="Export again"):
        turns(Objects({}), ExportCursor(phase="manifest", part=1))


def test_a_large_object_goes_on_in_the_next_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "CHUNK_BYTES", 4)
    monkeypatch.setattr(parts, "PART_BYTES", 50)
    cursor = ExportCursor(phase="objects", total=10)
    premises = Premises({}, {}, cast("Any", Objects({"tenants/acme/files/a": b"0123456789"})), cast("Any", None))
    first = next(Export(ACME, OPERATION, premises, HandClock()).turns(vars(cursor)))
    assert ExportCursor.read(first.cursor) == replace(cursor, part=1, offset=4, bytes=4)
