import pytest

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.repositories.credentials import KIND, Credentials
from platform_kit.errors import Conflict, NotFound
from tests.stores import HandClock, Stores

DIGEST, OTHER = "a" * 64, "b" * 64
GRANT = {"kind": "key", "tenantId": "acme", "id": "key_1", "scopes": ["runs:read"], "expiresAt": 2_000_000_000}
ROLE = {"kind": "aws", "tenantId": "acme", "id": "awc_1", "scopes": ["runs:read"]}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def credentials(stores: Stores, clock: HandClock) -> Credentials:
    client = stores.client
    door = PlatformServiceTable(client, stores.control, "api_keys", frozenset({KIND}), stores.signals)  # type: ignore[arg-type]  # watched
    return Credentials(door, clock)


def status(credentials: Credentials, digest: str = DIGEST) -> str | None:
    found = credentials.find(digest)
    return None if found is None else found["status"]


def test_an_opened_credential_is_active_and_will_be_forgotten(credentials: Credentials, stores: Stores) -> None:
    credentials.open(DIGEST, GRANT)
    assert credentials.find(DIGEST) == {**GRANT, "status": "active"}
    assert credentials.find(OTHER) is None
    _, request = stores.client.calls[0]
    assert request["Item"]["ttl"] == {"N": str(2_000_000_000 + 86_400)}


def test_a_digest_is_opened_once(credentials: Credentials) -> None:
    credentials.open(DIGEST, GRANT)
    with pytest.raises(Conflict):
        credentials.open(DIGEST, {**GRANT, "tenantId": "globex"})
    assert credentials.find(DIGEST) == {**GRANT, "status": "active"}


def test_what_was_revoked_before_it_was_opened_stays_closed(credentials: Credentials) -> None:
    credentials.revoke(DIGEST, "key_1")
    with pytest.raises(Conflict):
        credentials.open(DIGEST, GRANT)
    assert status(credentials) == "revoked"


def test_an_end_moves_forward_only(credentials: Credentials) -> None:
    credentials.open(DIGEST, GRANT)
    for end, seen in ((1_900_000_000, 1_900_000_000), (1_950_000_000, 1_900_000_000)):
        credentials.shorten(DIGEST, "key_1", end)
        found = credentials.find(DIGEST)
        assert found is not None
        assert found["expiresAt"] == seen
    credentials.shorten(DIGEST, "key_2", 1)
    credentials.shorten(OTHER, "key_1", 1)
    assert found == credentials.find(DIGEST)
    assert credentials.find(OTHER) is None


def test_only_its_owner_revokes_a_credential(credentials: Credentials) -> None:
    credentials.open(DIGEST, GRANT)
    credentials.revoke(DIGEST, "key_2")
    assert status(credentials) == "active"
    credentials.revoke(DIGEST, "key_1")
    assert status(credentials) == "revoked"


def test_a_claim_opens_nothing_until_it_is_activated(credentials: Credentials) -> None:
    credentials.claim(DIGEST, ROLE)
    assert status(credentials) == "pending"
    credentials.activate(DIGEST, "awc_1")
    assert credentials.find(DIGEST) == {**ROLE, "status": "active"}


@pytest.mark.parametrize("tenant", ["acme", "globex"])
def test_what_is_bound_is_not_bound_again(credentials: Credentials, tenant: str) -> None:
    credentials.claim(DIGEST, ROLE)
    credentials.activate(DIGEST, "awc_1")
    with pytest.raises(Conflict, match="one only"):
        credentials.claim(DIGEST, {**ROLE, "tenantId": tenant, "id": "awc_2"})
    with pytest.raises(Conflict):
        credentials.activate(DIGEST, "awc_2")
    assert credentials.find(DIGEST) == {**ROLE, "status": "active"}


@pytest.mark.chaos("paused-holders")
def test_an_abandoned_claim_is_its_tenants_at_once_and_anybodys_after_fifteen_minutes(
    credentials: Credentials, clock: HandClock
) -> None:
    credentials.claim(DIGEST, ROLE)
    credentials.claim(DIGEST, {**ROLE, "id": "awc_2"})
    with pytest.raises(Conflict):
        credentials.activate(DIGEST, "awc_1")
    clock.advance(minutes=14, seconds=59)
    with pytest.raises(Conflict):
        credentials.claim(DIGEST, {**ROLE, "tenantId": "globex", "id": "awc_3"})
    clock.advance(seconds=2)
    credentials.claim(DIGEST, {**ROLE, "tenantId": "globex", "id": "awc_3"})
    credentials.activate(DIGEST, "awc_3")
    assert (credentials.find(DIGEST) or {})["tenantId"] == "globex"


def test_a_revoked_role_may_be_claimed_by_anybody(credentials: Credentials) -> None:
    credentials.claim(DIGEST, ROLE)
    credentials.activate(DIGEST, "awc_1")
    credentials.revoke(DIGEST, "awc_1")
    credentials.claim(DIGEST, {**ROLE, "tenantId": "globex", "id": "awc_2"})
    with pytest.raises(Conflict):
        credentials.activate(DIGEST, "awc_1")
    assert status(credentials) == "pending"


@pytest.mark.parametrize("digest", ["", "A" * 64, "a" * 63, "a" * 65, "#" * 64])
def test_what_is_no_digest_finds_nothing(credentials: Credentials, digest: str, stores: Stores) -> None:
    with pytest.raises(NotFound):
        credentials.find(digest)
    assert stores.client.calls == []
