"""An import: another tenant's export, written into a fresh tenant in its own name.

    check     the tenant has no runs, files or objects yet
    verify    every part is read and every line understood, before the first is written
    write     every part is read again, its hash compared again, and written

The work goes on from its cursor: a part that was written before a crash is written again, over itself.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from typing import Any, Final, Self

from data_access_lib import keys
from data_access_lib.belongings import Belongings
from data_access_lib.client import TenantScopedBucket
from data_access_lib.inventory import KINDS
from data_access_lib.tenant import TenantId
from lambdas.lifecycle.export import MANIFEST
from lambdas.lifecycle.incoming import (
    MOST_MANIFEST_BYTES,
    BadExport,
    ItemLine,
    Manifest,
    PartEntry,
    PieceLine,
    Translation,
    read_manifest,
    read_part,
)
from lambdas.lifecycle.models import Premises, Turn
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict

_FRESH: Final = frozenset({"RUN", "JOB", "SESSION", "FILE"})


@dataclass(frozen=True)
class ImportCursor:
    """Where an import stands. `upload` is the object that goes on in the next part."""

    phase: str = "check"
    part: int = 0
    items: int = 0
    objects: int = 0
    bytes: int = 0
    upload: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> Self:
        """From an operation's record; the beginning when there is none."""
        return cls(**(stored or {}))


