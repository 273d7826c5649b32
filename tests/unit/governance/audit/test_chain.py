import pytest

from governance.audit.chain import Break, BreakKind, Fields, Head, extend, first_break, walk
from governance.audit.entry import FIRST, entry_hash
from tests.audit_logs import Entry, log, rehashed


def kinds(entries: list[Entry], head: Head | None = None) -> tuple[int, BreakKind] | None:
    found = first_break(entries, head)
    return found and (found.seq, found.kind)


def test_entries_follow_from_nothing_and_from_a_head() -> None:
    first = extend(Head(), [Fields("t", "a", "x.y", "z", "allowed", "d")] * 3)
    assert [entry["seq"] for entry in first] == [1, 2, 3]
    assert first[0]["prevHash"] == FIRST
    assert walk(first) == (Head(3, first[2]["hash"]), 3, None)
    more = extend(Head(3, first[2]["hash"]), [Fields("t", "a", "x.y", "z", "allowed", "d")])
    assert first_break(first + more) is None
    assert walk(more, Head(3, first[2]["hash"])).held == 1


def test_nothing_holds_and_ends_where_it_began() -> None:
    assert walk([]) == (None, 0, None)
    assert walk([], Head(7, "h")) == (Head(7, "h"), 0, None)


@pytest.mark.parametrize("name", ["time", "actor", "action", "target", "decision", "detailHash", "hash"])
def test_an_entry_with_another_field_is_altered_and_named(name: str) -> None:
    entries = log(5)
    entries[2][name] = "0" * 64
    assert kinds(entries) == (3, BreakKind.ALTERED)


def test_an_entry_whose_hash_was_computed_anew_does_not_link_to_the_next() -> None:
    entries = log(5)
    entries[2] = {**entries[2], "action": "x.y"}
    entries[2]["hash"] = entry_hash(entries[2])
    assert kinds(entries) == (4, BreakKind.UNLINKED)


def test_missing_doubled_and_swapped_entries_are_out_of_order() -> None:
    one, two, three, four = log(4)
    assert kinds([one, three, four]) == (3, BreakKind.OUT_OF_ORDER)
    assert kinds([one, two, two, three]) == (2, BreakKind.OUT_OF_ORDER)
    assert kinds([one, three, two, four]) == (3, BreakKind.OUT_OF_ORDER)
    assert kinds([two, three], Head()) == (2, BreakKind.OUT_OF_ORDER)


def test_a_number_that_was_left_out_is_seen_though_every_hash_links() -> None:
    before = log(3)
    after = log(2, head=Head(5, before[-1]["hash"]))
    assert kinds([*before, *after]) == (6, BreakKind.OUT_OF_ORDER)


def test_an_entry_of_another_chain_does_not_link() -> None:
    mine, theirs = log(4), log(4, tenant="globex")
    assert kinds([*mine[:2], theirs[2], mine[3]]) == (3, BreakKind.UNLINKED)


def test_a_first_entry_that_names_one_before_it_is_unlinked() -> None:
    (entry,) = extend(Head(0, "f" * 64), [Fields("t", "a", "x.y", "z", "allowed", "d")])
    assert kinds([entry]) == (1, BreakKind.UNLINKED)


@pytest.mark.parametrize(
    "change", [{"seq": True}, {"seq": "3"}, {"time": None}, {"target": "\ud800"}, {"hash": 3}], ids=str
)
def test_what_is_no_entry_is_malformed_and_its_place_is_named(change: Entry) -> None:
    entries = log(4)
    entries[2] = {**entries[2], **change}
    found = first_break(entries)
    assert isinstance(found, Break)
    assert (found.seq, found.kind) == (3, BreakKind.MALFORMED)
    del entries[2]["actor"]
    assert kinds(entries) == (3, BreakKind.MALFORMED)


def test_a_first_entry_whose_link_is_no_plain_text_is_refused() -> None:
    entries = extend(Head(4, 'x"y'), [Fields("t", "a", "x.y", "z", "allowed", "d")])
    assert kinds(entries) == (5, BreakKind.UNLINKED)


def test_a_chain_that_was_written_anew_holds_by_itself() -> None:
    assert first_break(rehashed(log(5), 2, decision="denied")) is None
