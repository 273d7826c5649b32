"""Keys of the table `control`."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier, InvalidTenantId
from data_access_lib.tenant import PLATFORM, TenantId

ACME = TenantId("acme")
HEX = "0192" + "0" * 28


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: keys.tenant_key(ACME), ("TENANT#platform#TENANT", "acme")),
        (lambda: keys.tenant_key(PLATFORM), ("TENANT#platform#TENANT", "platform")),
        (lambda: keys.issuer_key("https://id/"), ("TENANT#platform#ISSUER", sha("https://id/")[:32])),
        (lambda: keys.template_key("echo-agent"), ("TENANT#platform#TEMPLATE", "echo-agent")),
        (lambda: keys.version_key("echo-agent", f"ver_{HEX}"), ("TENANT#platform#VERSION#echo-agent", f"ver_{HEX}")),
        (lambda: keys.version_index(f"ver_{HEX}"), ("TENANT#platform#VERSION_ID", f"ver_{HEX}")),
        (lambda: keys.instance_key(ACME, "echo-agent"), ("TENANT#acme#INSTANCE", "echo-agent")),
        (lambda: keys.data_key_key(ACME, 7), ("TENANT#acme#DATAKEY", "NUMBER#0000000007")),
        (lambda: keys.data_key_head_key(ACME), ("TENANT#acme#DATAKEY", "META")),
        (lambda: keys.user_key(ACME, f"usr_{HEX}"), ("TENANT#acme#USER", f"usr_{HEX}")),
        (lambda: keys.member_key(ACME, "usr:1:ada"), (f"TENANT#acme#MEMBER#{sha('usr:1:ada')}", "META")),
    ],
)
def test_each_entity_has_its_key(made: Callable[[], tuple[str, str]], expected: tuple[str, str]) -> None:
    assert tuple(made()) == expected


@pytest.mark.parametrize("number", [-1, 0, 2**32])
def test_data_keys_are_numbered_from_one_in_four_bytes(number: int) -> None:
    assert keys.data_key_key(ACME, 2**32 - 1).sk == "NUMBER#4294967295"
    with pytest.raises(InvalidIdentifier):
        keys.data_key_key(ACME, number)


@pytest.mark.parametrize(
    "agent", ["", "Echo", "-echo", "echo-", "echo agent", "echo#1", "../x", "e" * 64, "écho", None, 5]
)
def test_an_agent_name_has_a_grammar(agent: Any) -> None:
    makers: list[Callable[[Any], object]] = [
        keys.template_key,
        keys.versions_partition,
        lambda a: keys.instance_key(ACME, a),
    ]
    for make in makers:
        with pytest.raises(InvalidIdentifier, match=r"^There is no such agent\.$"):
            make(agent)


@pytest.mark.parametrize("owner", ["acme#", "a#b", "Acme", "", "..", "platform"])
def test_no_key_is_built_for_what_is_no_tenant(owner: Any) -> None:
    for make in (keys.instances_partition, keys.users_partition, keys.object_root):
        with pytest.raises(InvalidTenantId):
            make(owner)
    with pytest.raises(InvalidTenantId):
        keys.tenant_key(owner)
