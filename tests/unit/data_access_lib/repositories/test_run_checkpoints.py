from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.content import Content
from data_access_lib.errors import CheckpointCorrupt, RunClosed, Superseded
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.run_checkpoints import HANDED_OVER, INLINE_BYTES, MOST_BYTES, RunCheckpoints
from data_access_lib.repositories.runs import Runs
from data_access_lib.tenant import TenantId
from platform_kit.errors import PayloadTooLarge
from platform_kit.ids import new_id
from tests.stores import HandClock, Stores


@pytest.fixture
def checkpoints(stores: Stores, clock: HandClock) -> RunCheckpoints:
    return RunCheckpoints(stores.table(stores.runs), stores.objects, clock)


@pytest.fixture
def run(stores: Stores, clock: HandClock) -> dict[str, Any]:
    runs, run_id = Runs(stores.table(stores.runs), clock), new_id("run")
    transaction = stores.table(stores.runs).transaction()
    record = {"runId": run_id, "sessionId": new_id("ses"), "status": "running", "attempt": 1}
    runs.start(transaction, record, [EventDraft("lifecycle", "started")])
    transaction.commit()
    return runs.get(run_id)


def now(stores: Stores, run: dict[str, Any]) -> dict[str, Any]:
    return Runs(stores.table(stores.runs)).get(run["runId"])


@pytest.mark.parametrize("size", [1, INLINE_BYTES - 2, INLINE_BYTES, MOST_BYTES - 2])
def test_what_was_left_comes_back(size: int, checkpoints: RunCheckpoints, run: dict[str, Any]) -> None:
    made = checkpoints.save(run, "x" * size, attempt=1)
    found = checkpoints.latest(run["runId"])
    assert found == made
    assert (made.number, made.seq, made.state) == (1, 1, "x" * size)


def test_the_latest_one_stands(checkpoints: RunCheckpoints, run: dict[str, Any], stores: Stores) -> None:
    checkpoints.save(run, {"step": 1}, attempt=1)
    checkpoints.save(now(stores, run), {"step": 2}, attempt=1)
    found = checkpoints.latest(run["runId"])
    assert found is not None
    assert (found.number, found.state) == (2, {"step": 2})


def test_a_run_without_one_has_none(checkpoints: RunCheckpoints, run: dict[str, Any]) -> None:
    assert checkpoints.latest(run["runId"]) is None


def test_more_than_its_limit_is_refused(checkpoints: RunCheckpoints, run: dict[str, Any]) -> None:
    with pytest.raises(PayloadTooLarge):
        checkpoints.save(run, "x" * (MOST_BYTES - 1), attempt=1)
    assert checkpoints.latest(run["runId"]) is None


def test_an_older_attempt_leaves_none(checkpoints: RunCheckpoints, run: dict[str, Any], stores: Stores) -> None:
    Runs(stores.table(stores.runs)).amend(run["runId"], {"attempt": 2})
    with pytest.raises(Superseded):
        checkpoints.save(run, "late", attempt=1)
    assert checkpoints.latest(run["runId"]) is None


def test_of_two_at_once_one_is_refused(checkpoints: RunCheckpoints, run: dict[str, Any]) -> None:
    checkpoints.save(run, "first", attempt=1)
    with pytest.raises(Superseded):
        checkpoints.save(run, "second", attempt=1)
    found = checkpoints.latest(run["runId"])
    assert found is not None
    assert found.state == "first"


def test_a_run_that_is_over_takes_none(checkpoints: RunCheckpoints, run: dict[str, Any], stores: Stores) -> None:
    Runs(stores.table(stores.runs)).finish(run["runId"], "cancelled", [EventDraft("lifecycle", "cancelled")])
    with pytest.raises(RunClosed):
        checkpoints.save(run, "late", attempt=1)


def test_a_changed_one_is_not_handed_out(checkpoints: RunCheckpoints, run: dict[str, Any], stores: Stores) -> None:
    checkpoints.save(run, {"step": 1}, attempt=1)
    key = keys.run_checkpoint_key(TenantId("acme"), run["runId"])
    stores.table(stores.runs).update(key, set_={"checkpoint": '{"step":9}'})
    with pytest.raises(CheckpointCorrupt):
        checkpoints.latest(run["runId"])


def test_a_large_one_that_is_gone_is_not_made_up(
    checkpoints: RunCheckpoints, run: dict[str, Any], stores: Stores
) -> None:
    made = checkpoints.save(run, "x" * INLINE_BYTES, attempt=1)
    stores.objects().delete(keys.run_checkpoint_object(TenantId("acme"), run["runId"], made.sha256))
    with pytest.raises(CheckpointCorrupt):
        checkpoints.latest(run["runId"])


@pytest.mark.parametrize("size", [100, INLINE_BYTES])
def test_another_run_takes_it_over_as_its_first_and_none_of_its_own(
    size: int, checkpoints: RunCheckpoints, run: dict[str, Any], stores: Stores
) -> None:
    made = checkpoints.save(run, "x" * size, attempt=1)
    heir = new_id("run")
    transaction = stores.table(stores.runs).transaction()
    checkpoints.hand_over(transaction, heir, made)
    transaction.commit()
    taken = checkpoints.latest(heir)
    assert taken is not None
    assert (taken.number, taken.attempt, taken.seq, taken.state) == (1, HANDED_OVER, 0, made.state)
    assert taken.sha256 == made.sha256
    assert checkpoints.latest(run["runId"]) == made


class Reverses:
    """Seals by turning bytes round."""

    key_arn = None

    def seal(self, plain: bytes, _place: object) -> bytes:
        return b"\x01" + plain[::-1]

    def open(self, sealed: bytes, _place: object) -> bytes:
        return sealed[:0:-1]


class AsStored(Reverses):
    def open(self, sealed: bytes, _place: object) -> bytes:
        return sealed


@pytest.mark.parametrize("size", [100, INLINE_BYTES])
def test_it_is_content_and_sealed_wherever_it_is(
    size: int, run: dict[str, Any], stores: Stores, clock: HandClock
) -> None:
    content = Content(Reverses())
    sealed = RunCheckpoints(stores.table(stores.runs, content=content), lambda: stores.objects(content=content), clock)
    made = sealed.save(run, "secret" + "x" * size, attempt=1)
    item = stores.raw(stores.runs, *keys.run_checkpoint_key(TenantId("acme"), run["runId"]))
    assert item is not None
    place = keys.run_checkpoint_object(TenantId("acme"), run["runId"], made.sha256)
    stored = stores.objects(content=Content(AsStored())).get(place)
    assert (stored is not None) == (size == INLINE_BYTES)
    assert b"secret" not in (str(item).encode() + (stored.data if stored else b""))
    assert sealed.latest(run["runId"]) == made
