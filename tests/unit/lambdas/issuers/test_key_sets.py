import json

import pytest

from lambdas.issuers.key_sets import KeySetCheck
from platform_kit.errors import Unprocessable
from tests.authority import ec_jwk, ec_key, rsa_jwk, rsa_key
from tests.guarded_door import allowing, replying, serving

RSA, EC = rsa_jwk(rsa_key("platform"), "k1"), ec_jwk(ec_key("issuer"), "e1")
SET = json.dumps({"keys": [RSA, EC, RSA | {"kid": "k2"}]}).encode()


def refusal(check: KeySetCheck, url: str) -> tuple[str, str]:
    with pytest.raises(Unprocessable) as refused:
        check.usable(url, ["RS256"])
    (error,) = refused.value.errors
    return error.pointer, error.message


def test_keys_of_the_algorithms_are_counted() -> None:
    with serving(replying(SET)) as origin:
        check = KeySetCheck(allowing(origin))
        found = [check.usable(origin, algorithms) for algorithms in (["RS256"], ["ES256"], ["RS256", "ES256"])]
    assert found == [2, 1, 3]


def test_a_set_without_a_fitting_key_is_refused() -> None:
    with serving(replying(json.dumps({"keys": [EC]}).encode())) as origin:
        pointer, why = refusal(KeySetCheck(allowing(origin)), origin)
    assert (pointer, "no usable key for RS256" in why) == ("/jwksUri", True)


@pytest.mark.parametrize(
    ("body", "status", "why"), [(b"x", 200, "not JSON"), (b"", 503, "status 503"), (b"", 301, "status 301")]
)
def test_what_is_no_key_set_is_refused(body: bytes, status: int, why: str) -> None:
    with serving(replying(body, status, Location="https://evil.test/")) as origin:
        assert why in refusal(KeySetCheck(allowing(origin)), origin)[1]


def test_an_address_that_is_not_permitted_is_not_asked() -> None:
    check = KeySetCheck(allowing("http://127.0.0.1:1"))
    assert refusal(check, "http://127.0.0.1:2/")[1].startswith("not HTTPS")
    assert refusal(check, "http://127.0.0.1:1/") == ("/jwksUri", "it cannot be fetched: ConnectionRefusedError")


def test_the_field_is_named() -> None:
    with pytest.raises(Unprocessable) as refused:
        KeySetCheck(allowing("http://127.0.0.1:1")).address("x", "/iss")
    assert refused.value.errors[0].pointer == "/iss"
