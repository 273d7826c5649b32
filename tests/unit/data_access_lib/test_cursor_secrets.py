from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from data_access_lib.cursor_secrets import KEPT_FOR, CursorSecrets
from data_access_lib.errors import StoreUnavailable


class HandClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


class FakeSecrets:
    def __init__(self) -> None:
        self.value = "one"
        self.asked: list[str] = []
        self.error = ""

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - AWS's name
        self.asked.append(SecretId)
        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": ""}}, "GetSecretValue")
        return {"SecretString": self.value}


def make(client: FakeSecrets, clock: HandClock) -> CursorSecrets:
    return CursorSecrets(lambda: cast("Any", client), "arn:secret", clock)


def test_the_secret_is_fetched_when_first_needed_and_then_kept() -> None:
    client, clock = FakeSecrets(), HandClock()
    secrets = make(client, clock)
    assert client.asked == []
    assert (secrets(), secrets()) == ([b"one"], [b"one"])
    assert client.asked == ["arn:secret"]


def test_a_rotated_secret_is_noticed_in_time() -> None:
    client, clock = FakeSecrets(), HandClock()
    secrets = make(client, clock)
    secrets()
    client.value = "two"
    clock.moment += KEPT_FOR - timedelta(seconds=1)
    assert secrets() == [b"one"]
    clock.moment += timedelta(seconds=1)
    assert secrets() == [b"two"]


def test_when_the_secret_cannot_be_had_the_store_is_unavailable() -> None:
    client = FakeSecrets()
    client.error = "ThrottlingException"
    with pytest.raises(StoreUnavailable):
        make(client, HandClock())()
