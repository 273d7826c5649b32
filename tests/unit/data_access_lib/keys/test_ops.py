"""Keys of the table `ops`."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier
from data_access_lib.tenant import TenantId

ACME = TenantId("acme")
HEX = "0192" + "0" * 28


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: keys.budget_key(ACME, 3, "2026-12"), ("TENANT#acme#BUDGET#3", "2026-12")),
        (lambda: keys.operation_key(f"opn_{HEX}"), ("TENANT#platform#OPERATION", f"opn_{HEX}")),
        (lambda: keys.grant_key(ACME, f"brk_{HEX}"), ("TENANT#platform#BREAKGLASS#acme", f"brk_{HEX}")),
        (lambda: keys.bff_session_key("cookie"), (f"TENANT#platform#BFFSESSION#{sha('cookie')}", "META")),
        (
            lambda: keys.idempotency_key(ACME, "usr:1:ada", "POST /v1/files", "k"),
            (f"TENANT#acme#IDEM#{sha('9:usr:1:ada|14:POST /v1/files|1:k')[:40]}", "META"),
        ),
    ],
)
def test_each_entity_has_its_key(made: Callable[[], tuple[str, str]], expected: tuple[str, str]) -> None:
    assert tuple(made()) == expected


@pytest.mark.parametrize(
    "month", ["", "2026", "2026-13", "2026-00", "2026-1", "2026-01-01", "2026-01\n", "٢\u0660٢٦-\u0660\u0661", "#"]
)
def test_a_month_is_a_month(month: str) -> None:
    with pytest.raises(InvalidIdentifier, match=r"^There is no such month\.$"):
        keys.budget_key(ACME, 0, month)


@given(st.tuples(*[st.text(max_size=8)] * 3), st.tuples(*[st.text(max_size=8)] * 3))
def test_two_requests_share_a_record_only_when_all_their_parts_agree(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (keys.idempotency_key(ACME, *one) == keys.idempotency_key(ACME, *other)) == (one == other)


def test_parts_of_a_request_cannot_be_shifted_into_one_another() -> None:
    assert keys.idempotency_key(ACME, "a|b", "c", "d") != keys.idempotency_key(ACME, "a", "b|c", "d")
    assert keys.idempotency_key(ACME, "a", "b", "\ud800") != keys.idempotency_key(ACME, "a", "b", "?")