@dataclass(frozen=True)
class Import:
    """`source` are the exported tenant's objects, `given` what the operation was asked."""

    tenant_id: TenantId
    given: Mapping[str, Any]
    source: TenantScopedBucket
    premises: Premises
    clock: Clock

    def turns(self, stored: Mapping[str, Any] | None) -> Iterator[Turn]:
        """Go on from a cursor, one part a turn; the last turn has the result. BadExport; Conflict: not fresh."""
        cursor = ImportCursor.read(stored)
        manifest = self._manifest()
        while cursor.phase != "done":
            cursor = self._step(cursor, manifest)
            yield Turn(asdict(cursor), _percent(cursor, manifest))
        told = {"items": cursor.items, "objects": cursor.objects, "parts": len(manifest.parts)}
        yield Turn(asdict(cursor), 99, {"tenantId": self.tenant_id, **{name: str(n) for name, n in told.items()}})

    def _step(self, cursor: ImportCursor, manifest: Manifest) -> ImportCursor:
        if cursor.phase == "check":
            self._must_be_fresh()
            return replace(cursor, phase="verify")
        if cursor.part == len(manifest.parts):
            return self._next_phase(cursor, manifest)
        entry = manifest.parts[cursor.part]
        step: Callable[[ImportCursor, PartEntry, Manifest], ImportCursor]
        step = self._verify if cursor.phase == "verify" else self._write
        return replace(step(cursor, entry, manifest), part=cursor.part + 1)

    def _next_phase(self, cursor: ImportCursor, manifest: Manifest) -> ImportCursor:
        """All parts are done: what they held must be what the manifest says."""
        if cursor.upload:
            raise BadExport("An object has no end.")
        if (cursor.objects, cursor.bytes) != (manifest.objects, manifest.object_bytes):
            raise BadExport("The export does not hold the objects that its manifest says.")
        if cursor.phase == "verify":
            return ImportCursor(phase="write")
        return replace(cursor, phase="done")

    def _verify(self, cursor: ImportCursor, entry: PartEntry, manifest: Manifest) -> ImportCursor:
        """Understand every line of a part and write none."""
        for line in self._lines(entry, manifest):
            cursor = _counted(cursor, line)
            if cursor.bytes > manifest.object_bytes:
                raise BadExport("The export holds more than its manifest says.")
        return cursor

    def _write(self, cursor: ImportCursor, entry: PartEntry, manifest: Manifest) -> ImportCursor:
        lines = list(self._lines(entry, manifest))
        self._put_items([line for line in lines if isinstance(line, ItemLine)])
        pieces = [line for line in lines if isinstance(line, PieceLine)]
        upload = cursor.upload
        for name, group in groupby(pieces, key=lambda piece: piece.name):
            upload = self._put_object(name, list(group), upload)
        for line in lines:
            cursor = _counted(cursor, line)
        return replace(cursor, upload=upload)

    def _put_items(self, lines: list[ItemLine]) -> None:
        for table, mine in self.premises.tables.items():
            mine.batch_write(puts=[line.item for line in lines if line.table == table])

    def _put_object(self, name: str, pieces: list[PieceLine], upload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write an object, or the next part of one; what is to go on in the next part of the export."""
        objects, first = self.premises.objects, pieces[0]
        key, body = keys.object_root(self.tenant_id) + name, b"".join(piece.data for piece in pieces)
        if first.offset == 0 and pieces[-1].last:
            objects.put(key, body, content_type=first.content_type)
            return {}
        if first.offset == 0:
            upload = {"id": objects.create_multipart(key, content_type=first.content_type), "etags": []}
        etags = [*upload["etags"], objects.upload_part(key, upload["id"], len(upload["etags"]) + 1, body)]
        if not pieces[-1].last:
            return {"id": upload["id"], "etags": etags, "name": name, "offset": first.offset + len(body)}
        objects.complete_multipart(key, upload["id"], etags)
        return {}

    def _lines(self, entry: PartEntry, manifest: Manifest) -> Iterator[ItemLine | PieceLine]:
        key = keys.export_object(TenantId(manifest.tenant_id), str(self.given["exportOperationId"]), entry.name)
        body = _bounded(self.source, key, entry.bytes)
        translation = Translation(TenantId(manifest.tenant_id), self.tenant_id, rfc3339(self.clock.now()))
        return translation.lines(read_part(body, entry))

    def _manifest(self) -> Manifest:
        source = self.source.tenant.tenant_id
        key = keys.export_object(source, str(self.given["exportOperationId"]), MANIFEST)
        manifest = read_manifest(_bounded(self.source, key, MOST_MANIFEST_BYTES), str(self.given["sha256"]))
        if manifest.tenant_id != source:
            raise BadExport("The manifest is another tenant's.")
        return manifest

    def _must_be_fresh(self) -> None:
        found = Belongings({"runs": self.premises.tables["runs"]})
        single = {kind.name for kind in KINDS if kind.table == "runs"} & _FRESH
        for shard in range(keys.SHARDS):
            if any(keys.kind_of(partition) in single for partition in found.partitions("runs", shard)):
                raise Conflict("The tenant has runs, sessions or files already; import into a fresh one.")
        root = keys.object_root(self.tenant_id)
        for folder in ("files/", "runs/"):
            if self.premises.objects.list(root + folder, limit=1).objects:
                raise Conflict("The tenant has objects already; import into a fresh one.")


def _counted(cursor: ImportCursor, line: ItemLine | PieceLine) -> ImportCursor:
    """The cursor behind a line; the pieces of an object come in order, and no other object between them."""
    if isinstance(line, ItemLine):
        return replace(cursor, items=cursor.items + 1)
    begun = cursor.upload.get("name"), cursor.upload.get("offset", 0)
    if (line.name if begun[0] else None, line.offset) != begun:
        raise BadExport("The pieces of an object are not in order.")
    going = {} if line.last else {"name": line.name, "offset": line.offset + len(line.data)}
    ended = cursor.objects + int(line.last)
    return replace(cursor, upload=going, objects=ended, bytes=cursor.bytes + len(line.data))


def _bounded(objects: TenantScopedBucket, key: str, most: int) -> bytes:
    """An object that has no more bytes than it may; it is asked for its size before it is read."""
    info = objects.head(key)
    if info is None or info.bytes > most:
        raise BadExport("A file of the export is gone, or larger than the manifest says.")
    stored = objects.get(key, length=max(info.bytes, 1))
    return stored.data if stored is not None else b""


def _percent(cursor: ImportCursor, manifest: Manifest) -> int:
    """Verifying counts for a third."""
    begin, share = (0, 33) if cursor.phase in {"check", "verify"} else (33, 65)
    return begin + share * cursor.part // max(len(manifest.parts), 1)
