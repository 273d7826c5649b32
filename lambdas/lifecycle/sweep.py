"""The sweep: whether anything of a tenant is left, asked another way than it was erased.

It relies on neither the walk nor the library's doors: it counts, with the service's own calls, in every place where
something of the tenant's could be: the roll, the partitions known by name, the lists of runs and files, the objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib import keys
from data_access_lib.failures import store_failures
from data_access_lib.inventory import KINDS, Table
from data_access_lib.tenant import TenantId
from lambdas.lifecycle.models import Premises

_ROLLED: Final[tuple[Table, ...]] = ("control", "runs", "ops")


@dataclass(frozen=True)
class Seen:
    """What a sweep saw: how many places it asked about, how many things were there."""

    asked: int
    found: int

    @property
    def empty(self) -> bool:
        """Whether nothing is left."""
        return self.found == 0


@dataclass(frozen=True)
class _Question:
    table: str
    partition: str
    index: str | None = None
    kept: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sweep:
    """One tenant's."""

    tenant_id: TenantId
    premises: Premises

    def look(self) -> Seen:
        """Ask about every place."""
        questions = list(self._questions())
        found = sum(self._count(question) for question in questions)
        return Seen(len(questions) + 1, found + self._versions())

    def _questions(self) -> Iterator[_Question]:
        names = {name: table.name for name, table in self.premises.tables.items()}
        outliving = frozenset(p for kind in KINDS if kind.kept for p in kind.partitions(self.tenant_id))
        for shard in range(keys.SHARDS):
            for name in _ROLLED:
                yield _Question(names[name], keys.roll_partition(self.tenant_id, shard), "gsi2", outliving)
            yield _Question(names["runs"], keys.runs_partition(self.tenant_id, shard), "gsi1")
            yield _Question(names["runs"], keys.jobs_partition(self.tenant_id, shard), "gsi1")
            yield _Question(names["runs"], keys.files_partition(self.tenant_id, shard), "gsi1")
        for kind in KINDS:
            if not kind.kept:
                yield from (_Question(names[kind.table], one) for one in kind.partitions(self.tenant_id))

    def _count(self, question: _Question) -> int:
        name = f"{question.index}pk" if question.index else "pk"
        request: dict[str, Any] = {
            "TableName": question.table,
            "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeNames": {"#p": name},
            "ExpressionAttributeValues": {":p": {"S": question.partition}},
            "Limit": 100,
        }
        request |= {"IndexName": question.index} if question.index else {"ConsistentRead": True}
        with store_failures():
            answer = self.premises.dynamodb.query(**request)
        return sum(item["pk"]["S"] not in question.kept for item in answer["Items"])

    def _versions(self) -> int:
        request = {"Bucket": self.premises.objects.name, "Prefix": keys.object_root(self.tenant_id), "MaxKeys": 100}
        with store_failures():
            answer = self.premises.s3.list_object_versions(**request)
        return len(answer.get("Versions", [])) + len(answer.get("DeleteMarkers", []))
