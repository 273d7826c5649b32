"""What every key is made of, and what never gets into one."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier
from data_access_lib.tenant import PLATFORM, TenantId

ACME = TenantId("acme")
HEX = "0192" + "0" * 28
HOSTILE = [
    "", "#", "/", "..", "run_", "run", f"run_{HEX}#", f"run_{HEX}\n",
    f"run_{HEX.upper()}x", f"run_{'A' * 32}", f"ses_{HEX[:-1]}",
    "META", "\0", "a" * 5000, "r\u03c5n_" + HEX, f"run_{HEX[:-1]}٣", None, 7, b"run_" + HEX.encode(),
]  # fmt: skip


BY_ID: list[tuple[str, str, Callable[[Any], object]]] = [
    ("run", "run", lambda i: keys.run_key(ACME, i)),
    ("run", "run", lambda i: keys.run_index(ACME, i)),
    ("run", "run", lambda i: keys.event_key(ACME, i, 1)),
    ("run", "run", lambda i: keys.output_object(ACME, i)),
    ("job", "job", lambda i: keys.job_key(ACME, i)),
    ("job", "job", lambda i: keys.job_index(ACME, i)),
    ("ses", "session", lambda i: keys.session_key(ACME, i)),
    ("ses", "session", lambda i: keys.session_index(ACME, "p", i)),
    ("ses", "session", lambda i: keys.session_run_key(ACME, i, f"run_{HEX}")),
    ("run", "run", lambda i: keys.session_run_key(ACME, f"ses_{HEX}", i)),
    ("fil", "file", lambda i: keys.file_key(ACME, i)),
    ("fil", "file", lambda i: keys.file_index(ACME, i)),
    ("fil", "file", lambda i: keys.file_object(ACME, i, "n")),
    ("usr", "user", lambda i: keys.user_key(ACME, i)),
    ("opn", "operation", keys.operation_key),
    ("ver", "version", lambda i: keys.version_key("echo-agent", i)),
    ("ver", "version", keys.version_index),
    ("evt", "event", lambda i: keys.security_event_key(ACME, date(2026, 1, 1), i)),
]


@pytest.mark.parametrize(("prefix", "kind", "make"), BY_ID)
def test_an_id_of_another_form_is_nothing_that_exists(prefix: str, kind: str, make: Callable[[Any], object]) -> None:
    make(f"{prefix}_{HEX}")
    for hostile in [*HOSTILE, f"xyz_{HEX}", f"{prefix}_{HEX}0", f" {prefix}_{HEX}"]:
        if hostile == f"{prefix}_{HEX}":
            continue
        with pytest.raises((InvalidIdentifier, AttributeError)) as caught:
            make(hostile)
        if isinstance(hostile, str):
            assert caught.value.args == (f"There is no such {kind}.",)


@pytest.mark.parametrize("agent", ["e", "e1", "echo-agent", "e--e", "e" * 63])
def test_an_agent_name_may_be(agent: str) -> None:
    assert keys.agent_name(agent) == agent


@pytest.mark.parametrize(("pk", "owner"), [("TENANT#acme#RUN#x", "acme"), ("TENANT#acme-2#USER", "acme-2")])
def test_the_owner_of_a_partition_is_read_back(pk: str, owner: str) -> None:
    assert keys.tenant_of(pk) == owner
    assert isinstance(keys.tenant_of(pk), TenantId)


def test_the_platform_is_recognised_as_an_owner() -> None:
    assert keys.tenant_of("TENANT#platform#TENANT") is PLATFORM


@pytest.mark.parametrize(
    "pk", ["", "TENANT#acme", "TENANT##RUN", "tenant#acme#RUN", "XTENANT#acme#RUN", "TENANT#Acme#RUN"]
)
def test_a_partition_without_an_owner_is_refused(pk: str) -> None:
    with pytest.raises(InvalidIdentifier, match=r"^There is no such (key|tenant)\.$"):
        keys.tenant_of(pk)


@pytest.mark.parametrize(("pk", "kind"), [("TENANT#acme#RUN#run_1", "RUN"), ("TENANT#acme#AUDITHEAD", "AUDITHEAD")])
def test_the_kind_of_a_partition_is_read_back(pk: str, kind: str) -> None:
    assert keys.kind_of(pk) == kind


@pytest.mark.parametrize("pk", ["", "TENANT#acme", "TENANT#acme#", "TENANT#acme#run", "RUN"])
def test_a_partition_without_a_kind_is_refused(pk: str) -> None:
    with pytest.raises(InvalidIdentifier, match=r"^There is no such key\.$"):
        keys.kind_of(pk)


def test_an_item_stands_on_its_tenants_roll_by_its_partition() -> None:
    key = keys.run_key(ACME, f"run_{HEX}")
    roll = keys.roll_index(*key)
    assert roll["gsi2sk"] == key.pk
    assert (
        roll["gsi2pk"] == keys.roll_partition(ACME, keys.shard_of(key.pk)) == f"TENANT#acme#ROLL#{roll['gsi2pk'][-1]}"
    )


def test_iam_patterns_end_the_tenant_with_the_separator() -> None:
    assert keys.LEADING_KEYS_OF_SESSION_TAG == "TENANT#${aws:PrincipalTag/tenant}#*"
    assert keys.OBJECTS_OF_SESSION_TAG == "tenants/${aws:PrincipalTag/tenant}/*"
    assert keys.LEADING_KEYS_OF_PLATFORM == "TENANT#platform#*"
    assert keys.owner_prefix(ACME) == "TENANT#acme#"
