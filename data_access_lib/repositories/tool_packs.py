"""Tool packs: who publishes them, which versions there are, which is installed. The rules: `governance.packs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.records import pack, required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "tool pack"
NAME_LABEL: Final = "tool pack name"
KEY_LABEL: Final = "publisher key"
_DOCUMENTS: Final = ("versions", "installed", "envelope")


class PackPublishers:
    """{keyId, publisher, publicKey, status, registeredBy, registeredAt, revokedBy?, revokedAt?, reason?}."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table

    def find(self, key_id: str) -> Item | None:
        """A key as it is now; None when there is none."""
        item = self._table.get(keys.pack_publisher_key(key_id), consistent=True)
        return None if item is None else unpack(item, ())

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Keys by their thumbprints."""
        page = self._table.query(keys.pack_publishers_partition(), limit=limit, after=after)
        return IdPage([unpack(item, ()) for item in page.items], page.last_key["sk"] if page.last_key else None)

    def add_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> Item:
        """Add a key to a transaction; the piece fails (label `publisher key`) when it is there, revoked ones alike."""
        item = {**record, **keys.pack_publisher_key(record["keyId"])._asdict()}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=KEY_LABEL)
        return dict(record)

    def revoke_in(self, transaction: TenantTransaction, key_id: str, fields: Mapping[str, Any]) -> None:
        """Add a key's revocation to a transaction; the piece fails when it is not there, or revoked already."""
        key = keys.pack_publisher_key(key_id)
        active = attr("status").eq("active")
        revoked = {**fields, "status": "revoked"}
        transaction.update(self._table.name, key, set_=revoked, condition=active, label=KEY_LABEL)


class ToolPacks:
    """{name, publisher, description, newest, versions: {version: {digest, keyId, publishedAt}}, installed?, etag}."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table

    def find(self, name: str) -> Item | None:
        """A pack as it is now; None when there is none."""
        item = self._table.get(keys.pack_key(name), consistent=True)
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, name: str) -> Item:
        """A pack as it is now; NotFound when there is none."""
        return required(self.find(name), "tool pack")

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Packs by name."""
        page = self._table.query(keys.packs_partition(), limit=limit, after=after)
        items = [unpack(item, _DOCUMENTS) for item in page.items]
        return IdPage(items, page.last_key["sk"] if page.last_key else None)

    def version(self, name: str, version: str) -> Item:
        """A version with its envelope: {name, version, publisher, keyId, digest, envelope, …}; NotFound."""
        item = self._table.get(keys.pack_version_key(name, version), consistent=True)
        return required(None if item is None else unpack(item, _DOCUMENTS), "version of this tool pack")

    def publish_in(
        self, transaction: TenantTransaction, head: Mapping[str, Any], record: Mapping[str, Any], *, etag: int | None
    ) -> Item:
        """Add a version to a transaction, with the pack as it is then; `etag` is the pack's, None for a new pack.

        Its piece fails (label `tool pack`) when somebody changed the pack meanwhile.
        """
        place = keys.pack_version_key(str(record["name"]), str(record["version"]))
        item = pack({**record, **place._asdict()}, _DOCUMENTS)
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)
        return self.change_in(transaction, head, etag=etag)

    def take_name_in(self, transaction: TenantTransaction, name: str, alike: str) -> None:
        """Take a pack's name, and all that look like it; the piece fails (label `tool pack name`) when it is taken."""
        item = {**keys.pack_alias_key(alike)._asdict(), "name": name}
        transaction.put(self._table.name, item, condition=attr("pk").absent(), label=NAME_LABEL)

    def change_in(self, transaction: TenantTransaction, head: Mapping[str, Any], *, etag: int | None) -> Item:
        """Add a pack, as it shall be, to a transaction."""
        full = {**head, "etag": (etag or 0) + 1}
        item = pack({**full, **keys.pack_key(str(head["name"]))._asdict()}, _DOCUMENTS)
        unchanged = attr("pk").absent() if etag is None else attr("etag").eq(etag)
        transaction.put(self._table.name, item, condition=unchanged, label=LABEL)
        return full
