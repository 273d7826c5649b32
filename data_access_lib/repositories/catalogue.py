"""The catalogue: templates say what an agent is, versions are what can run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import Condition, attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import pack, required, unpack
from platform_kit.domains import domain_of
from platform_kit.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable

_DOCUMENTS: Final = ("manifest", "evidence")
_APPROVED: Final = "approved"


class TemplateRecords:
    """Reads of templates."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, agent: str) -> Item | None:
        """An agent's template; None when there is none."""
        item = self._reader.get(keys.template_key(agent))
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, agent: str) -> Item:
        """An agent's template; NotFound when there is none."""
        return required(self.find(agent), "agent")

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Templates by name, in alphabetical order."""
        page = self._reader.query(keys.templates_partition(), limit=limit, after=after)
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], page.last_key["sk"] if page.last_key else None)


class Templates(TemplateRecords):
    """Reads and writes of templates."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def create(self, record: Mapping[str, Any]) -> Item:
        """Write a new template (`name` names it), as version 1; ConditionFailed when the name is taken."""
        key = keys.template_key(record["name"])
        return unpack(self._table.versioned_put(pack({**record, **key._asdict()}, _DOCUMENTS)), _DOCUMENTS)

    def update(self, agent: str, etag: int, fields: Mapping[str, object]) -> Item:
        """Change a template of version `etag`; the new one. NotFound, StaleVersion."""
        changed = self._table.versioned_update(keys.template_key(agent), etag, set_=pack(fields, _DOCUMENTS))
        return unpack(changed, _DOCUMENTS)


class VersionRecords:
    """Reads of versions."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, agent: str, version_id: str) -> Item | None:
        """One version of an agent; None when there is none."""
        item = self._reader.get(keys.version_key(agent, version_id))
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, agent: str, version_id: str) -> Item:
        """One version of an agent; NotFound when there is none."""
        return required(self.find(agent, version_id), "version")

    def by_id(self, version_id: str) -> Item:
        """A version whatever its agent, from the index (a write shows within a second); NotFound when there is none."""
        place = keys.version_index(version_id)
        page = self._reader.query(place.gsi1pk, index="gsi1", begins_with=place.gsi1sk, limit=1)
        return required(unpack(page.items[0], _DOCUMENTS) if page.items else None, "version")

    def list(self, agent: str, *, limit: int = 50, after: str | None = None) -> IdPage:
        """An agent's versions, newest first."""
        page = newest_of_partition(self._reader, keys.versions_partition(agent), limit=limit, after=after)
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], page.next_id)

    def list_all(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Every agent's versions, newest first."""
        page = newest_of_partition(self._reader, keys.version_ids_partition(), limit=limit, after=after, index="gsi1")
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], page.next_id)


class Versions(VersionRecords):
    """Reads and writes of versions."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def create(self, record: Mapping[str, Any]) -> None:
        """Write a new version (`agent` and `versionId` name it); ConditionFailed when it exists."""
        key = keys.version_key(record["agent"], record["versionId"])
        index = keys.version_index(record["versionId"])
        item = pack({**record, **key._asdict(), **index._asdict()}, _DOCUMENTS)
        self._table.put(item, condition=attr("pk").absent())

    def update(
        self, agent: str, version_id: str, fields: Mapping[str, object], *, only: Condition | None = None
    ) -> Item:
        """Change a version, if `only` holds; the new one. NotFound, ConditionFailed."""
        there = attr("pk").exists()
        try:
            changed = self._table.update(
                keys.version_key(agent, version_id),
                set_=pack(fields, _DOCUMENTS),
                condition=there if only is None else there & only,
                return_new=True,
            )
        except ConditionFailed as failure:
            if failure.item is None:
                raise NotFound("There is no such version.") from None
            raise
        return unpack(changed or {}, _DOCUMENTS)


def move_version(
    table: BoundedTable, template: Mapping[str, Any], version: Mapping[str, Any], to: str, at: str
) -> None:
    """Bring a version into the state `to`, and with it what its template names as approved, in one transaction.

    An agent belongs to the domain that its approved version's manifest names.

    Approving one version deprecates the one before it. ConditionFailed when template or version moved meanwhile.
    """
    agent, version_id = str(version["agent"]), str(version["versionId"])
    before = template.get("approvedVersionId")
    transaction = table.transaction()
    transaction.update(
        table.name,
        keys.version_key(agent, version_id),
        set_={"status": to, "updatedAt": at},
        condition=attr("status").eq(version["status"]),
        label="version",
    )
    if to == _APPROVED and before and before != version_id:
        transaction.update(
            table.name,
            keys.version_key(agent, str(before)),
            set_={"status": "deprecated", "updatedAt": at},
            condition=attr("status").eq(_APPROVED),
            label="former",
        )
    if to == _APPROVED or before == version_id:
        transaction.update(
            table.name,
            keys.template_key(agent),
            set_={"updatedAt": at, "etag": template["etag"] + 1} | (_as_approved(version) if to == _APPROVED else {}),
            remove=() if to == _APPROVED else ("approvedVersionId",),
            condition=attr("etag").eq(template["etag"]),
            label="template",
        )
    transaction.commit()


def _as_approved(version: Mapping[str, Any]) -> dict[str, Any]:
    return {"approvedVersionId": version["versionId"], "domain": domain_of(version.get("manifest") or {})}
