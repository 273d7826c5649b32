"""Keys of what is told to tenants."""

from collections.abc import Callable
from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier
from data_access_lib.tenant import TenantId

ACME = TenantId("acme")
HEX = "0192" + "0" * 28


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: keys.webhook_key(ACME, f"whk_{HEX}"), ("TENANT#acme#WEBHOOK", f"whk_{HEX}")),
        (lambda: keys.event_log_key(ACME, f"evt_{HEX}"), ("TENANT#acme#EVENTLOG", f"evt_{HEX}")),
        (lambda: keys.event_mark_key(ACME, "budget#2026-11#80"), ("TENANT#acme#EVENTMARK", "budget#2026-11#80")),
        (
            lambda: keys.delivery_key(ACME, f"whk_{HEX}", f"dlv_{HEX}"),
            (f"TENANT#acme#DELIVERY#whk_{HEX}", f"dlv_{HEX}"),
        ),
        (lambda: keys.webhook_gate_key(ACME, f"whk_{HEX}"), ("TENANT#acme#WEBHOOKGATE", f"whk_{HEX}")),
    ],
)
def test_each_entity_has_its_key(made: Callable[[], tuple[str, str]], expected: tuple[str, str]) -> None:
    assert tuple(made()) == expected


@pytest.mark.parametrize("name", ["", "#", "whk_1", f"key_{HEX}", f"whk_{HEX}#x", "../whk", None])
@pytest.mark.parametrize(
    "make",
    [
        lambda name: keys.webhook_key(ACME, name),
        lambda name: keys.event_log_key(ACME, name),
        lambda name: keys.deliveries_partition(ACME, name),
        lambda name: keys.delivery_key(ACME, f"whk_{HEX}", name),
        lambda name: keys.webhook_gate_key(ACME, name),
        lambda name: keys.event_mark_key(ACME, name),
    ],
)
def test_what_is_no_id_makes_no_key(make: Callable[[Any], object], name: object) -> None:
    with pytest.raises(InvalidIdentifier):
        make(name)
