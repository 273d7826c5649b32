"""The order of writes: whatever stops in between, nothing is usable that is not listed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.api_keys.models import CreateApiKey, RotateApiKey
from lambdas.api_keys.service import ApiKeyService, KeyCabinet
from platform_kit import api_key
from platform_kit.errors import Conflict, Unprocessable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACME = TenantContext(TenantId("acme"), "usr:a:ada")
WANTED = CreateApiKey.model_validate({"name": "ci", "scopes": ["runs:read"]})


class FixedClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class World:
    """A tenant's keys and the platform's credentials in memory, and what was done to them in order."""

    record: dict[str, Any] = field(default_factory=dict)
    done: list[tuple[str, Any]] = field(default_factory=list)
    stale: int = 0
    live: int = 0

    def service(self) -> ApiKeyService:
        cabinet = KeyCabinet(*(cast("Any", self),) * 4)
        codec = CursorCodec(lambda: [b"s" * 32], clock=FixedClock())
        return ApiKeyService(lambda _who: cabinet, cast("Any", self), codec, FixedClock())

    def commit(self, draft: AuditDraft, build: Callable[[Any], Any]) -> Any:
        self.done.append((draft.action, dict(draft.detail)))
        if self.stale:
            self.stale -= 1
            raise ConditionFailed
        return build(self), {}

    def create_in(self, _transaction: Any, record: dict[str, Any]) -> Any:
        self.record = {**record, "etag": 1}

    def change_in(self, _transaction: Any, _key_id: str, etag: int, fields: dict[str, Any]) -> None:
        self.record = {**self.record, **fields, "etag": etag + 1}

    def get(self, _key_id: str) -> dict[str, Any]:
        return self.record

    def count_live(self, _at: int) -> int:
        return self.live

    def find_many(self, _ids: Any) -> dict[str, Any]:
        return {}

    def open(self, digest: str, grant: dict[str, Any]) -> None:
        self.done.append(("open", (digest, grant)))

    def shorten(self, digest: str, _owner: str, ends: int) -> None:
        self.done.append(("shorten", (digest, ends)))

    def revoke(self, digest: str, _owner: str) -> None:
        self.done.append(("revoke", digest))

    @property
    def steps(self) -> list[str]:
        return [step for step, _ in self.done]

    def make(self, **more: Any) -> Any:
        return self.service().create(ACME, WANTED.model_copy(update=more), key=None, body=b"{}")[0]

    def turn(self, **more: Any) -> Any:
        wanted = RotateApiKey.model_validate(more)
        return self.service().rotate(ACME, self.record["keyId"], wanted, key=None, body=b"{}")[0]


def test_a_key_is_listed_before_it_is_usable() -> None:
    world = World()
    made = world.make()
    assert world.steps == ["api_key.created", "open"]
    assert world.done[1][1][0] == api_key.digest(made.secret) == world.record["secrets"][0]["digest"]
    assert made.secret not in str((world.record, world.done))


def test_old_secrets_are_shortened_before_the_new_one_is_usable() -> None:
    world = World()
    made = world.make()
    rotated = world.turn(overlapSeconds=60)
    assert world.steps[2:] == ["shorten", "api_key.rotated", "open"]
    assert world.done[2][1] == (api_key.digest(made.secret), int(NOW.timestamp()) + 60)
    assert [one["digest"] for one in world.record["secrets"]] == [
        api_key.digest(rotated.secret),
        api_key.digest(made.secret),
    ]


def test_a_new_secret_lasts_as_long_as_the_present_one_was_made_to() -> None:
    world = World()
    world.make(expires_at="2026-01-08T00:00:00Z")
    assert world.turn().expires_at == "2026-01-08T00:00:00.000Z"
    assert world.turn(expiresAt="2026-03-01T00:00:00+01:00").expires_at == "2026-02-28T23:00:00.000Z"


def test_every_secret_is_closed_before_the_key_is_recorded_as_revoked() -> None:
    world = World()
    world.make()
    world.turn()
    world.done.clear()
    world.service().revoke(ACME, "key")
    assert world.steps == ["revoke", "revoke", "api_key.revoked"]
    assert world.record["status"] == "revoked"
    world.done.clear()
    world.service().revoke(ACME, "key")
    assert world.done == []


def test_a_key_that_changes_while_it_is_revoked_is_read_anew() -> None:
    world = World()
    world.make()
    world.stale = 2
    world.service().revoke(ACME, "key")
    assert world.steps[2:] == ["revoke", "api_key.revoked"] * 3
    world = World()
    world.make()
    world.stale = 99
    with pytest.raises(Conflict) as caught:
        world.service().revoke(ACME, "key")
    assert caught.value.retry_after == 1


def test_a_rotation_of_a_key_that_changed_opens_nothing() -> None:
    world = World()
    world.make()
    world.stale = 1
    with pytest.raises(Conflict):
        world.turn()
    assert "open" not in world.steps[2:]


def test_a_hundred_live_keys_are_enough() -> None:
    with pytest.raises(Unprocessable, match="100 live keys"):
        World(live=100).make()
    assert World(live=99).make().secret


@pytest.mark.parametrize("ends", [timedelta(0), timedelta(seconds=-1), timedelta(days=366, seconds=1)])
def test_an_end_is_within_the_year_to_come(ends: timedelta) -> None:
    world = World()
    with pytest.raises(Unprocessable) as caught:
        world.make(expires_at=(NOW + ends).isoformat())
    assert caught.value.errors[0].pointer == "/expiresAt"
    assert world.done == []


def test_an_ended_key_is_not_rotated() -> None:
    world = World()
    world.make()
    world.record["secrets"][0]["expiresAt"] = int(NOW.timestamp())
    with pytest.raises(Conflict, match="Make a new one"):
        world.turn()
