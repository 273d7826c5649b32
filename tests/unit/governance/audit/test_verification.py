"""What is tampered with is found, and its place is named."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.audit import verification
from governance.audit.chain import BreakKind, Head
from governance.audit.checkpoint import Checkpoint
from governance.audit.entry import FIELDS, canonical, detail_hash, entry_hash
from governance.audit.verification import Broken, Log, trusted
from tests.audit_logs import OTHER_KEY, Entry, attested, log, rehashed, signer, verify

ENTRIES: Final = log(20)
POINTS: Final = attested(ENTRIES, [5, 12, 18])
K = BreakKind


def found(entries: list[Entry], points: list[Checkpoint] = POINTS, tenant: str | None = "acme") -> tuple[int, str]:
    with pytest.raises(Broken) as broken:
        verification.verify(entries, points, tenant=tenant)
    return broken.value.found.seq, broken.value.found.kind


def changed(seq: int, **fields: Any) -> list[Entry]:
    return [{**one, **(fields if one["seq"] == seq else {})} for one in ENTRIES]


def test_a_whole_log_holds_and_says_what_covers_it() -> None:
    verdict = verification.verify(ENTRIES, POINTS, tenant="acme")
    assert verdict[:5] == (20, 1, 20, 0, ENTRIES[-1]["hash"])
    assert (verdict.covered, verdict.since, verdict.unjoined) == (18, "t18", [])
    assert verification.verify(ENTRIES).covered == 0


@pytest.mark.parametrize("begin", [1, 2, 5, 6, 7, 13, 20])
def test_a_part_of_a_log_holds_against_the_checkpoints_that_end_in_it(begin: int) -> None:
    assert verification.verify(ENTRIES[begin - 1 :], POINTS, tenant="acme").first == begin


@given(st.integers(0, 19), st.sampled_from(FIELDS), st.randoms(use_true_random=False))
def test_any_flipped_bit_of_any_field_is_found_where_it_is(index: int, name: str, random: Random) -> None:
    entries = [dict(one) for one in ENTRIES]
    value = entries[index][name]
    entries[index][name] = value ^ (1 << random.randrange(40)) if isinstance(value, int) else flipped(value, random)
    assert found(entries)[0] in {index + 1, entries[index]["seq"]}


def flipped(text: str, random: Random) -> str:
    place = random.randrange(len(text))
    return text[:place] + chr(ord(text[place]) ^ (1 << random.randrange(7))) + text[place + 1 :]


@given(st.integers(0, 19), st.sampled_from(["salt", "note", "principalId", "n"]), st.randoms(use_true_random=False))
def test_any_flipped_bit_of_a_detail_is_found_where_it_is(index: int, name: str, random: Random) -> None:
    entry = dict(ENTRIES[index])
    if name == "salt":
        entry["salt"] = flipped(entry["salt"], random)
    else:
        value = entry["detail"][name]
        other = value ^ (1 << random.randrange(30)) if isinstance(value, int) else flipped(value, random)
        entry["detail"] = {**entry["detail"], name: other}
    assert found([*ENTRIES[:index], entry, *ENTRIES[index + 1 :]]) == (index + 1, K.DETAIL)


def test_the_earliest_break_is_named_whatever_its_kind() -> None:
    entries = changed(3, detail={"principalId": "usr:1:eve"})
    entries[8] = {**entries[8], "target": "x"}
    assert found(entries) == (3, K.DETAIL)


@pytest.mark.parametrize("seq", [2, 5, 12, 19])
def test_a_deleted_entry_is_found(seq: int) -> None:
    assert found([one for one in ENTRIES if one["seq"] != seq]) == (seq + 1, K.OUT_OF_ORDER)


@pytest.mark.parametrize("seq", [2, 5, 12, 19])
def test_an_inserted_entry_is_found(seq: int) -> None:
    entries = [*ENTRIES[:seq], *log(1, head=Head(seq, ENTRIES[seq - 1]["hash"]), note="x"), *ENTRIES[seq:]]
    assert found(entries) == (seq + 1, K.OUT_OF_ORDER)


@pytest.mark.parametrize("seq", [1, 4, 11, 18])
def test_entries_that_changed_places_are_found(seq: int) -> None:
    entries = list(ENTRIES)
    entries[seq - 1], entries[seq] = entries[seq], entries[seq - 1]
    assert found(entries)[0] in {seq, seq + 1}


@pytest.mark.parametrize("left", [0, 1, 5, 11, 17])
def test_a_tail_that_was_cut_off_is_found_up_to_the_newest_checkpoint(left: int) -> None:
    assert found(ENTRIES[:left]) == (left + 1, K.TRUNCATED)
    assert verification.verify(ENTRIES[:18], POINTS).last == 18
    assert verification.verify(ENTRIES[:left]).last == left, "without checkpoints it cannot be seen"


@pytest.mark.parametrize(("seq", "at"), [(1, 5), (5, 5), (6, 12), (12, 12), (18, 18)])
def test_a_log_that_was_written_anew_is_found_at_the_next_checkpoint(seq: int, at: int) -> None:
    entries = rehashed(ENTRIES, seq, decision="denied")
    assert found(entries) == (at, K.FORKED)
    assert verification.verify(entries).last == 20, "without checkpoints it cannot be seen"


def test_a_part_that_was_written_anew_is_found_by_the_head_alone() -> None:
    assert found(rehashed(ENTRIES, 8, decision="denied")[6:]) == (12, K.FORKED)


def test_two_entries_of_one_number_are_found_and_so_is_the_chain_of_the_second() -> None:
    fork = log(15, head=Head(5, ENTRIES[4]["hash"]), note="another")
    assert found([*ENTRIES[:6], *fork]) == (6, K.OUT_OF_ORDER)
    assert found([*ENTRIES[:5], *fork]) == (12, K.FORKED)


def test_another_tenants_entry_and_another_tenants_log_are_found() -> None:
    theirs = log(20, tenant="globex")
    assert found([*ENTRIES[:7], theirs[7], *ENTRIES[8:]]) == (8, K.UNLINKED)
    spliced = rehashed([*ENTRIES[:7], theirs[7], *ENTRIES[8:]], 8, prevHash=ENTRIES[6]["hash"])
    assert found(spliced, []) == (8, K.FOREIGN)
    assert found(theirs)[1] == K.FOREIGN
    assert found(theirs, [])[1] == K.FOREIGN


def test_entries_of_another_tenant_that_were_stripped_of_their_details_are_found_by_the_checkpoint() -> None:
    stripped = [{name: one[name] for name in FIELDS} for one in log(20, tenant="globex")]
    assert found(stripped) == (5, K.FORKED)


def test_a_principal_without_a_detail_proves_nothing() -> None:
    entries = [dict(one) for one in ENTRIES]
    del entries[3]["detail"], entries[3]["salt"]
    assert found(entries) == (4, K.DETAIL)
    del entries[3]["principalId"]
    assert verification.verify(entries, POINTS).erased == 1


@pytest.mark.parametrize("detail", ["x", ["x"], {"a": "\ud800"}], ids=str)
def test_a_detail_that_is_none_is_found(detail: Any) -> None:
    assert found(changed(4, detail=detail)) == (4, K.DETAIL)


def test_pages_of_a_log_are_taken_one_after_another() -> None:
    seen = Log(POINTS, tenant="acme")
    for start in range(0, 20, 3):
        seen.take(ENTRIES[start : start + 3])
    assert seen.end().last == 20
    broken = Log(POINTS)
    broken.take(ENTRIES[:3])
    with pytest.raises(Broken, match="entry 5"):
        broken.take(ENTRIES[4:])


def test_a_log_longer_than_what_is_looked_at_at_once_is_named_at_the_right_place() -> None:
    entries = log(1300)
    points = attested(entries, [600, 1100])
    assert verification.verify(iter(entries), points).last == 1300
    entries[1023] = {**entries[1023], "target": "x"}
    assert found(entries, points) == (1024, K.ALTERED)


def told(points: list[Checkpoint]) -> list[Any]:
    return [point.as_json() for point in points]


def test_checkpoints_that_follow_from_one_another_are_trusted() -> None:
    assert trusted(told(POINTS), verify) == POINTS
    assert trusted(told(POINTS[1:]), verify, tenant="acme") == POINTS[1:]


def forged() -> Iterator[tuple[str, Callable[[], list[Any]], int, BreakKind]]:
    one, two, three = POINTS
    other = rehashed(ENTRIES, 2, decision="denied")
    yield "swapped", lambda: told([two, one, three]), 5, K.CHECKPOINT
    yield "left out", lambda: told([one, three]), 18, K.CHECKPOINT
    yield "twice", lambda: told([one, one]), 5, K.CHECKPOINT
    yield "signed by another key", lambda: told([one, two.signed(signer(OTHER_KEY))]), 12, K.CHECKPOINT
    yield "of another history", lambda: told([one, *attested(other, [5, 12, 18])[1:]]), 12, K.CHECKPOINT
    yield "changed", lambda: told([one, replace(two, time="later")]), 12, K.CHECKPOINT
    yield "with another's signature", lambda: told([replace(one, signature=two.signature)]), 5, K.CHECKPOINT
    yield (
        "another tenant's",
        lambda: told([one, *attested(log(9, tenant="globex"), [9], tenant="globex")]),
        9,
        K.FOREIGN,
    )
    yield "no checkpoint", lambda: [one.as_json(), {}], 0, K.CHECKPOINT


FORGED: Final = list(forged())


@pytest.mark.parametrize(("make", "seq", "kind"), [case[1:] for case in FORGED], ids=[case[0] for case in FORGED])
def test_checkpoints_that_were_tampered_with_are_found(
    make: Callable[[], list[Any]], seq: int, kind: BreakKind
) -> None:
    with pytest.raises(Broken) as broken:
        trusted(make(), verify)
    assert (broken.value.found.seq, broken.value.found.kind) == (seq, kind)


def test_a_forged_history_with_its_own_checkpoints_needs_the_key() -> None:
    other = rehashed(ENTRIES, 6, decision="denied")
    with pytest.raises(Broken):
        trusted(told(attested(other, [5, 12, 18], key=OTHER_KEY)), verify)


def test_a_checkpoint_of_another_tenant_than_the_one_asked_for_is_refused() -> None:
    with pytest.raises(Broken, match="of another tenant"):
        trusted(told(POINTS), verify, tenant="globex")


def test_a_tree_over_other_entries_is_found_though_the_head_is_right() -> None:
    (wrong,) = attested(log(12, note="other"), [12])
    claimed = replace(wrong, head=ENTRIES[11]["hash"])
    assert found(ENTRIES, [claimed]) == (12, K.FORKED)


def test_a_part_that_does_not_follow_the_checkpoint_before_it_is_found() -> None:
    fork = log(15, head=Head(5, "f" * 64))
    assert found(fork) == (6, K.FORKED)


def test_the_salt_and_not_the_detail_alone_binds_an_entry() -> None:
    one = ENTRIES[0]
    assert detail_hash(one["salt"], canonical(one["detail"]).decode()) == one["detailHash"]
    assert entry_hash(one) == one["hash"]
