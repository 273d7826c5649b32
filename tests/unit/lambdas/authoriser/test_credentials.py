from typing import Any

import pytest

from lambdas.authoriser.credentials import Credential, read_credential
from platform_kit.jws import MAX_TOKEN_BYTES, TokenRefused


def read(value: str, **more: Any) -> Credential:
    return read_credential({"headers": {"Authorization": value}, **more})


@pytest.mark.parametrize("header", ["Bearer a.b.c", "BEARER   a.b.c"])
def test_a_credential_is_a_scheme_and_a_value(header: str) -> None:
    assert read(header) == Credential("bearer", "a.b.c")


def test_a_value_may_be_padded_base64() -> None:
    assert read("AmbitSTS abc+/~_-==") == Credential("ambitsts", "abc+/~_-==")


@pytest.mark.parametrize(("length", "why"), [(MAX_TOKEN_BYTES, None), (MAX_TOKEN_BYTES + 40, "too_large")])
def test_the_header_is_bounded_before_it_is_read(length: int, why: str | None) -> None:
    if why is None:
        assert len(read(f"Bearer {'a' * length}").value) == length
        return
    with pytest.raises(TokenRefused) as caught:
        read(f"Bearer {'a' * length}")
    assert caught.value.reason == why


def test_several_values_of_one_header_are_refused() -> None:
    with pytest.raises(TokenRefused) as caught:
        read("Bearer a", multiValueHeaders={"authorization": ["Bearer a", "Bearer a"]})
    assert caught.value.reason == "several_credentials"


def test_the_callers_address_is_the_one_that_api_gateway_saw() -> None:
    seen = {"requestContext": {"identity": {"sourceIp": "203.0.113.7"}}}
    spoofed = {"Authorization": "Bearer a", "X-Forwarded-For": "192.0.2.1", "X-Real-IP": "192.0.2.1"}
    assert read_credential({"headers": spoofed, **seen}).source_ip == "203.0.113.7"
    assert read_credential({"headers": spoofed}).source_ip == ""
