from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.admin import PlatformBucket
from data_access_lib.errors import InvalidIdentifier
from data_access_lib.evidence_store import EvidenceStore
from governance.evidence.bundle import address
from tests.stores import Stores

DATA = b"a bundle"


@pytest.fixture
def kept(stores: Stores) -> EvidenceStore:
    client: Any = stores.s3
    return EvidenceStore(PlatformBucket(client, stores.bucket, "tests", stores.signals))


def test_a_bundle_is_kept_under_its_hash_and_once(kept: EvidenceStore, stores: Stores) -> None:
    assert kept.keep(DATA) == kept.keep(DATA) == address(DATA)
    assert kept.get(address(DATA)) == DATA
    found = kept.head(address(DATA))
    assert (found and found.bytes) == len(DATA)
    assert address(DATA) in kept.link(address(DATA), 60)


def test_what_is_not_what_its_name_says_is_not_given_out(kept: EvidenceStore, stores: Stores) -> None:
    client: Any = stores.s3
    client.put_object(Bucket=stores.bucket, Key=keys.evidence_object("a" * 64), Body=DATA)
    assert kept.get("a" * 64) is None
    assert kept.get("b" * 64) is None
    assert kept.head("b" * 64) is None


@pytest.mark.parametrize("name", ["", "None", "../x", "A" * 64])
def test_a_name_is_a_hash(kept: EvidenceStore, name: str) -> None:
    with pytest.raises(InvalidIdentifier):
        kept.get(name)
