from __future__ import annotations

import pytest

from scripts.local_platform.emulator.patches.usage_identifier import CARRIER, carry_key, take_key


@pytest.mark.parametrize(
    "body", [{"usageIdentifierKey": "k"}, '{"usageIdentifierKey": "k"}', b'{"usageIdentifierKey": "k"}']
)
def test_the_key_rides_in_the_context(body: object) -> None:
    assert carry_key({"body": body})["body"]["context"] == {CARRIER: "k"}


@pytest.mark.parametrize(
    "result", [None, {"body": "{"}, {"body": {"usageIdentifierKey": 1}}, {"error": True, "body": {}}]
)
def test_an_answer_without_a_key_stays_as_it_is(result: object) -> None:
    assert carry_key(result) == result


def test_the_function_never_sees_the_key() -> None:
    assert take_key({CARRIER: "k", "tenantId": "acme"}) == {"tenantId": "acme"}
    assert take_key(None) is None
