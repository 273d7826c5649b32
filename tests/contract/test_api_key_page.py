"""What docs/api-keys.md tells people to copy is what the code makes and takes."""

import base64
import re
import time
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from data_access_lib.keys import credential_key
from lambdas.api_keys import aws_callers, models, service
from lambdas.authoriser.sts_proof import read_proof
from platform_kit import api_key
from tests.aws_proof import presigned

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "api-keys.md").read_text(encoding="utf-8")
RUNBOOK = (ROOT / "runbooks" / "key-leak.md").read_text(encoding="utf-8")
CREDENTIALS = {
    "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
    "SecretAccessKey": "s",
    "SessionToken": "IQoJb3JpZ2luX2VjEXAMPLE+/==",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def defined(name: str) -> Any:
    """A function as a reader who copies its block has it."""
    (source,) = [block for block in blocks("python") if f"def {name}(" in block]
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - our own page
    return namespace[name]


def test_the_scanners_rule_finds_keys_and_nothing_that_only_looks_like_one() -> None:
    (rule,) = tomllib.loads(blocks("toml")[0])["rules"]
    assert rule["regex"] == rf"\b{api_key.PATTERN}\b"
    scanner = re.compile(rule["regex"])
    for _ in range(100):
        key = api_key.mint()
        for text in (key, f"AMBIT_API_KEY={key}\n", f'"{key}",', f"Bearer {key}'"):
            assert scanner.findall(text) == [key]
        assert any(keyword in key for keyword in rule["keywords"])
        assert not scanner.search(key[:-1])
        assert not scanner.search(f"x{key}")
        assert not scanner.search(f"{key}x")


def test_the_pages_checksum_is_the_codes() -> None:
    genuine = defined("genuine")
    for _ in range(200):
        key = api_key.mint()
        other = key[:10] + ("x" if key[10] != "x" else "y") + key[11:]
        assert (genuine(key), genuine(other)) == (api_key.well_formed(key), api_key.well_formed(other)) == (True, False)


def test_the_pages_proof_is_what_the_authoriser_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, variable in (
        ("AccessKeyId", "AWS_ACCESS_KEY_ID"),
        ("SecretAccessKey", "AWS_SECRET_ACCESS_KEY"),
        ("SessionToken", "AWS_SESSION_TOKEN"),
    ):
        monkeypatch.setenv(variable, CREDENTIALS[name])
    scheme, _, text = defined("authorization")(region="eu-central-1").partition(" ")
    host = "sts.eu-central-1.amazonaws.com"
    assert scheme == "AmbitSTS"
    assert read_proof(text, frozenset({host}), time.time()).host == host
    made, ours = (
        base64.urlsafe_b64decode(text).decode(),
        presigned(f"https://{host}", CREDENTIALS, region="eu-central-1"),
    )
    assert steady(made) == steady(ours)


def steady(url: str) -> dict[str, list[str]]:
    """What does not depend on the second it was signed in."""
    query = parse_qs(urlsplit(url).query, strict_parsing=True)
    return {name: value for name, value in query.items() if name not in {"X-Amz-Date", "X-Amz-Signature"}}


def test_the_page_names_every_scope_and_no_other() -> None:
    table = PAGE.partition("| scope | opens |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z]+:[a-z]+)`", table)) == set(models.SCOPES)


def test_the_numbers_of_the_page_are_the_codes() -> None:
    assert (models.MAX_ADDRESSES, models.MAX_RATE, models.MAX_OVERLAP_SECONDS) == (32, 1000, 7 * 86400)
    assert (service.DEFAULT_LIFETIME.days, service.MOST_KEYS, service.MOST_SECRETS) == (90, 100, 5)
    assert aws_callers.MOST_CALLERS == 100
    for said in (
        "up to 32 addresses",
        "1 to 1,000",
        "(a day; 0 to\n7 days)",
        "after 90 days",
        "100 live keys and 100 AWS callers",
        "can have five",
    ):
        assert said in PAGE, said


def test_the_runbooks_look_up_asks_for_the_record_that_the_authoriser_reads() -> None:
    digest = api_key.digest(api_key.mint())
    (asked,) = re.findall(r'--key "(.*)"', RUNBOOK)
    plain = asked.replace('\\"', '"').replace("$DIGEST", digest)
    pk, sk = credential_key(digest)
    assert plain == f'{{"pk": {{"S": "{pk}"}}, "sk": {{"S": "{sk}"}}}}'
