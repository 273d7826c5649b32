from datetime import timedelta
from typing import Any

import pytest

from data_access_lib.cursor_secrets import KEPT_FOR, CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import StoreUnavailable
from tests.stores import HandClock, WatchedClient, failure, raising


@pytest.fixture
def client() -> Any:
    client = WatchedClient()
    client.answers["get_secret_value"] = lambda _: {"SecretString": "s" * 32}
    return client


def test_the_secret_is_fetched_when_first_needed_and_kept_for_five_minutes(client: Any, clock: HandClock) -> None:
    secrets = CursorSecrets(lambda: client, "arn:cursor", clock)
    assert client.calls == []
    assert secrets() == [b"s" * 32]
    clock.advance(minutes=5, milliseconds=-1)
    assert secrets() == [b"s" * 32]
    assert client.calls == [("get_secret_value", {"SecretId": "arn:cursor"})]
    assert timedelta(minutes=5) == KEPT_FOR


def test_a_rotation_is_noticed(client: Any, clock: HandClock) -> None:
    secrets = CursorSecrets(lambda: client, "arn:cursor", clock)
    secrets()
    client.answers["get_secret_value"] = lambda _: {"SecretString": "n" * 32}
    clock.advance(minutes=5)
    assert secrets() == [b"n" * 32]


def test_a_secret_that_cannot_be_had_is_told(client: Any, clock: HandClock) -> None:
    client.answers["get_secret_value"] = raising(failure("ThrottlingException"))
    with pytest.raises(StoreUnavailable):
        CursorSecrets(lambda: client, "arn:cursor", clock)()


def test_it_signs_cursors_by_the_machines_clock(client: Any) -> None:
    codec = CursorCodec(CursorSecrets(lambda: client, "arn:cursor"))
    assert codec.decode("acme", "r", codec.encode("acme", "r", {"a": 1})) == {"a": 1}
