"""A DynamoDB table as one owner sees it: every key checked before anything is sent; no scan, no PartiQL."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from data_access_lib.boundary import Boundary
from data_access_lib.codec import Item, decode_item, decode_stored, encode_item, without_roll
from data_access_lib.conditions import Change, Condition, Placeholders, attr
from data_access_lib.content import PLAIN, Content
from data_access_lib.errors import ConditionFailed, InvalidCursor, StaleVersion, StoreUnavailable
from data_access_lib.failures import store_failures
from data_access_lib.keys import Key
from data_access_lib.queries import SortRange, index_attributes
from data_access_lib.requests import check_change, conditional, encoded_key, enrolled
from data_access_lib.transaction import TenantTransaction
from platform_kit.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from data_access_lib.signals import AccessSignals
    from data_access_lib.tenant import TenantContext, TenantId

T = TypeVar("T")

_MAX_BATCH_GET: Final = 100
_MAX_BATCH_WRITE: Final = 25
_MAX_ATTEMPTS: Final = 6
_MAX_ROUNDS: Final = 10
_BASE_PAUSE: Final = 0.025


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list. `last_key` is where to go on; None at the end. A filtered page may be short and not the last."""

    items: list[Item]
    last_key: dict[str, str] | None


class BoundedReader:
    """Reads of one table inside a boundary."""

    def __init__(
        self,
        client: DynamoDBClient,
        table_name: str,
        boundary: Boundary,
        *,
        pause: Callable[[float], None] = time.sleep,
        content: Content = PLAIN,
    ) -> None:
        self.name = table_name
        self._client = client
        self._boundary = boundary
        self._content = content
        self._pause = pause

    @property
    def owner(self) -> TenantId:
        """Whose partitions these are; `tenant.PLATFORM` for the platform's own."""
        return self._boundary.owner

    @property
    def principal_id(self) -> str:
        """Who is at work."""
        return self._boundary.principal_id

    def get(self, key: Key, *, consistent: bool = False, projection: Sequence[str] | None = None) -> Item | None:
        """One item, or only the attributes in `projection`; None when it is not there."""
        self._boundary.key(key, "get", self.name)
        request: dict[str, Any] = {"TableName": self.name, "Key": encoded_key(key), "ConsistentRead": consistent}
        if projection:
            placeholders = Placeholders()
            request["ProjectionExpression"] = ", ".join(placeholders.name(name) for name in projection)
            request |= placeholders.request()
        with store_failures():
            item = self._client.get_item(**request).get("Item")
        return None if item is None else self._content.take_out(decode_stored(item), key)

    def query(
        self,
        partition: str,
        *,
        begins_with: str = "",
        after: str | None = None,
        before: str | None = None,
        index: str | None = None,
        filter: Condition | None = None,  # noqa: A002 - DynamoDB's own word for it
        limit: int = 50,
        start: Mapping[str, str] | None = None,
        newest_first: bool = False,
        consistent: bool = False,
    ) -> Page:
        """Up to `limit` items of one partition in order of their sort key.

        `after` and `before` exclude their ends and combine with `begins_with`; with `index` all of them speak of the
        index's keys. `start` is an earlier page's `last_key`.
        """
        self._boundary.partition(partition, "query", self.name)
        names = index_attributes(index)
        self._check_start(start, names.partition, partition)
        sort = SortRange.of(names.sort, begins_with, after, before)
        if sort.is_empty:
            return Page([], None)
        request = self._query_request(
            attr(names.partition).eq(partition), sort, filter, index=index, newest_first=newest_first
        )
        request["ConsistentRead"] = consistent
        items, last_key = self._collect(request, sort, limit, start)
        return Page([without_roll(item) for item in items], last_key)

    def batch_get(self, keys: Iterable[Key], *, consistent: bool = False) -> dict[Key, Item]:
        """The items that exist, by key. StoreUnavailable when some stay unread after bounded retries."""
        wanted = list(dict.fromkeys(Key(*key) for key in keys))
        self._boundary.keys(wanted, "batch_get", self.name)
        found: dict[Key, Item] = {}
        for chunk in _chunks(wanted, _MAX_BATCH_GET):
            for item in self._read_all([encoded_key(key) for key in chunk], consistent=consistent):
                found[Key(item["pk"], item["sk"])] = item
        return {key: found[key] for key in wanted if key in found}

    def _check_start(self, start: Mapping[str, str] | None, attribute: str, partition: str) -> None:
        if start is None:
            return
        self._boundary.item(start, "query", self.name)
        if start.get(attribute) != partition:
            raise InvalidCursor("The cursor belongs to another list.")

    def _query_request(
        self,
        in_partition: Condition,
        sort: SortRange,
        condition: Condition | None,
        *,
        index: str | None,
        newest_first: bool,
    ) -> dict[str, Any]:
        placeholders = Placeholders()
        request: dict[str, Any] = {"TableName": self.name, "ScanIndexForward": not newest_first}
        request["KeyConditionExpression"] = sort.within(in_partition).render(placeholders)
        if condition is not None:
            request["FilterExpression"] = condition.render(placeholders)
        if index is not None:
            request["IndexName"] = index
        return request | placeholders.request()

    def _collect(
        self, request: dict[str, Any], sort: SortRange, limit: int, start: Mapping[str, str] | None
    ) -> tuple[list[Item], dict[str, str] | None]:
        """Query until there is enough, or the end, or ten calls (a filter can discard without end)."""
        items: list[Item] = []
        last = dict(start) if start else None
        for _ in range(_MAX_ROUNDS):
            begin: dict[str, Any] = {"ExclusiveStartKey": encode_item(last)} if last else {}
            with store_failures():
                answer = self._client.query(**request, **begin, Limit=limit - len(items))
            found = (decode_item(item) for item in answer["Items"])
            items += [self._content.take_out(item) for item in found if item[sort.attribute] != sort.excluded]
            last = decode_item(answer.get("LastEvaluatedKey", {})) or None
            if last is None or len(items) >= limit:
                break
        return items, last

    def _read_all(self, keys: list[dict[str, Any]], *, consistent: bool) -> Iterator[Item]:
        remaining = keys
        for delay in _delays():
            request = {self.name: {"Keys": remaining, "ConsistentRead": consistent}}
            with store_failures():
                answer = self._client.batch_get_item(RequestItems=request)  # type: ignore[arg-type]  # built above
            yield from (self._content.take_out(decode_stored(item)) for item in answer["Responses"].get(self.name, []))
            left: Mapping[str, Any] = answer.get("UnprocessedKeys", {})
            remaining = left.get(self.name, {}).get("Keys", [])
            if not remaining:
                return
            self._pause(delay)
        raise StoreUnavailable


