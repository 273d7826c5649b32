"""What a run's approvals do on tables; the whole way is in tests/functional/approvals."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.approvals import Approvals
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.runs import Runs
from enforcement.approvals import MOST_ASKED, RunApprovals
from governance.approvals import (
    ApprovalDenied,
    ApprovalExpired,
    ApprovalNeeded,
    ApprovalTooLarge,
    TooManyApprovals,
)
from governance.policy.decision import Decision
from governance.policy.rules import Answer
from governance.policy.tools import Risk
from platform_kit.access import Role
from platform_kit.errors import NotFound
from platform_kit.identity import RunBinding
from platform_kit.ids import new_id
from tests.stores import REGION, HandClock, Stores, make_stores

ASKS = Decision(Answer.NEEDS_APPROVAL, Risk.HIGH, (Role.ADMIN,), "ask-high-risk", "High risk asks.")


@dataclass
class Call:
    tool: str = "files.write"
    arguments: dict[str, Any] = field(default_factory=lambda: {"name": "a.txt"})


@dataclass
class World:
    stores: Stores
    clock: HandClock
    run: dict[str, Any]

    @property
    def approvals(self) -> Approvals:
        return Approvals(self.stores.table(self.stores.runs), self.clock)

    @property
    def mine(self) -> RunApprovals:
        return self.of(self.run)

    def of(self, run: dict[str, Any]) -> RunApprovals:
        binding = RunBinding(run["runId"], "echo-agent", "ver_1", run["sessionId"], "sync")
        runs, ops = self.stores.table(self.stores.runs), self.stores.table(self.stores.ops)
        audit = AuditLog(self.stores.table(self.stores.ledger), ops, self.clock)
        return RunApprovals(binding, "acme", self.approvals, audit, Runs(runs, self.clock).log, self.clock)

    def ask(self, call: Call | None = None) -> str:
        with pytest.raises(ApprovalNeeded) as needed:
            self.mine.claim(self.run, call or Call(), ASKS)
        return needed.value.approval_id

    def settle(self, approval_id: str, status: str) -> None:
        transaction = self.stores.table(self.stores.runs).transaction()
        self.approvals.change_in(transaction, self.approvals.get(approval_id), {"status": status})
        transaction.commit()

    def use(self, approval_id: str) -> None:
        transaction = self.stores.table(self.stores.runs).transaction()
        self.mine.consume_in(transaction, approval_id)
        transaction.commit()


def start(stores: Stores, clock: HandClock) -> dict[str, Any]:
    table = stores.table(stores.runs)
    run = {"runId": new_id("run"), "sessionId": new_id("ses"), "status": "running", "principalId": "usr:1:ada"}
    transaction = table.transaction()
    Runs(table, clock).start(transaction, run, [EventDraft("lifecycle", "started")])
    transaction.commit()
    return run


@pytest.fixture
def world() -> Iterator[World]:
    clock = HandClock()
    with mock_aws():
        stores = make_stores(boto3.client("dynamodb", region_name=REGION), boto3.client("s3", region_name=REGION))
        yield World(stores, clock, start(stores, clock))


def test_the_record_says_who_may_decide_until_when_and_about_what(world: World) -> None:
    record = world.approvals.get(world.ask())
    assert (record["requiredRoles"], record["quorum"], record["startedBy"]) == (["Tenant.Admin"], 1, "usr:1:ada")
    assert (record["tool"], record["risk"], record["runId"]) == ("files.write", "high", world.run["runId"])
    assert record["expiresAt"] - record["askedAt"] == 3_600_000


def test_a_grant_is_claimed_until_it_is_used(world: World) -> None:
    approval_id = world.ask()
    world.settle(approval_id, "approved")
    assert [world.mine.claim(world.run, Call(), ASKS) for _ in range(2)] == [approval_id] * 2
    world.use(approval_id)
    with pytest.raises(ConditionFailed):
        world.use(approval_id)
    assert world.ask() != approval_id


@pytest.mark.parametrize(("status", "error"), [("denied", ApprovalDenied), ("expired", ApprovalExpired)])
def test_what_was_refused_stays_so_in_this_run(world: World, status: str, error: type[Exception]) -> None:
    world.settle(world.ask(), status)
    for _ in range(2):
        with pytest.raises(error):
            world.mine.claim(world.run, Call(), ASKS)


def test_an_hour_without_a_decision_is_noted_as_such(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    approval_id = world.ask()
    world.clock.advance(hours=1)
    for _ in range(2):
        with pytest.raises(ApprovalExpired):
            world.mine.claim(world.run, Call(), ASKS)
    assert world.approvals.get(approval_id)["status"] == "expired"
    assert capsys.readouterr().out.count('"ApprovalExpired":[1.0]') == 1


def test_other_arguments_void_what_was_granted_of_that_tool_alone(world: World) -> None:
    written, read = world.ask(), world.ask(Call("files.read"))
    pending = world.ask(Call(arguments={"name": "b.txt"}))
    for approval_id in (written, read):
        world.settle(approval_id, "approved")
    world.ask(Call(arguments={"name": "c.txt"}))
    found = {one: world.approvals.get(one)["status"] for one in (written, read, pending)}
    assert found == {written: "void", read: "approved", pending: "pending"}


def test_what_is_used_or_void_leaves_room_for_others(world: World) -> None:
    for number in range(MOST_ASKED):
        world.ask(Call(arguments={"n": number}))
    with pytest.raises(TooManyApprovals):
        world.mine.claim(world.run, Call(arguments={"n": -1}), ASKS)
    first = world.ask(Call(arguments={"n": 0}))
    world.settle(first, "approved")
    world.use(first)
    assert world.ask(Call(arguments={"n": -1}))


def test_what_is_too_large_to_look_at_is_not_asked_for(world: World) -> None:
    with pytest.raises(ApprovalTooLarge):
        world.mine.claim(world.run, Call(arguments={"text": "é" * 131_072}), ASKS)


def test_the_approval_of_another_run_is_not_there(world: World) -> None:
    approval_id = world.ask()
    other = world.of(start(world.stores, world.clock))
    with pytest.raises(NotFound):
        other.look(approval_id)
    assert world.mine.look(approval_id)["status"] == "pending"


def test_how_long_a_run_waits_is_counted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    record = world.mine.look(world.ask())
    world.clock.advance(minutes=2)
    world.mine.note_wait(record)
    assert '"ApprovalWaiting":[120000.0]' in capsys.readouterr().out
