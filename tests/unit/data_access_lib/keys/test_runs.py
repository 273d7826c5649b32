"""Keys of the table `runs`."""

import hashlib
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier
from data_access_lib.tenant import TenantId
from platform_kit.ids import new_id

ACME = TenantId("acme")
HEX = "0192" + "0" * 28


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: keys.run_key(ACME, f"run_{HEX}"), (f"TENANT#acme#RUN#run_{HEX}", "META")),
        (lambda: keys.event_key(ACME, f"run_{HEX}", 7), (f"TENANT#acme#RUN#run_{HEX}", "EVENT#0000000007")),
        (lambda: keys.event_key(ACME, f"run_{HEX}", 0), (f"TENANT#acme#RUN#run_{HEX}", "EVENT#0000000000")),
        (lambda: keys.job_key(ACME, f"job_{HEX}"), (f"TENANT#acme#JOB#job_{HEX}", "META")),
        (lambda: keys.session_key(ACME, f"ses_{HEX}"), (f"TENANT#acme#SESSION#ses_{HEX}", "META")),
        (
            lambda: keys.session_index(ACME, "usr:1:ada", f"ses_{HEX}"),
            (f"TENANT#acme#SESSIONS#{sha('usr:1:ada')[:16]}", f"ses_{HEX}"),
        ),
        (
            lambda: keys.session_run_key(ACME, f"ses_{HEX}", f"run_{HEX}"),
            (f"TENANT#acme#SESSION#ses_{HEX}", f"RUN#run_{HEX}"),
        ),
        (lambda: keys.file_key(ACME, f"fil_{HEX}"), (f"TENANT#acme#FILE#fil_{HEX}", "META")),
    ],
)
def test_each_entity_has_its_key(made: Callable[[], tuple[str, str]], expected: tuple[str, str]) -> None:
    assert tuple(made()) == expected


def test_lists_of_sharded_entities_are_spread_by_the_checksum_of_the_id() -> None:
    run_id, file_id, job_id = f"run_{HEX}", f"fil_{HEX}", f"job_{HEX}"
    assert keys.job_index(ACME, job_id) == (f"TENANT#acme#JOBS#{zlib.crc32(job_id.encode()) % 4}", job_id)
    assert keys.run_index(ACME, run_id) == (f"TENANT#acme#RUNS#{zlib.crc32(run_id.encode()) % 4}", run_id)
    assert keys.file_index(ACME, file_id) == (f"TENANT#acme#FILES#{zlib.crc32(file_id.encode()) % 4}", file_id)
    assert {keys.shard_of(new_id("run")) for _ in range(200)} == {0, 1, 2, 3}


@pytest.mark.parametrize("shard", [-1, 4, 100])
def test_there_are_four_shards(shard: int) -> None:
    for partition in (keys.runs_partition, keys.jobs_partition, keys.files_partition):
        with pytest.raises(InvalidIdentifier):
            partition(ACME, shard)
    with pytest.raises(InvalidIdentifier):
        keys.budget_key(ACME, shard, "2026-01")


@pytest.mark.parametrize("seq", [-1, 10_000_000_000])
def test_a_sequence_number_has_ten_digits_at_most(seq: int) -> None:
    keys.event_key(ACME, f"run_{HEX}", 9_999_999_999)
    with pytest.raises(InvalidIdentifier, match=r"^There is no such event\.$"):
        keys.event_key(ACME, f"run_{HEX}", seq)


@given(st.integers(0, 9_999_999_998))
def test_events_sort_by_their_number(seq: int) -> None:
    assert keys.event_key(ACME, f"run_{HEX}", seq).sk < keys.event_key(ACME, f"run_{HEX}", seq + 1).sk
    assert keys.event_key(ACME, f"run_{HEX}", seq).sk.startswith(keys.event_prefix())


def test_what_needs_no_place_on_the_roll_has_none() -> None:
    children = [keys.event_key(ACME, f"run_{HEX}", 1), keys.session_run_key(ACME, f"ses_{HEX}", f"run_{HEX}")]
    for key in (*children, keys.tenant_key(ACME), keys.operation_key(f"opn_{HEX}"), keys.audit_key(ACME, 1)):
        assert keys.roll_index(*key) == {}


def test_a_sessions_history_shares_its_partition() -> None:
    key = keys.session_run_key(ACME, f"ses_{HEX}", f"run_{HEX}")
    assert key.pk == keys.session_key(ACME, f"ses_{HEX}").pk
    assert key.sk.startswith(keys.session_run_prefix())


def test_an_events_key_tells_its_tenant_and_run() -> None:
    run_id = new_id("run")
    key = keys.event_key(TenantId("acme"), run_id, 7)
    assert keys.run_of_event(f"{key.pk} {key.sk}") == ("acme", run_id)
    assert keys.run_of_event(f"{key.pk} META") is None
    assert keys.run_of_event("") is None
