import json

import pytest

from lambdas.authoriser.jwks import FRESH_SECONDS, KeySets
from lambdas.authoriser.jwks_fetch import FetchFailed
from lambdas.authoriser.models import DependencyDown
from platform_kit.jws import TokenRefused
from tests.authority import rsa_jwk, rsa_key

GOOD = json.dumps({"keys": [rsa_jwk(rsa_key("platform"), "k1")]}).encode()
URI, OTHER = "https://a.test/jwks", "https://b.test/jwks"


class Issuers:
    """What is fetched, by address; an address without a document is down."""

    def __init__(self, **documents: bytes) -> None:
        self.documents = documents
        self.fetched: list[str] = []
        self.failures: list[str] = []

    def fetch(self, uri: str) -> bytes:
        self.fetched.append(uri)
        if uri not in self.documents:
            raise FetchFailed("TimeoutError")
        return self.documents[uri]

    def key_sets(self) -> KeySets:
        return KeySets(self.fetch, self.failures.append)


def test_a_set_is_fetched_once_in_ten_minutes() -> None:
    issuers = Issuers(**{URI: GOOD})
    sets = issuers.key_sets()
    for now in (0, 1, FRESH_SECONDS - 1):
        assert sets.key(URI, "k1", "RS256", now) is not None
    assert len(issuers.fetched) == 1
    sets.key(URI, "k1", "RS256", FRESH_SECONDS)
    assert len(issuers.fetched) == 2


def test_each_address_has_its_own_keys() -> None:
    issuers = Issuers(**{URI: GOOD, OTHER: b'{"keys": []}'})
    sets = issuers.key_sets()
    assert sets.key(URI, "k1", "RS256", 0) is not None
    with pytest.raises(TokenRefused):
        sets.key(OTHER, "k1", "RS256", 0)


def test_a_key_of_another_algorithm_is_unknown() -> None:
    with pytest.raises(TokenRefused):
        Issuers(**{URI: GOOD}).key_sets().key(URI, "k1", "ES256", 0)


def test_a_failure_is_reported_and_the_kept_keys_stay() -> None:
    issuers = Issuers(**{URI: GOOD})
    sets = issuers.key_sets()
    sets.key(URI, "k1", "RS256", 0)
    issuers.documents[URI] = b"<html>"
    assert sets.key(URI, "k1", "RS256", FRESH_SECONDS) is not None
    assert issuers.failures == ["not JSON"]


def test_a_failing_address_is_reported_once_in_ten_seconds() -> None:
    issuers = Issuers()
    sets = issuers.key_sets()
    for now in range(20):
        with pytest.raises(DependencyDown):
            sets.key(URI, "k1", "RS256", now)
    assert issuers.failures == ["TimeoutError"] * 2


def test_an_issuer_that_withdraws_every_key_is_believed() -> None:
    issuers = Issuers(**{URI: GOOD})
    sets = issuers.key_sets()
    sets.key(URI, "k1", "RS256", 0)
    issuers.documents[URI] = b'{"keys": []}'
    with pytest.raises(TokenRefused):
        sets.key(URI, "k1", "RS256", FRESH_SECONDS)
