import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_kit import jws
from platform_kit.jws import TokenRefused
from tests.authority import b64, compact, ec_key, es256, rs256, rsa_key

HEADER = {"alg": "RS256", "typ": "JWT", "kid": "k1"}
TOKEN = compact(HEADER, {"sub": "x"}, rs256(rsa_key("platform")))


def reason(text: str) -> str:
    with pytest.raises(TokenRefused) as caught:
        jws.parse(text)
    return caught.value.reason


def test_a_well_formed_token_comes_apart() -> None:
    token = jws.parse(TOKEN)
    assert (token.text, token.header, token.claims, token.key_id) == (TOKEN, HEADER, {"sub": "x"}, "k1")


def test_a_refusal_tells_the_client_nothing_but_that_it_is_one() -> None:
    refusal = TokenRefused("expired")
    assert (refusal.status, refusal.code, refusal.detail) == (401, "UNAUTHENTICATED", "The token is not valid.")
    assert refusal.reason == "expired"


@pytest.mark.parametrize("size", [jws.MAX_TOKEN_BYTES, jws.MAX_TOKEN_BYTES + 1])
def test_the_size_is_bounded_to_the_byte(size: int) -> None:
    text = "A" * size
    assert reason(text) == ("malformed" if size == jws.MAX_TOKEN_BYTES else "too_large")


@given(st.binary(max_size=200))
def test_a_segment_comes_back_as_it_was(data: bytes) -> None:
    assert jws.decode_segment(jws.encode_segment(data)) == data


@given(st.text(alphabet="ABab01-_+/= \n.", max_size=12))
def test_only_the_canonical_spelling_is_decoded(text: str) -> None:
    try:
        data = jws.decode_segment(text)
    except TokenRefused:
        return
    assert jws.encode_segment(data) == text


@given(st.text(max_size=300))
def test_no_text_breaks_the_parser(text: str) -> None:
    with pytest.raises(TokenRefused):
        jws.parse(text)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_content_breaks_the_parser(header: bytes, payload: bytes) -> None:
    text = f"{b64(header or b'x')}.{b64(payload or b'x')}.AAAA"
    try:
        token = jws.parse(text)
    except TokenRefused:
        return
    assert json.loads(header) == token.header


@pytest.mark.parametrize(
    "data", [b"[]", b"1", b'"x"', b"", b"{", b'{"a":1,"a":1}', b'{"a":-Infinity}', b"\xff", b"\xfe\xff"]
)
def test_only_a_plain_json_object_is_an_object(data: bytes) -> None:
    with pytest.raises(TokenRefused):
        jws.strict_object(data)


def test_a_key_id_is_asked_for_only_when_it_is_needed() -> None:
    token = jws.parse(compact({"alg": "RS256"}, {}, rs256(rsa_key("platform"))))
    with pytest.raises(TokenRefused):
        _ = token.key_id


def test_the_header_names_its_algorithm() -> None:
    assert jws.check_header(HEADER, algorithms=("RS256",), types=("JWT",)) == "RS256"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        *(({name: "x"}, "carried_key") for name in ("jwk", "jku", "x5u", "x5c")),
        ({"crit": ["b64"]}, "critical_extension"),
        *(({name: "x"}, "unknown_header") for name in ("b64", "cty", "zip", "nonce", "ALG")),
        *(({"alg": value}, "bad_algorithm") for value in ("ES256", "none", None, 1, ["RS256"])),
        *(({"typ": value}, "bad_type") for value in ("jwt", "", None, 1)),
    ],
)
def test_an_unexpected_header_is_refused(change: dict[str, object], why: str) -> None:
    with pytest.raises(TokenRefused) as caught:
        jws.check_header(HEADER | change, algorithms=("RS256",), types=("JWT",))
    assert caught.value.reason == why


def test_a_thumbprint_of_the_certificate_is_tolerated() -> None:
    assert jws.check_header(HEADER | {"x5t": "a", "x5t#S256": "b"}, algorithms=("RS256",), types=("JWT",)) == "RS256"


def test_a_true_signature_holds() -> None:
    jws.verify_signature(jws.parse(TOKEN), rsa_key("platform").public_key(), "RS256")
    elliptic = jws.parse(compact(HEADER | {"alg": "ES256"}, {}, es256(ec_key("run"))))
    jws.verify_signature(elliptic, ec_key("run").public_key(), "ES256")


@pytest.mark.parametrize("key", [rsa_key("other").public_key(), ec_key("run").public_key(), b"secret", None, 7])
def test_a_signature_does_not_hold_with_another_key(key: object) -> None:
    with pytest.raises(TokenRefused) as caught:
        jws.verify_signature(jws.parse(TOKEN), key, "RS256")
    assert caught.value.reason == "bad_signature"


def test_a_signature_does_not_hold_under_another_algorithm() -> None:
    with pytest.raises(TokenRefused):
        jws.verify_signature(jws.parse(TOKEN), rsa_key("platform").public_key(), "ES256")
