"""Keys of what is told of acts."""

from collections.abc import Callable
from datetime import date

import pytest

from data_access_lib import keys
from data_access_lib.tenant import PLATFORM, TenantId

ACME = TenantId("acme")
HEX = "0192" + "0" * 28


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            lambda: keys.security_event_key(ACME, date(2026, 3, 4), f"evt_{HEX}"),
            ("TENANT#acme#SECURITY#2026-03-04", f"evt_{HEX}"),
        ),
        (
            lambda: keys.security_event_key(PLATFORM, date(2026, 3, 4), f"evt_{HEX}"),
            ("TENANT#platform#SECURITY#2026-03-04", f"evt_{HEX}"),
        ),
    ],
)
def test_each_entity_has_its_key(made: Callable[[], tuple[str, str]], expected: tuple[str, str]) -> None:
    assert tuple(made()) == expected
