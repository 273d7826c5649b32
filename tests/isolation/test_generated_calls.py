"""More than ten thousand generated calls: every data-access operation, two tenants, hostile values, not one leak.

A case is made from the operation's name and its number, so a failure can be repeated.
"""

from __future__ import annotations

import json
from math import ceil
from typing import Any, Final

import pytest

from tests.isolation.addressed import addressed
from tests.isolation.hostile import FIXED, Hostile
from tests.isolation.test_repositories import (
    CASES,
    MARK,
    TENANT_TABLES,
    Victim,
    arguments,
    call,
    instance_table,
    repository,
    samples,
    snapshot,
    victim,
)
from tests.stores import HandClock, Stores

pytestmark = pytest.mark.family("isolation")
ATTACKERS: Final = ("acme", "globe", "globex-2", "acme")
IN_ALL: Final = 10_400
PER_OPERATION: Final = ceil(IN_ALL / len(CASES))
assert victim  # the fixture


def hostile_arguments(hostile: Hostile, known: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The samples with hostile values in the place of some of this operation's arguments."""
    return known | {name: hostile.like(known[name]) for name in hostile.some(names)}


def attempt(instance: Any, method: str, known: dict[str, Any]) -> Any:
    """The answer or the refusal; a ValueError is one too: what only our own code passes is checked, not mapped."""
    try:
        return call(instance, method, known)
    except ValueError as refusal:
        return str(refusal)


@pytest.mark.parametrize(("module", "name", "method"), CASES, ids=str)
def test_no_generated_call_reaches_another_tenant(
    stores: Stores, clock: HandClock, victim: Victim, module: str, name: str, method: str, record_property: Any
) -> None:
    before = snapshot(stores, "globex")
    stolen = (victim.run_id, victim.session_id, victim.job_id, victim.file_id)
    for number in range(PER_OPERATION):
        attacker = ATTACKERS[number % len(ATTACKERS)]
        instance = repository(stores, clock, module, name, attacker)
        known = samples(victim, instance, instance_table(instance))
        names = list(arguments(getattr(instance, method), known))
        hostile = Hostile(f"{module}.{name}.{method} {number}", stolen)
        stores.client.calls.clear()
        answer = attempt(instance, method, hostile_arguments(hostile, known, names))
        owner = attacker if module in TENANT_TABLES else "platform"
        reached = [partition for _, request in stores.client.calls for partition in addressed(request)]
        assert all(partition.startswith(f"TENANT#{owner}#") for partition in reached), (number, reached)
        assert MARK not in json.dumps(answer, default=repr), number
    assert snapshot(stores, "globex") == before
    record_property("cases", PER_OPERATION)


def test_there_are_enough() -> None:
    assert PER_OPERATION * len(CASES) >= IN_ALL


def test_the_values_are_many_and_made_from_the_seed() -> None:
    streams = [Hostile(seed, ("run_1",)) for seed in ("a", "a", "b")]
    made = [[stream.some(list(FIXED)) for _ in range(20)] for stream in streams]
    assert made[0] == made[1] != made[2]
    assert len({streams[0].text() for _ in range(200)}) > 100


def test_a_foreign_partition_is_seen_wherever_a_request_names_it() -> None:
    """The test above would be worth nothing if it could not see one."""
    foreign = {"S": "TENANT#globex#RUN#1"}
    own = {"S": "TENANT#acme#RUN#1"}
    update = {
        "Key": {"pk": own},
        "UpdateExpression": "SET #n0 = :v0, #n1 = if_not_exists(#n1, :v1)",
        "ExpressionAttributeNames": {"#n0": "note", "#n1": "gsi1pk"},
        "ExpressionAttributeValues": {":v0": foreign, ":v1": foreign},
    }
    requests: list[dict[str, Any]] = [
        {"Key": {"pk": foreign}},
        {"Item": {"pk": own, "gsi1pk": foreign}},
        update,
        {"TransactItems": [{"Put": {"Item": {"pk": own}}}, {"Update": update}]},
        {"RequestItems": {"t": {"Keys": [{"pk": own}, {"pk": foreign}]}}},
        {"RequestItems": {"t": [{"PutRequest": {"Item": {"pk": own, "gsi2pk": foreign}}}]}},
        {
            "KeyConditionExpression": "(#n0 = :v0) AND (#n1 BETWEEN :v1 AND :v2)",
            "ExpressionAttributeNames": {"#n0": "gsi1pk", "#n1": "gsi1sk"},
            "ExpressionAttributeValues": {":v0": foreign, ":v1": own, ":v2": own},
        },
    ]
    for request in requests:
        assert foreign["S"] in list(addressed(request)), request
    data = {"Key": {"pk": own}, "Item": {"pk": own, "note": foreign}}
    assert foreign["S"] not in list(addressed(data))
