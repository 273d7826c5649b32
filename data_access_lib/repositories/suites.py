"""Evaluation suites: the latest version of each by name, and every version there was. Cases are in the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import InvalidIdentifier
from data_access_lib.repositories.pages import IdPage
from data_access_lib.repositories.records import pack, required, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "suite"
_DOCUMENTS: Final = ("agents", "threshold")


class SuiteRecords:
    """Reads. {name, version, digest, description, agents, required, threshold, repeats, concurrency, cases, …}."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, name: str) -> Item | None:
        """A suite's latest version; None when there is no such suite."""
        item = self._reader.get(keys.suite_key(name), consistent=True)
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, name: str, version: int | None = None) -> Item:
        """One version of a suite, the latest unless named; NotFound when there is none."""
        if version is None:
            return required(self.find(name), "suite")
        item = self._reader.get(keys.suite_version_key(name, version))
        return required(None if item is None else unpack(item, _DOCUMENTS), "suite version")

    def list(self, *, limit: int = 50, after: str | None = None, consistent: bool = False) -> IdPage:
        """The latest versions, by name."""
        page = self._reader.query(keys.suites_partition(), limit=limit, after=after, consistent=consistent)
        items = [unpack(item, _DOCUMENTS) for item in page.items]
        return IdPage(items, page.last_key["sk"] if page.last_key else None)

    def of_agent(self, agent: str) -> Sequence[Item]:
        """The latest version of every suite that is for this agent, as they are now."""
        found: list[Item] = []
        after: str | None = None
        while True:
            page = self.list(limit=100, after=after, consistent=True)
            found += [item for item in page.items if agent in item["agents"]]
            if page.next_id is None:
                return found
            after = page.next_id

    def bearing_on(self, agent: str, names: Iterable[str]) -> Sequence[Item]:
        """The latest version of every suite that is for this agent, and of those named that are not, as they are now.

        What names no suite is left out, a name that no suite can have too.
        """
        mine = self.of_agent(agent)
        others = sorted({*names} - {str(one["name"]) for one in mine})
        return [*mine, *(found for name in others if (found := self._named(name)) is not None)]

    def _named(self, name: str) -> Item | None:
        try:
            return self.find(name)
        except InvalidIdentifier:
            return None


class Suites(SuiteRecords):
    """Reads and writes; a version that is there is never changed."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def add_in(self, transaction: TenantTransaction, record: Mapping[str, Any], *, latest: int) -> Item:
        """Add version `latest` + 1 to a transaction and make it the latest; what will be there.

        The piece fails (label `suite`) when somebody else added it meanwhile.
        """
        full = {**record, "version": latest + 1}
        unchanged = attr("pk").absent() if latest == 0 else attr("version").eq(latest)
        for key, condition in (
            (keys.suite_version_key(str(record["name"]), latest + 1), attr("pk").absent()),
            (keys.suite_key(str(record["name"])), unchanged),
        ):
            item = pack({**full, **key._asdict()}, _DOCUMENTS)
            transaction.put(self._table.name, item, condition=condition, label=LABEL)
        return full
