"""Records of files; the bytes are in the tenant bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.pages import IdPage, newest_of_shards
from data_access_lib.repositories.records import required, unpack
from data_access_lib.retention import TERMS
from platform_kit.clock import Clock, SystemClock
from platform_kit.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable


class Files:
    """Files in the runs table."""

    def __init__(self, table: TenantScopedTable, clock: Clock | None = None) -> None:
        self._table = table
        self._clock = clock or SystemClock()
        self._tenant = table.tenant.tenant_id

    def create(self, record: Mapping[str, Any]) -> Item:
        """Write a new file's record (`fileId` names it); ConditionFailed when it exists."""
        file_id = record["fileId"]
        place = {
            **keys.file_key(self._tenant, file_id)._asdict(),
            **keys.file_index(self._tenant, file_id)._asdict(),
        }
        expiry = TERMS["FILE"].expiry(self._clock.now())
        self._table.put({**record, **place, "ttl": expiry}, condition=attr("pk").absent())
        return dict(record)

    def find(self, file_id: str) -> Item | None:
        """A file's record; None when there is none."""
        item = self._table.get(keys.file_key(self._tenant, file_id))
        return None if item is None else unpack(item, ())

    def get(self, file_id: str) -> Item:
        """A file's record; NotFound when there is none."""
        return required(self.find(file_id), "file")

    def get_many(self, file_ids: Iterable[str]) -> list[Item]:
        """Several files' records, in the order asked; NotFound when one is missing."""
        wanted = [keys.file_key(self._tenant, file_id) for file_id in file_ids]
        found = self._table.batch_get(wanted)
        return [unpack(required(found.get(key), "file"), ()) for key in wanted]

    def update(self, file_id: str, fields: Mapping[str, object]) -> Item:
        """Change a record (such as its size once uploaded); the new one. NotFound when there is none."""
        key = keys.file_key(self._tenant, file_id)
        try:
            changed = self._table.update(key, set_=fields, condition=attr("pk").exists(), return_new=True)
        except ConditionFailed:
            raise NotFound("There is no such file.") from None
        return unpack(changed or {}, ())

    def delete(self, file_id: str) -> None:
        """Remove a record; nothing happens when there is none."""
        self._table.delete(keys.file_key(self._tenant, file_id))

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Files, newest first, below the file id `after`."""
        page = newest_of_shards(
            self._table, lambda shard: keys.files_partition(self._tenant, shard), limit=limit, after=after
        )
        return IdPage([unpack(item, ()) for item in page.items], page.next_id)
