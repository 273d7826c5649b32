from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from platform_kit import run_token
from platform_kit.jws import TokenRefused
from tests.authority import RUN, RUN_KEY_ARN, RUN_KEY_ID, compact, ec_key, es256

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
KEY = ec_key("run")
SIGN = es256(KEY)


def mint(claims: run_token.RunClaims = RUN, **options: Any) -> str:
    return run_token.mint(claims, SIGN, RUN_KEY_ID, NOW, **options)


def reason(token: str, at: datetime = NOW, **options: Any) -> str:
    with pytest.raises(TokenRefused) as caught:
        run_token.verify(token, KEY.public_key(), at, **options)
    return caught.value.reason


class FakeKms:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def sign(self, **call: Any) -> Mapping[str, Any]:
        self.calls.append(call)
        return {"Signature": KEY.sign(call["Message"], ec.ECDSA(hashes.SHA256()))}


def test_what_is_minted_verifies_with_all_its_claims() -> None:
    claims = run_token.verify(mint(), KEY.public_key(), NOW, key_id=RUN_KEY_ID)
    assert claims._replace(expires_at=0, token_id="") == RUN
    assert claims.expires_at == SECONDS + 300 == run_token.expires_at(NOW)
    assert len(claims.token_id) == 32


def test_another_library_reads_it_too() -> None:
    options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    claims = jwt.decode(
        mint(), KEY.public_key(), ["ES256"], audience="ambit-gateway", issuer="ambit-run", options=options
    )
    assert (claims["sub"], claims["exp"] - claims["iat"]) == ("run:run_1", 300)
    assert jwt.get_unverified_header(mint()) == {"alg": "ES256", "typ": "ambit-run+jwt", "kid": RUN_KEY_ID}


def test_each_token_has_an_id_of_its_own() -> None:
    ids = {run_token.verify(mint(), KEY.public_key(), NOW).token_id for _ in range(20)}
    assert len(ids) == 20


def test_a_shorter_life_may_be_asked_for() -> None:
    assert run_token.verify(mint(ttl_seconds=60), KEY.public_key(), NOW).expires_at == SECONDS + 60
    assert run_token.expires_at(NOW, ttl_seconds=60) == SECONDS + 60


@pytest.mark.parametrize("ttl", [301, 0, -1])
def test_no_other_life_may_be_asked_for(ttl: int) -> None:
    with pytest.raises(ValueError, match="1 to 300 seconds"):
        mint(ttl_seconds=ttl)


@pytest.mark.parametrize(("seconds", "holds"), [(-6, False), (-5, True), (0, True), (304, True), (305, False)])
def test_it_holds_for_five_minutes_and_a_leeway_of_five_seconds(seconds: int, holds: bool) -> None:  # noqa: FBT001 - a case
    at = NOW + timedelta(seconds=seconds)
    if holds:
        assert run_token.verify(mint(), KEY.public_key(), at).run == "run_1"
    else:
        assert reason(mint(), at) == ("expired" if seconds > 0 else "not_yet_valid")


def test_another_key_id_is_refused_when_one_is_expected() -> None:
    assert reason(mint(), key_id="another") == "unknown_kid"


def test_another_key_is_refused() -> None:
    with pytest.raises(TokenRefused, match="not valid"):
        run_token.verify(mint(), ec_key("stranger").public_key(), NOW)


def changed(**changes: Any) -> str:
    claims: dict[str, Any] = {
        "iss": "ambit-run",
        "aud": "ambit-gateway",
        "sub": "run:run_1",
        "jti": "1",
        "iat": SECONDS,
        "nbf": SECONDS,
        "exp": SECONDS + 300,
        **{name: getattr(RUN, name) for name in ("tenant", "run", "agent", "version", "session", "mode", "principal")},
    } | changes
    header = {"alg": "ES256", "typ": "ambit-run+jwt", "kid": RUN_KEY_ID}
    return compact(header, {name: value for name, value in claims.items() if value is not None}, SIGN)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        *(({"iss": value}, "bad_issuer") for value in ("ambit", None, ["ambit-run"])),
        *(({"aud": value}, "bad_audience") for value in ("ambit-api", None, ["ambit-gateway"])),
        *(({name: value}, "bad_times") for name in ("iat", "nbf", "exp") for value in (None, "1", True, 1.5)),
        *(({"exp": SECONDS + change}, "bad_lifetime") for change in (301, 0, -1)),
        *(
            ({name: None}, "bad_binding")
            for name in ("tenant", "run", "agent", "version", "session", "mode", "principal")
        ),
        *(({name: ""}, "bad_binding") for name in ("tenant", "session", "jti")),
        *(({"sub": value}, "bad_binding") for value in (None, "run:run_2", "usr:x:y")),
        ({"agent": 7}, "bad_binding"),
        *(({"attempt": value}, "bad_binding") for value in (0, -1, "2", 1.5, True, [1])),
    ],
)
def test_a_claim_that_is_wrong_is_refused(change: dict[str, Any], why: str) -> None:
    assert reason(changed(**change)) == why


def test_kms_signs_the_message_itself_once() -> None:
    kms = FakeKms()
    token = run_token.mint(RUN, run_token.kms_signer(kms, RUN_KEY_ARN), RUN_KEY_ID, NOW)
    assert run_token.verify(token, KEY.public_key(), NOW).run == "run_1"
    message = token.rpartition(".")[0].encode()
    fixed = {"KeyId": RUN_KEY_ARN, "MessageType": "RAW", "SigningAlgorithm": "ECDSA_SHA_256"}
    assert kms.calls == [fixed | {"Message": message}]


def test_the_key_id_is_the_end_of_the_arn() -> None:
    assert run_token.key_id_of(RUN_KEY_ARN) == RUN_KEY_ID


def test_a_raw_signature_keeps_leading_zeros() -> None:
    der = bytes.fromhex("3006020101020102")  # r = 1, s = 2
    raw = run_token.raw_signature(der)
    assert (len(raw), raw[31], raw[63], sum(raw)) == (64, 1, 2, 3)


def spki(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def test_the_public_key_loads_from_what_kms_gives() -> None:
    assert run_token.verify(mint(), run_token.load_public_key(spki(KEY)), NOW).run == "run_1"


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)])
def test_a_key_of_another_kind_is_not_taken(key: Any) -> None:
    with pytest.raises(ValueError, match="P-256"):
        run_token.load_public_key(spki(key))


def test_the_attempt_is_signed_and_a_token_without_one_is_of_the_first() -> None:
    third = mint(RUN._replace(attempt=3))
    assert run_token.verify(third, KEY.public_key(), NOW).attempt == 3
    assert run_token.verify(changed(), KEY.public_key(), NOW).attempt == 1
