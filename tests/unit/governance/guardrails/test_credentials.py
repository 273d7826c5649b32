import base64
import json

import pytest

from governance.guardrails import DataClass, GuardrailPolicy, scan
from governance.guardrails.credentials import entropy
from platform_kit import api_key

HEADER = base64.urlsafe_b64encode(json.dumps({"alg": "RS256"}).encode()).rstrip(b"=").decode()
PEM = "-----BEGIN {0}PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nq8Zk+/==\n-----END {0}PRIVATE KEY-----"


def found(text: str) -> list[tuple[str, str]]:
    return [(one.kind.value, text[one.start : one.end]) for one in scan(text, GuardrailPolicy()).findings]


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("aws_key", "AKIAIOSFODNN7EXAMPLE"),
        ("aws_key", "ASIAIOSFODNN7EXAMPLE"),
        ("service_token", "ghp_" + "aB3" * 12),
        ("service_token", "github_pat_" + "a1_B" * 10),
        ("service_token", "xoxb-123456789012-abcdefGHIJ"),
        ("service_token", "xapp-1-A0123456789-abcdef"),
        ("service_token", "AIza" + "x1_" * 11 + "ab"),
        ("service_token", "sk-proj-" + "aB3" * 12),
        ("service_token", "sk_live_" + "aB3" * 8),
        ("service_token", "glpat-" + "aB3_" * 5),
        ("jwt", f"{HEADER}.eyJzdWIiOiJ4In0xx.c2lnbmF0dXJl"),
        ("jwt", f"{HEADER}.eyJzdWIiOiJ4In0xx."),
        ("private_key", PEM.format("")),
        ("private_key", PEM.format("RSA ")),
        ("private_key", PEM.format("OPENSSH ").replace("\n", "\\n")),
    ],
)
def test_a_secret_is_found_wherever_it_stands(kind: str, secret: str) -> None:
    for around in ("{}", 'key is "{}", ok', "请{}谢", "({})"):
        assert (kind, secret) in found(around.format(secret))


def test_a_key_of_ours_is_found_when_its_checksum_holds() -> None:
    key = api_key.mint()
    assert found(f"use {key} now") == [("ambit_key", key)]
    assert found(f"use {key[:-1]}{'a' if key[-1] != 'a' else 'b'} now") == []


def test_a_private_key_that_was_cut_off_is_found_as_far_as_it_goes() -> None:
    assert found(PEM.format("EC ")[:55]) == [("private_key", PEM.format("EC ")[:55])]


@pytest.mark.parametrize(
    "text",
    [
        *("password = {}", "PASSWORD:{}", '"password": "{}"', "'api_key': '{}'", "AWS_SECRET_ACCESS_KEY={}"),
        *("client_secret => {}", "Authorization: Bearer {}", "db.pwd={}", "token := {}", "accountKey={}"),
    ],
)
def test_a_value_that_is_called_a_secret_and_looks_like_one_is_masked_alone(text: str) -> None:
    value = "x9Kd72jQ-pL0.mZ3"
    assert found(text.format(value)) == [("assigned_secret", value)]


@pytest.mark.parametrize(
    "text",
    [
        *("password: required", "the secret is patience", "token: string", "password = ********", "secret: aaaaaaaa1"),
        *("api_key: https://example.com/k1", "AKIA1234", "ghp_short", "eyJhbGciOi.eyJzdWIiOi.x", "password=short1"),
        *(
            "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
            "xAKIAIOSFODNN7EXAMPLE",
            "private_key: /etc/key1.pem",
        ),
    ],
)
def test_what_only_sounds_like_a_secret_is_none(text: str) -> None:
    assert found(text) == []


def test_a_secret_of_any_length_is_masked_to_its_end() -> None:
    text = f"token={'aB3xY9kQ7' * 500} tail"
    assert scan(text, GuardrailPolicy()).text == "token=[ASSIGNED_SECRET] tail"


def test_a_more_certain_class_holds_over_an_assignment() -> None:
    assert found("token=AKIAIOSFODNN7EXAMPLE")[0][0] == DataClass.AWS_KEY


def test_entropy_is_in_bits_a_character() -> None:
    assert (entropy("aaaa"), entropy("abab"), entropy("abcd")) == (0, 1, 2)
