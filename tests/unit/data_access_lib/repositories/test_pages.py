from hypothesis import given
from hypothesis import strategies as st

from data_access_lib.client import Page
from data_access_lib.repositories.pages import IdPage, merge


def page(*ids: str, more: bool = False, frontier: str | None = None) -> Page:
    last = {"gsi1sk": frontier or ids[-1]} if more or frontier else None
    return Page([{"gsi1sk": name} for name in ids], last)


def ids(merged: IdPage) -> list[str]:
    return [item["gsi1sk"] for item in merged.items]


def test_pages_are_merged_newest_first() -> None:
    merged = merge([page("9", "3"), page("8", "5"), page(), page("4")], 10)
    assert (ids(merged), merged.next_id) == (["9", "8", "5", "4", "3"], None)


def test_a_full_page_ends_at_its_last_item() -> None:
    merged = merge([page("9", "7", more=True), page("8", "6", more=True)], 2)
    assert (ids(merged), merged.next_id) == (["9", "8"], "8")


def test_what_lies_below_an_unread_part_waits() -> None:
    merged = merge([page("9", more=True), page("8", "2")], 10)
    assert (ids(merged), merged.next_id) == (["9"], "9")


def test_a_filter_that_found_nothing_still_goes_on() -> None:
    merged = merge([page(frontier="5"), page("8", "2")], 10)
    assert (ids(merged), merged.next_id) == (["8"], "5")


def test_exactly_a_page_and_nothing_beyond_is_the_end() -> None:
    assert merge([page("9", "8")], 2).next_id is None
    assert merge([page("9", "8", more=True)], 2).next_id == "8"


def test_another_sort_key_may_be_named() -> None:
    merged = merge([Page([{"sk": "2"}, {"sk": "1"}], {"sk": "1"})], 1, "sk")
    assert (merged.items, merged.next_id) == ([{"sk": "2"}], "2")


@given(
    st.lists(st.sets(st.integers(0, 60)), min_size=4, max_size=4),
    st.integers(1, 7),
    st.integers(1, 7),
)
def test_walking_the_pages_shows_every_matching_item_once_in_order(
    shards: list[set[int]], limit: int, evaluated: int
) -> None:
    """Each shard answers at most `evaluated` items a call and shows the even ones only: a filter cuts pages short."""
    everything = [sorted({number * 4 + at for number in shard}, reverse=True) for at, shard in enumerate(shards)]

    def answer(shard: list[int], before: str | None) -> Page:
        below = [number for number in shard if before is None or f"{number:05}" < before]
        looked, rest = below[:evaluated], below[evaluated:]
        shown = [{"gsi1sk": f"{number:05}"} for number in looked if number // 4 % 2 == 0][:limit]
        if len(shown) == limit:
            return Page(shown, {"gsi1sk": shown[-1]["gsi1sk"]})
        return Page(shown, {"gsi1sk": f"{looked[-1]:05}"} if rest else None)

    seen: list[str] = []
    after: str | None = None
    for _ in range(1000):
        merged = merge([answer(shard, after) for shard in everything], limit)
        seen += ids(merged)
        assert len(merged.items) <= limit
        after = merged.next_id
        if after is None:
            break
    wanted = sorted((n for shard in everything for n in shard if n // 4 % 2 == 0), reverse=True)
    assert seen == [f"{number:05}" for number in wanted]
