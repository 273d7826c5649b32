"""An export: all that a tenant has, written part by part below the tenant's own prefix, the manifest last.

The work goes on from its cursor, which is saved after every part: a part written before a crash is written again.
What changes while it runs may be in the export or not; each item and each object is whole.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from data_access_lib import keys
from data_access_lib.belongings import Belongings, Place
from data_access_lib.inventory import kind
from data_access_lib.tenant import TenantId
from lambdas.lifecycle.models import SCHEMA, Premises, Turn
from lambdas.lifecycle.parts import Part, digest, item_line, object_line, part_name
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict

CHUNK_BYTES: Final = 1024 * 1024
MANIFEST: Final = "manifest.json"
_LISTED: Final = 1000
_RECORDS_PERCENT: Final = 50  # what the records count for; the objects count for as much as is left before the manifest
_OBJECTS_PERCENT: Final = 45


@dataclass(frozen=True)
class ExportCursor:
    """Where an export stands. `after` is the last object that is done, `offset` how far the next one is."""

    phase: str = "records"
    place: Mapping[str, Any] = field(default_factory=dict)
    part: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    after: str = ""
    offset: int = 0
    objects: int = 0
    bytes: int = 0
    total: int = 0

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> Self:
        """From an operation's record; the beginning when there is none."""
        return cls(**(stored or {}))

    @property
    def percent(self) -> int:
        """How far it is, 0 to 95."""
        if self.phase == "records":
            return Place.read(self.place).percent * _RECORDS_PERCENT // 100
        return _RECORDS_PERCENT + (_OBJECTS_PERCENT * min(self.bytes, self.total) // self.total if self.total else 0)


@dataclass(frozen=True)
class Export:
    """One export of one tenant."""

    tenant_id: TenantId
    operation_id: str
    premises: Premises
    clock: Clock

    def turns(self, stored: Mapping[str, Any] | None) -> Iterator[Turn]:
        """Go on from a cursor, one part a turn; the last turn has the result."""
        cursor = ExportCursor.read(stored)
        steps: Mapping[str, Callable[[ExportCursor], ExportCursor]]
        steps = {"records": self._records, "survey": self._survey, "objects": self._objects}
        while cursor.phase in steps:
            cursor = steps[cursor.phase](cursor)
            yield Turn(asdict(cursor), cursor.percent)
        yield Turn(asdict(cursor), cursor.percent, self._manifest(cursor))

    def _records(self, cursor: ExportCursor) -> ExportCursor:
        """One part of items, as many as fit."""
        part, counts, place = Part(), dict(cursor.counts), Place.read(cursor.place)
        for found in Belongings(self.premises.tables).walk(place):
            for item in found.items:
                name = keys.kind_of(item["pk"])
                if not kind(name).not_exported:
                    part.add(item_line(found.table, item))
                    counts[name] = counts.get(name, 0) + 1
            place = found.place
            if part.full:
                return replace(cursor, part=self._write(cursor, part), counts=counts, place=place.as_record())
        return replace(cursor, phase="survey", part=self._write(cursor, part), counts=counts, place={})

    def _survey(self, cursor: ExportCursor) -> ExportCursor:
        """How many bytes of objects there are, so that progress can be told."""
        return replace(cursor, phase="objects", total=sum(size for _, size in self._listed("")))

    def _objects(self, cursor: ExportCursor) -> ExportCursor:
        """One part of objects, in pieces."""
        part = Part()
        for key, size in self._listed(cursor.after):
            if part.lines and size > CHUNK_BYTES and not cursor.offset:
                break  # it begins a part of its own: whoever writes it in parts again must not begin with a small one
            cursor = self._pieces(part, cursor, key)
            if part.full:
                break
        else:
            cursor = replace(cursor, phase="manifest")
        return replace(cursor, part=self._write(cursor, part))

    def _pieces(self, part: Part, cursor: ExportCursor, key: str) -> ExportCursor:
        """Pieces of one object, until it ends or the part is full."""
        name = key.removeprefix(keys.object_root(self.tenant_id))
        while not part.full:
            piece = self.premises.objects.get(key, offset=cursor.offset, length=CHUNK_BYTES)
            if piece is None:  # deleted since it was listed
                return self._pass_over(cursor, key)
            part.add(object_line(name, piece.total, piece.content_type, piece.offset, piece.data))
            cursor = replace(cursor, offset=cursor.offset + len(piece.data), bytes=cursor.bytes + len(piece.data))
            if piece.eof:
                return replace(cursor, after=key, offset=0, objects=cursor.objects + 1)
        return cursor

    def _pass_over(self, cursor: ExportCursor, key: str) -> ExportCursor:
        """Leave out an object that went away; Conflict when part of it has been written."""
        if cursor.offset:
            raise Conflict(f"An object was deleted while it was exported, after {cursor.offset} bytes. Export again.")
        return replace(cursor, after=key)

    def _listed(self, after: str) -> Iterator[tuple[str, int]]:
        """Objects behind a key, with their sizes, without the tenant's exports and the marker of its prefix."""
        root, exports = keys.object_root(self.tenant_id), keys.exports_root(self.tenant_id)
        token: str | None = None
        while True:
            page = self.premises.objects.list(root, limit=_LISTED, start=token, after=after or None)
            for key, size in page.objects:
                if not key.startswith(exports) and key != keys.marker_object(self.tenant_id):
                    yield key, size
            token = page.next_token
            if token is None:
                return

    def _write(self, cursor: ExportCursor, part: Part) -> int:
        """Write a part after the last one, unless it is empty; the number of the last part that is there."""
        if not part.lines:
            return cursor.part
        number, body = cursor.part + 1, part.body()
        about = {"sha256": digest(body), "lines": str(part.lines)}
        self.premises.objects.put(
            self._key(part_name(number)), body, content_type="application/x-ndjson", metadata=about
        )
        return number

    def _manifest(self, cursor: ExportCursor) -> dict[str, Any]:
        """Write what the export consists of; the operation's result."""
        manifest = {
            "schema": SCHEMA,
            "tenantId": self.tenant_id,
            "operationId": self.operation_id,
            "createdAt": rfc3339(self.clock.now()),
            "items": dict(sorted(cursor.counts.items())),
            "objects": cursor.objects,
            "objectBytes": cursor.bytes,
            "parts": [self._described(number) for number in range(1, cursor.part + 1)],
        }
        body = json.dumps(manifest, indent=1).encode()
        key = self._key(MANIFEST)
        self.premises.objects.put(key, body, content_type="application/json", metadata={"sha256": digest(body)})
        told = {"parts": cursor.part, "items": sum(cursor.counts.values()), "objects": cursor.objects}
        return {"manifest": key, "sha256": digest(body), **{name: str(value) for name, value in told.items()}}

    def _described(self, number: int) -> dict[str, Any]:
        info = self.premises.objects.head(self._key(part_name(number)))
        if info is None:
            raise Conflict("A part of the export is gone. Export again.")
        about = {"sha256": info.metadata["sha256"], "lines": int(info.metadata["lines"])}
        return {"name": part_name(number), "bytes": info.bytes, **about}

    def _key(self, name: str) -> str:
        return keys.export_object(self.tenant_id, self.operation_id, name)
