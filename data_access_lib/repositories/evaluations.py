"""Evaluations: a suite's run on a version, and what came of each asking of each case, written once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import all_equal, attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import pack, required, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data_access_lib.codec import Item
    from data_access_lib.conditions import Condition
    from data_access_lib.table import BoundedReader, BoundedTable

_DOCUMENTS: Final = ("threshold", "passRate", "interval", "flaky", "error")
_EVERY: Final[Mapping[str, str | None]] = MappingProxyType({})
_CASE_DOCUMENTS: Final = ("scores", "output", "tools", "error")


class EvaluationRecords:
    """Reads. {evaluationId, agent, versionId, contentHash, suite, suiteDigest, status, …} and their cases."""

    def __init__(self, table: BoundedReader) -> None:
        self._reader = table

    def find(self, evaluation_id: str) -> Item | None:
        """An evaluation as it is now; None when there is none."""
        item = self._reader.get(keys.evaluation_key(evaluation_id), consistent=True)
        return None if item is None else unpack(item, _DOCUMENTS)

    def get(self, evaluation_id: str) -> Item:
        """An evaluation as it is now; NotFound when there is none."""
        return required(self.find(evaluation_id), "evaluation")

    def list(self, *, limit: int = 50, after: str | None = None, matching: Mapping[str, str | None] = _EVERY) -> IdPage:
        """All evaluations, newest first; `matching` agent, suite, status a page may be short and not the last."""
        page = newest_of_partition(
            self._reader, keys.evaluations_partition(), limit=limit, after=after, filter=all_equal(matching)
        )
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], page.next_id)

    def of_version(
        self, version_id: str, *, limit: int = 50, after: str | None = None, matching: Mapping[str, str | None] = _EVERY
    ) -> IdPage:
        """A version's evaluations, newest first, from the index (a write shows within a second). See `list`."""
        page = newest_of_partition(
            self._reader,
            keys.evaluations_of_version(version_id),
            limit=limit,
            after=after,
            index="gsi1",
            filter=all_equal(matching),
        )
        return IdPage([unpack(item, _DOCUMENTS) for item in page.items], page.next_id)

    def all_of_version(self, version_id: str) -> Sequence[Item]:
        """All of a version's evaluations, newest first, from the index."""
        found: list[Item] = []
        after: str | None = None
        while True:
            page = self.of_version(version_id, limit=100, after=after)
            found += page.items
            if page.next_id is None:
                return found
            after = page.next_id

    def case(self, evaluation_id: str, case_id: str, repeat: int) -> Item | None:
        """What came of one asking of a case; None while it is not known."""
        item = self._reader.get(keys.evaluation_case_key(evaluation_id, case_id, repeat), consistent=True)
        return None if item is None else unpack(item, _CASE_DOCUMENTS)

    def cases(self, evaluation_id: str, *, limit: int = 50, after: str | None = None) -> IdPage:
        """What came of an evaluation's cases, by case and repeat; go on after `next_id`."""
        partition = keys.evaluation_cases_partition(evaluation_id)
        page = self._reader.query(partition, limit=limit, after=after, consistent=True)
        items = [unpack(item, _CASE_DOCUMENTS) for item in page.items]
        return IdPage(items, page.last_key["sk"] if page.last_key else None)

    def all_cases(self, evaluation_id: str) -> Sequence[Item]:
        """What came of every case so far."""
        found: list[Item] = []
        after: str | None = None
        while True:
            page = self.cases(evaluation_id, limit=500, after=after)
            found += page.items
            if page.next_id is None:
                return found
            after = page.next_id


class Evaluations(EvaluationRecords):
    """Reads and writes."""

    def __init__(self, table: BoundedTable) -> None:
        super().__init__(table)
        self._table = table

    def create(self, record: Mapping[str, Any]) -> bool:
        """Write a new evaluation; False when it is there already, which is left as it is."""
        evaluation_id = str(record["evaluationId"])
        index = keys.evaluation_index(str(record["versionId"]), evaluation_id)
        item = {**record, **keys.evaluation_key(evaluation_id)._asdict(), **index._asdict()}
        return self._put_once(pack(item, _DOCUMENTS))

    def move(self, evaluation_id: str, fields: Mapping[str, Any], *, only: Condition) -> Item:
        """Change an evaluation if `only` holds of it; the new one. ConditionFailed otherwise."""
        changed = self._table.update(
            keys.evaluation_key(evaluation_id),
            set_=pack(fields, _DOCUMENTS),
            condition=attr("pk").exists() & only,
            return_new=True,
        )
        return unpack(changed or {}, _DOCUMENTS)

    def decide(self, evaluation_id: str, result: Mapping[str, Any]) -> bool:
        """Write what came of one asking of a case; False when that is written already, which stands."""
        key = keys.evaluation_case_key(evaluation_id, str(result["caseId"]), int(result["repeat"]))
        return self._put_once(pack({**result, **key._asdict()}, _CASE_DOCUMENTS))

    def _put_once(self, item: Item) -> bool:
        try:
            self._table.put(item, condition=attr("pk").absent())
        except ConditionFailed:
            return False
        return True
