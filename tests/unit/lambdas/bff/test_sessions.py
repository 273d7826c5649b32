from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from data_access_lib.boundary import Boundary
from data_access_lib.client import BoundedTable
from data_access_lib.tenant import PLATFORM
from lambdas.bff.models import Tokens, WebSession
from lambdas.bff.sealing import Sealer
from lambdas.bff.sessions import REFRESH_LEASE_SECONDS, SessionStore
from tests.functional.moto_platform import REGION, platform_on_moto, table
from tests.stores import SeenSignals
from tests.unit.lambdas.bff.bff_fakes import NOW, a_session

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "ambit-test-ops"


def store_with(secret: bytes = b"secret") -> SessionStore:
    client: Any = boto3.client("dynamodb", region_name=REGION)
    boundary = Boundary(PLATFORM, "service:bff", SeenSignals(), kinds=frozenset({"BFFSESSION"}))
    return SessionStore(BoundedTable(client, TABLE, boundary), Sealer(secret, "session"))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionStore]:
    with platform_on_moto(monkeypatch):
        yield store_with()


@pytest.fixture
def session(store: SessionStore) -> WebSession:
    made = a_session()
    store.create(made)
    return made


def test_a_session_is_found_by_its_secret(store: SessionStore, session: WebSession) -> None:
    assert store.find(session.secret) == session
    assert store.find("another") is None


def test_the_table_holds_no_secret_and_no_token(session: WebSession) -> None:
    items = repr(table("ops").scan()["Items"])
    for hidden in (session.secret, "access-1", "refresh-1", "dev@acme.test"):
        assert hidden not in items


def test_the_table_forgets_a_session_after_its_absolute_limit(session: WebSession) -> None:
    assert table("ops").scan()["Items"][0]["ttl"] == session.absolute_expires_at


def test_a_sealed_session_copied_under_another_secret_is_unreadable(store: SessionStore, session: WebSession) -> None:
    other = replace(session, secret="another")
    store.create(other)
    items = {item["pk"]: item for item in table("ops").scan()["Items"]}
    [first, second] = items.values()
    table("ops").put_item(Item={**second, "sealed": first["sealed"]})
    assert [store.find(session.secret), store.find("another")].count(None) == 1


def test_a_session_sealed_with_another_key_is_no_session(session: WebSession) -> None:
    assert store_with(b"replaced").find(session.secret) is None


def test_the_idle_limit_moves(store: SessionStore, session: WebSession) -> None:
    assert store.touch(session, NOW + 9000).idle_expires_at == NOW + 9000
    assert store.find(session.secret) == replace(session, idle_expires_at=NOW + 9000)


def test_a_removed_session_is_not_brought_back_by_use(store: SessionStore, session: WebSession) -> None:
    store.remove(session.secret)
    assert store.touch(session, NOW + 9000) == session
    assert store.find(session.secret) is None


def test_one_of_many_tabs_gets_the_lease(store: SessionStore, session: WebSession) -> None:
    assert [store.take_refresh_lease(session, NOW) for _ in range(5)] == [True, False, False, False, False]


def test_a_lease_ends_by_itself(store: SessionStore, session: WebSession) -> None:
    store.take_refresh_lease(session, NOW)
    assert not store.take_refresh_lease(session, NOW + REFRESH_LEASE_SECONDS - 1)
    assert store.take_refresh_lease(session, NOW + REFRESH_LEASE_SECONDS)


def test_a_released_lease_can_be_taken_at_once(store: SessionStore, session: WebSession) -> None:
    store.take_refresh_lease(session, NOW)
    store.release_lease(session)
    assert store.take_refresh_lease(session, NOW)


def test_tokens_that_were_renewed_meanwhile_cannot_be_refreshed_again(store: SessionStore, session: WebSession) -> None:
    store.take_refresh_lease(session, NOW)
    tokens = Tokens(access_token="access-2", refresh_token="refresh-2", expires_at=NOW + 600)
    renewed = store.renew(session, session.sealed.model_copy(update={"tokens": tokens}))
    assert store.find(session.secret) == renewed
    assert not store.take_refresh_lease(session, NOW + 999)
    assert store.take_refresh_lease(renewed, NOW)


@pytest.mark.chaos("paused-holders")
def test_a_late_holder_of_an_ended_lease_does_not_overwrite_newer_tokens(
    store: SessionStore, session: WebSession
) -> None:
    newer = Tokens(access_token="newer", refresh_token="newer", expires_at=NOW + 600)
    current = store.renew(session, session.sealed.model_copy(update={"tokens": newer}))
    store.renew(session, session.sealed)
    assert store.find(session.secret) == current


def test_a_session_that_was_signed_out_is_not_brought_back_by_a_refresh(
    store: SessionStore, session: WebSession
) -> None:
    store.remove(session.secret)
    store.renew(session, session.sealed)
    assert store.find(session.secret) is None
