import pytest

from data_access_lib import keys
from data_access_lib.inventory import kind
from data_access_lib.tenant import TenantId

ACME = TenantId("acme")


def test_a_kind_with_one_partition_knows_it_by_name() -> None:
    assert kind("USER").partitions(ACME) == [keys.users_partition(ACME)]
    assert kind("AUDIT").partitions(ACME) == [keys.audit_partition(ACME)]


def test_a_kind_in_four_parts_knows_all_four() -> None:
    assert kind("BUDGET").partitions(ACME) == [keys.budget_key(ACME, shard, "2026-03").pk for shard in range(4)]


def test_a_kind_with_a_partition_for_each_entity_knows_none() -> None:
    assert kind("RUN").partitions(ACME) == []


def test_a_kind_that_nobody_declared_is_not_known() -> None:
    with pytest.raises(LookupError):
        kind("NOBODY")
