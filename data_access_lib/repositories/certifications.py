"""Certifications of versions: who vouches for what of a version's content, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.records import required, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "certification"
MOST: Final = 100
"""Of one version: more than anybody looks through."""


class Certifications:
    """{certificationId, versionId, agent, contentHash, kind, grantedBy, issuedAt, expiresAt, note?, revokedAt?, …}."""

    def __init__(self, table: BoundedTable) -> None:
        self._table = table

    def of(self, version_id: str) -> Sequence[Item]:
        """A version's certifications, newest first, whether they hold or not."""
        partition = keys.certifications_partition(version_id)
        page = self._table.query(partition, limit=MOST, newest_first=True, consistent=True)
        return [unpack(item, ()) for item in page.items]

    def get(self, version_id: str, certification_id: str) -> Item:
        """One of them; NotFound."""
        item = self._table.get(keys.certification_key(version_id, certification_id), consistent=True)
        return required(None if item is None else unpack(item, ()), "certification")

    def add_in(self, transaction: TenantTransaction, record: Mapping[str, Any]) -> None:
        """Add a new one to a transaction."""
        key = keys.certification_key(str(record["versionId"]), str(record["certificationId"]))
        told = {name: value for name, value in record.items() if value is not None}
        transaction.put(self._table.name, {**told, **key._asdict()}, condition=attr("pk").absent(), label=LABEL)

    def held_in(self, transaction: TenantTransaction, version_id: str, certification_id: str) -> None:
        """Demand in a transaction that one was not revoked; the piece (label `certification`) fails otherwise."""
        key = keys.certification_key(version_id, certification_id)
        held = attr("pk").exists() & attr("revokedAt").absent()
        transaction.check(self._table.name, key, held, label=LABEL)

    def revoke_in(self, transaction: TenantTransaction, record: Mapping[str, Any], fields: Mapping[str, str]) -> None:
        """Add its revocation (`revokedAt`, …) to a transaction; the piece fails when it is revoked already."""
        transaction.update(
            self._table.name,
            keys.certification_key(str(record["versionId"]), str(record["certificationId"])),
            set_=fields,
            condition=attr("pk").exists() & attr("revokedAt").absent(),
            label=LABEL,
        )