class BoundedTable(BoundedReader):
    """Reads and writes of one table inside a boundary."""

    def put(self, item: Mapping[str, object], *, condition: Condition | None = None) -> None:
        """Write an item whole, over what was there unless `condition` (on the old item) fails: ConditionFailed."""
        self._boundary.item(item, "put", self.name)
        request = {"TableName": self.name, "Item": self._stored(item)}
        with store_failures(take_out=self._content.take_out):
            self._client.put_item(**request | conditional(condition))

    def update(
        self,
        key: Key,
        *,
        set_: Mapping[str, object] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
        condition: Condition | None = None,
        return_new: bool = False,
    ) -> Item | None:
        """Change an item, making it when it is absent unless `condition` says otherwise; the new item if asked for."""
        self._boundary.key(key, "update", self.name)
        change = Change(self._content.put_away(key, enrolled(set_ or {}, key)), add or {}, tuple(remove))
        check_change(self._boundary, change, "update", self.name)
        placeholders = Placeholders()
        request: dict[str, Any] = {"TableName": self.name, "Key": encoded_key(key)}
        request["UpdateExpression"] = change.render(placeholders)
        request["ReturnValues"] = "ALL_NEW" if return_new else "NONE"
        with store_failures(take_out=self._content.take_out):
            answer = self._client.update_item(**request | conditional(condition, placeholders))
        return self._content.take_out(decode_stored(answer["Attributes"])) if return_new else None

    def delete(self, key: Key, *, condition: Condition | None = None) -> None:
        """Remove an item; nothing happens when it is absent and no `condition` is given."""
        self._boundary.key(key, "delete", self.name)
        request = {"TableName": self.name, "Key": encoded_key(key)}
        with store_failures(take_out=self._content.take_out):
            self._client.delete_item(**request | conditional(condition))

    def versioned_put(self, item: Mapping[str, object]) -> Item:
        """Write an item that must not exist yet, as version 1 (`etag`); else ConditionFailed. What was written."""
        first = {**item, "etag": 1}
        self.put(first, condition=attr("pk").absent())
        return first

    def versioned_update(
        self,
        key: Key,
        etag: int,
        *,
        set_: Mapping[str, object] | None = None,
        remove: Sequence[str] = (),
        condition: Condition | None = None,
    ) -> Item:
        """Change an item if its version is still `etag`; the new item, one version on.

        NotFound when it is absent, StaleVersion when its version is another, ConditionFailed when `condition` fails.
        """
        current = attr("etag").eq(etag)
        wanted = current if condition is None else current & condition
        try:
            changed = self.update(
                key, set_={**(set_ or {}), "etag": etag + 1}, remove=remove, condition=wanted, return_new=True
            )
        except ConditionFailed as failure:
            if failure.item is None:
                raise NotFound("There is no such resource.") from None
            if failure.item.get("etag") != etag:
                raise StaleVersion from None
            raise
        return changed or {}

    def batch_write(self, puts: Iterable[Mapping[str, object]] = (), deletes: Iterable[Key] = ()) -> None:
        """Put and delete many items, each on its own; StoreUnavailable when some stay unwritten after retries."""
        items, gone = list(puts), [Key(*key) for key in deletes]
        for item in items:
            self._boundary.item(item, "batch_write", self.name)
        self._boundary.keys(gone, "batch_write", self.name)
        requests: list[dict[str, Any]] = [{"PutRequest": {"Item": self._stored(item)}} for item in items]
        requests += [{"DeleteRequest": {"Key": encoded_key(key)}} for key in gone]
        for chunk in _chunks(requests, _MAX_BATCH_WRITE):
            self._write_all(list(chunk))

    def transaction(self) -> TenantTransaction:
        """A transaction inside the same boundary; it may span tables."""
        return TenantTransaction.within(self._client, self._boundary, pause=self._pause, content=self._content)

    def _stored(self, item: Mapping[str, object]) -> dict[str, Any]:
        return encode_item(self._content.put_away((str(item["pk"]), str(item["sk"])), enrolled(item)))

    def _write_all(self, requests: list[dict[str, Any]]) -> None:
        remaining = requests
        for delay in _delays():
            with store_failures():
                answer = self._client.batch_write_item(RequestItems={self.name: remaining})  # type: ignore[dict-item]  # built above
            left: Mapping[str, Any] = answer.get("UnprocessedItems", {})
            remaining = left.get(self.name, [])
            if not remaining:
                return
            self._pause(delay)
        raise StoreUnavailable


class TenantScopedTable(BoundedTable):
    """A table as one tenant sees it. Any key outside raises TenantAccessViolation before a call is made.

    `content` seals and opens what the tenant said; without it such things are written plain, and sealed ones refused.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table_name: str,
        tenant: TenantContext,
        signals: AccessSignals,
        *,
        pause: Callable[[float], None] = time.sleep,
        content: Content = PLAIN,
    ) -> None:
        boundary = Boundary(tenant.tenant_id, tenant.principal_id, signals)
        super().__init__(client, table_name, boundary, pause=pause, content=content)
        self.tenant = tenant


def _delays() -> Iterator[float]:
    """Seconds to wait after each of six attempts: doubling from 25 ms, with full jitter (AWS: exponential backoff)."""
    for attempt in range(_MAX_ATTEMPTS):
        yield random.uniform(0, _BASE_PAUSE * 2**attempt)  # noqa: S311 - jitter, not a secret


def _chunks(values: list[T], size: int) -> Iterator[list[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))
