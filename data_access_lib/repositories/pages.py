"""Lists that live in several partitions, read as one, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data_access_lib import keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data_access_lib.codec import Item
    from data_access_lib.conditions import Condition
    from data_access_lib.table import BoundedReader, Page


@dataclass(frozen=True, slots=True)
class IdPage:
    """Part of a list by id; `next_id` is where to go on (pass it as `after`), None at the end."""

    items: list[Item]
    next_id: str | None


def newest_of_shards(
    table: BoundedReader,
    partition: Callable[[int], str],
    *,
    limit: int,
    after: str | None,
    floor: str | None = None,
    only: Condition | None = None,
) -> IdPage:
    """The newest `limit` items below the id `after` and above `floor`, over the four shards of an index."""
    pages = [
        table.query(
            partition(shard), index="gsi1", before=after, after=floor, newest_first=True, limit=limit, filter=only
        )
        for shard in range(keys.SHARDS)
    ]
    return merge(pages, limit)


def newest_of_partition(
    table: BoundedReader,
    partition: str,
    *,
    limit: int,
    after: str | None,
    index: str | None = None,
    filter: Condition | None = None,  # noqa: A002 - as in `query`
    consistent: bool = False,
) -> IdPage:
    """The newest `limit` items below the id `after` in one partition; an index cannot be read consistently.

    With a filter a page may be short and not the last.
    """
    page = table.query(
        *(partition,), index=index, before=after, filter=filter, newest_first=True, limit=limit, consistent=consistent
    )
    return merge([page], limit, "sk" if index is None else f"{index}sk")


def merge(pages: Sequence[Page], limit: int, sort: str = "gsi1sk") -> IdPage:
    """One page of several, each newest first.

    A page with a `last_key` says nothing of what lies below it: what other pages hold below the highest such frontier
    must wait, or an item between would be skipped.
    """
    frontier = max((page.last_key[sort] for page in pages if page.last_key), default="")
    known = [item for page in pages for item in page.items if item[sort] >= frontier]
    known.sort(key=lambda item: str(item[sort]), reverse=True)
    shown = known[:limit]
    if len(known) > limit:
        return IdPage(shown, str(shown[-1][sort]))
    return IdPage(shown, frontier or None)
