import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from platform_kit.jwk import BadKeySet, read_key_set
from tests.authority import b64, ec_jwk, ec_key, rsa_jwk, rsa_key

RSA = rsa_jwk(rsa_key("platform"), "k1")
EC = ec_jwk(ec_key("issuer"), "e1")
NOT_JSON = st.binary(max_size=200)
MEMBERS = st.sampled_from(["kty", "kid", "alg", "use", "key_ops", "n", "e", "crv", "x", "y", "d"])
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.lists(st.text(max_size=5), max_size=3)
)


def keys(*entries: object) -> bytes:
    return json.dumps({"keys": entries}).encode()


def test_keys_are_found_by_id_and_algorithm() -> None:
    found = read_key_set(keys(RSA, EC))
    assert found.keys() == {("k1", "RS256"), ("e1", "ES256")}
    assert found["k1", "RS256"].public_numbers() == rsa_key("platform").public_key().public_numbers()
    assert found["e1", "ES256"].public_numbers() == ec_key("issuer").public_key().public_numbers()


@pytest.mark.parametrize("key", [rsa_key("large", 3072), rsa_key("platform")])
def test_rsa_has_at_least_2048_bits(key: object) -> None:
    assert len(read_key_set(keys(rsa_jwk(key, "k1")))) == 1  # type: ignore[arg-type] # RSA keys, erased by parametrize


def test_a_true_key_of_exponent_three_is_left_out() -> None:
    weak = rsa.generate_private_key(3, 2048)
    assert read_key_set(keys(rsa_jwk(weak, "k1"))) == {}


def test_a_true_key_on_another_curve_is_left_out() -> None:
    public = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    x, y = (b64(part.to_bytes(48, "big")) for part in (public.x, public.y))
    jwk = {"kty": "EC", "kid": "e1", "alg": "ES256", "crv": "P-384", "x": x, "y": y}
    assert read_key_set(keys(jwk)) == {}


def test_64_keys_are_not_too_many() -> None:
    assert len(read_key_set(keys(*(RSA | {"kid": str(n)} for n in range(64))))) == 64
    with pytest.raises(BadKeySet):
        read_key_set(keys(*(RSA | {"kid": str(n)} for n in range(65))))


@pytest.mark.parametrize(("length", "usable"), [(128, 1), (129, 0)])
def test_a_key_id_has_at_most_128_characters(length: int, usable: int) -> None:
    assert len(read_key_set(keys(RSA | {"kid": "k" * length}))) == usable


@given(NOT_JSON)
def test_no_document_breaks_the_reader(document: bytes) -> None:
    with pytest.raises(BadKeySet):
        read_key_set(document)


@given(st.sampled_from([RSA, EC]), st.dictionaries(MEMBERS, VALUES, min_size=1))
def test_no_key_breaks_the_reader(key: dict[str, object], changes: dict[str, object]) -> None:
    found = read_key_set(keys(key | changes))
    assert len(found) <= 1
