from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import pytest

from data_access_lib.cursors import CursorCodec
from data_access_lib.tenant import TenantContext, TenantId
from governance.audit.chain import Break, BreakKind, Head
from governance.audit.checkpoint import Checkpoint
from governance.audit.intents import Unjoined
from governance.audit.verification import Broken, Verdict
from governance.incidents import Fact, Severity
from lambdas.checkpoints.models import AuditKeyReply, CheckpointReply
from lambdas.checkpoints.service import ChainBroken, Checkpoints
from platform_kit.errors import NotFound
from tests.audit_logs import attested, log
from tests.stores import HandClock

POINTS = attested(log(9), [2, 4, 9])
BREAK = Broken(Break(3, BreakKind.ALTERED, "it is another"))
WHO = TenantContext(TenantId("acme"), "usr:1:ada")
VERDICT = Verdict(9, 1, 9, 0, "h", 9, "t", [Unjoined(2, "run_1", "c", "files.read")])


@dataclass
class FakeNotary:
    """Answers as told; an exception is raised."""

    attested: Checkpoint | Exception | None = POINTS[-1]
    checked: Verdict | Exception = VERDICT
    moved: tuple[Head, Head] | Exception | None = None
    entries: list[str] = field(default_factory=list)

    def attest(self) -> Checkpoint | None:
        return cast("Checkpoint | None", given(self.attested))

    def check(self) -> Verdict:
        return cast("Verdict", given(self.checked))

    def repair_head(self) -> Any:
        return given(self.moved)

    @property
    def log(self) -> Any:
        return self

    @property
    def archive(self) -> Any:
        return self

    def append(self, draft: Any) -> None:
        self.entries.append(draft.action)

    def head(self) -> Head:
        return Head(9, "h")

    def counts(self, after: int, *, limit: int) -> Any:
        return iter([point.count for point in POINTS if point.count > after][:limit])

    def checkpoint(self, count: int) -> Checkpoint:
        return next(point for point in POINTS if point.count == count)


def given(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


@dataclass
class World:
    notaries: dict[str, FakeNotary] = field(default_factory=lambda: {"acme": FakeNotary(), "globex": FakeNotary()})
    events: list[dict[str, Any]] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    @property
    def service(self) -> Checkpoints:
        return Checkpoints(
            lambda who: cast("Any", self.notaries[who.tenant_id]),
            lambda: [TenantId(name) for name in self.notaries],
            lambda tenant: tenant in self.notaries,
            lambda: [AuditKeyReply(key_id="k1", pem="pem")],
            lambda: cast("Any", self),
            self.facts.append,
            CursorCodec(lambda: [b"s" * 32]),
            HandClock(),
        )

    def record(self, event: dict[str, Any], day: date) -> None:
        assert day == HandClock().now().date()
        self.events.append(event)


@pytest.fixture
def world() -> World:
    return World()


def test_a_checkpoint_is_shown_as_it_was_signed(world: World) -> None:
    shown = CheckpointReply.of(world.service.attest(WHO)).model_dump(by_alias=True)
    assert shown == POINTS[-1].as_json()


def test_a_chain_without_entries_has_no_checkpoint(world: World) -> None:
    world.notaries["acme"].attested = None
    with pytest.raises(NotFound):
        world.service.attest(WHO)


def test_a_chain_that_breaks_is_refused_and_operators_are_told(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.notaries["acme"].attested = BREAK
    with pytest.raises(ChainBroken, match="breaks at entry 3: it is another"):
        world.service.attest(WHO)
    (event,) = world.events
    (fact,) = world.facts
    assert (fact.source, fact.severity, fact.about) == (event["eventId"], Severity.S1, "tenant:acme")
    assert event.items() >= {"type": "audit.verification_failed", "severity": "critical", "tenantId": "acme"}.items()
    assert event["resource"] == "audit entry 3"
    assert '"AuditVerificationFailed":' in capsys.readouterr().out


def test_one_tenants_trouble_keeps_no_other_from_its_checkpoint(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.notaries |= {"broken": FakeNotary(BREAK), "slow": FakeNotary(RuntimeError()), "new": FakeNotary(None)}
    assert world.service.attest_all("svc:checkpoints", lambda: 300.0) == 3
    assert '"AuditCheckpointFailed":' in capsys.readouterr().out
    assert len(world.events) == 1


def test_a_function_stops_while_it_has_time(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.service.attest_all("svc:checkpoints", lambda: 5.0) == 0
    assert "AuditCheckpointsCutShort" in capsys.readouterr().out


def test_checkpoints_are_listed_page_by_page(world: World) -> None:
    first = world.service.list(WHO, limit=2, cursor=None)
    assert [item.count for item in first.items] == [2, 4]
    rest = world.service.list(WHO, limit=2, cursor=first.next_cursor)
    assert ([item.count for item in rest.items], rest.next_cursor) == ([9], None)
    assert world.service.public_keys().items[0].key_id == "k1"


def test_a_check_says_what_holds_and_that_somebody_looked(world: World) -> None:
    reply = world.service.check(WHO, repair_head=False)
    assert (reply.holds, reply.entries, reply.covered, reply.repaired) == (True, 9, 9, False)
    assert [one.run_id for one in reply.unjoined] == ["run_1"]
    assert [event["type"] for event in world.events] == ["operator.access"]
    assert world.notaries["acme"].entries == []


def test_a_check_that_fails_says_where_and_how(world: World) -> None:
    world.notaries["acme"].checked = BREAK
    reply = world.service.check(WHO, repair_head=False)
    assert (reply.holds, reply.entry, reply.kind, reply.why) == (False, 3, "altered", "it is another")
    assert [event["type"] for event in world.events] == ["operator.access", "audit.verification_failed"]


def test_a_repair_is_entered_and_told(world: World) -> None:
    world.notaries["acme"].moved = (Head(3, "x"), Head(9, "h"))
    assert world.service.check(WHO, repair_head=True).repaired
    assert world.notaries["acme"].entries == ["audit.head_repaired"]
    for nothing in (None, BREAK):
        world.notaries["acme"].moved = nothing
        assert not world.service.check(WHO, repair_head=True).repaired
    assert len(world.notaries["acme"].entries) == 1


def test_a_tenant_that_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.service.check(TenantContext(TenantId("nobody"), "usr:1:ops"), repair_head=True)
    assert world.events == []
