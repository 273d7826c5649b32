import json
from typing import Any, cast

import pytest

from data_access_lib.content import PLAIN, Content
from data_access_lib.errors import KeyUnavailable, TransactionConflict
from data_access_lib.repositories.audit_sequence import EventAct
from data_access_lib.tenant import TenantId
from lambdas.sequencer.service import Sequencer, TenantDesk, again_from

RUN = "run_" + "1" * 32


class FakeChain:
    """Takes acts, once each, or fails as told."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.acts: list[EventAct] = []
        self.failure = failure

    def enter(self, acts: Any) -> int:
        if self.failure:
            raise self.failure
        self.acts += acts
        return len(acts)


class FakeEvents:
    """A run's events in pages of two."""

    def __init__(self, number: int) -> None:
        self.events = [plain(seq) for seq in range(1, number + 1)]

    def read(self, _run: str, *, after: int, limit: int) -> list[dict[str, Any]]:
        assert limit
        return self.events[after : after + 2]


class NoKey(Content):
    """Content of a tenant whose key is refused."""

    def take_out(self, item: Any, key: Any = None) -> Any:
        raise KeyUnavailable


class World:
    def __init__(self) -> None:
        self.chains = {"acme": FakeChain(), "globex": FakeChain()}
        self.statuses: dict[str, str | None] = {"acme": "active", "globex": "active"}
        self.aside: list[tuple[str, str]] = []
        self.content: Content = PLAIN
        self.events = FakeEvents(5)
        self.sequencer = Sequencer(self.desk, self.statuses.get, lambda *place: self.aside.append(place))

    def desk(self, tenant: TenantId) -> TenantDesk:
        return TenantDesk(cast("Any", self.chains[tenant]), cast("Any", self.events), self.content)


@pytest.fixture
def world() -> World:
    return World()


def plain(seq: int) -> dict[str, Any]:
    payload = {"callId": f"c{seq}", "tool": "files.read"}
    return {"runId": RUN, "seq": seq, "stream": "tool", "event": "call", "payload": payload, "timestamp": "t"}


def record(number: int, tenant: str = "acme", **fields: Any) -> dict[str, Any]:
    texts = {"runId": RUN, "stream": "tool", "event": "call", "timestamp": "t", "payload": json.dumps({"callId": "c"})}
    image = {name: {"S": value} for name, value in {**texts, **fields}.items() if value is not None}
    image |= {"pk": {"S": f"TENANT#{tenant}#RUN#{RUN}"}, "sk": {"S": f"EVENT#{number:010d}"}, "seq": {"N": str(number)}}
    return {"dynamodb": {"SequenceNumber": str(number), "NewImage": image}}


def test_each_tenants_acts_go_to_its_own_chain_in_order(world: World) -> None:
    assert world.sequencer.enter([record(1), record(2, "globex"), record(3)]) == []
    assert [act.event for act in world.chains["acme"].acts] == [1, 3]
    assert [act.event for act in world.chains["globex"].acts] == [2]
    (act, _) = world.chains["acme"].acts
    assert (act.draft.action, act.draft.target, act.principal_id) == ("tool.called", RUN, f"run:{RUN}")


def test_one_tenants_failure_keeps_nobody_elses_entries_back_and_is_tried_again(world: World) -> None:
    world.chains["acme"].failure = TransactionConflict()
    records = [record(1, "globex"), record(2), record(3), record(4, "globex")]
    failed = world.sequencer.enter(records)
    assert failed == ["2"]
    assert [act.event for act in world.chains["globex"].acts] == [1, 4]
    assert again_from(records, failed) == "2"


def test_the_stream_begins_again_at_the_first_place_that_failed() -> None:
    records: list[dict[str, Any]] = [{}, record(5), record(7), record(9)]
    assert again_from(records, ["9", "7"]) == "7"
    assert again_from(records, []) is None


def test_what_is_no_event_is_set_aside_with_its_place_and_the_rest_is_entered(world: World) -> None:
    broken = record(2, timestamp=None)
    assert world.sequencer.enter([{"dynamodb": {}}, broken, record(3, payload="{"), record(4)]) == []
    place = f"TENANT#acme#RUN#{RUN} EVENT#000000000"
    assert world.aside == [("", "unreadable"), (f"{place}2", "malformed"), (f"{place}3", "malformed")]
    assert [act.event for act in world.chains["acme"].acts] == [4]


def test_an_act_whose_content_cannot_be_opened_is_entered_all_the_same(world: World) -> None:
    world.content = NoKey(cast("Any", None))
    assert world.sequencer.enter([record(1)]) == []
    (act,) = world.chains["acme"].acts
    assert act.draft.detail["unreadable"] is True


def test_what_is_no_act_is_not_even_opened(world: World) -> None:
    world.content = NoKey(cast("Any", None))
    world.sequencer.enter([record(1, event="heartbeat")])
    assert world.chains["acme"].acts == []


@pytest.mark.parametrize("status", [None, "deleted"])
def test_a_tenant_that_is_no_more_gets_no_entries(status: str | None, world: World) -> None:
    world.statuses["acme"] = status
    assert world.sequencer.enter([record(1)]) == []
    assert world.chains["acme"].acts == []


def test_a_run_is_caught_up_with_from_its_own_events(world: World) -> None:
    assert world.sequencer.catch_up(TenantId("acme"), RUN) == 5
    assert [act.event for act in world.chains["acme"].acts] == [1, 2, 3, 4, 5]
