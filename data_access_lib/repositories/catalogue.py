"""The catalogue: templates say what an agent is, versions are what can run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import pack, required, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.transaction import TenantTransaction

TEMPLATE: Final = "template"
"""The label of the piece that says that an agent's template is as it was read."""
VERSION: Final = "version"
"""The label of the piece that says that a version is as it was read."""
_DOCUMENTS: Final = ("manifest", "prompts", "provenance")


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

    def find(self, agent: str) -> Item | None:
        """An agent's template as it is now; None when there is none."""
        item = self._reader.get(keys.template_key(agent), consistent=True)
        return None if item is None else unpack(item, _DOCUMENTS)

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
        """One version of an agent as it is now; None when there is none.

        Who reads after a message of the table's stream, or moves a version, must not see what was before.
        """
        item = self._reader.get(keys.version_key(agent, version_id), consistent=True)
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
        return IdPage([_listed(item) for item in page.items], page.next_id)

    def list_all(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """Every agent's versions, newest first."""
        page = newest_of_partition(self._reader, keys.version_ids_partition(), limit=limit, after=after, index="gsi1")
        return IdPage([_listed(item) for item in page.items], page.next_id)


def _listed(item: Item) -> Item:
    """A version in a list: one whose documents are no JSON any more must not hide the others."""
    try:
        return unpack(item, _DOCUMENTS)
    except (TypeError, ValueError, RecursionError):
        return {**unpack(item, ()), **{name: {} for name in _DOCUMENTS if name in item}}


@dataclass(frozen=True, slots=True)
class Step:
    """One version's part in a change of the registry: its record as it was read, and as it will be (see `moved`)."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]


def change_in(
    transaction: TenantTransaction,
    table: BoundedTable,
    steps: Iterable[Step],
    template: Mapping[str, Any] | None = None,
    fields: Mapping[str, object] | None = None,
) -> None:
    """Add moves of versions to a transaction, and with them changes of their agent's template (None removes a field).

    It fails (labels `version`, `template`) when any of them is not as it was read. An agent belongs to the domain that
    its default version's manifest names: whoever changes `approvedVersionId` changes `domain` too.
    """
    for step in steps:
        _step_in(transaction, table, step)
    if template is not None:
        given = {"etag": template["etag"] + 1, **(fields or {})}
        transaction.update(
            table.name,
            keys.template_key(str(template["name"])),
            set_={name: value for name, value in given.items() if value is not None},
            remove=[name for name, value in given.items() if value is None and name in template],
            condition=attr("etag").eq(template["etag"]),
            label=TEMPLATE,
        )


def add_version_in(
    transaction: TenantTransaction, table: BoundedTable, template: Mapping[str, Any], record: Mapping[str, Any]
) -> None:
    """Add a new version to a transaction.

    It fails (label `template`) when its agent changed since it was read: of two who add the same content at the same
    time, one finds the other's.
    """
    key, index = keys.version_key(record["agent"], record["versionId"]), keys.version_index(record["versionId"])
    item = pack({**record, **key._asdict(), **index._asdict()}, _DOCUMENTS)
    transaction.put(table.name, item, condition=attr("pk").absent(), label=VERSION)
    change_in(transaction, table, (), template)


def _step_in(transaction: TenantTransaction, table: BoundedTable, step: Step) -> None:
    before, after = step.before, step.after
    transaction.update(
        table.name,
        keys.version_key(str(before["agent"]), str(before["versionId"])),
        set_={name: value for name, value in after.items() if before.get(name) != value},
        remove=[name for name in before if name not in after],
        condition=attr("stateHash").eq(before["stateHash"]) if "stateHash" in before else attr("stateHash").absent(),
        label=VERSION,
    )
