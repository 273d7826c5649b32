"""The function `failover`, whole, on moto, with stand-ins for the runtimes of two regions; and what runs make of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.errors import LeaseLost
from data_access_lib.repositories.locks import Locks
from governance.runtime_regions import Health, Route
from lambdas.bridge import handler as bridge
from lambdas.failover import handler
from lambdas.failover.switching import LOCK, Wish
from platform_kit.clock import SystemClock, milliseconds
from tests.functional.fake_runtime import FakeRuntime, running_runtime
from tests.functional.moto_platform import Answer, client, event, operator, person, table
from tests.functional.run_platform import release, runs_on_moto, stored_run
from tests.stores import HandClock, SeenSignals

EAST, WEST = "us-east-1", "us-west-2"
GET: Final = "GET /v1/platform/failover"
POST: Final = "POST /v1/platform/failover"
INVOKE: Final = "POST /v1/agents/{agent}/invoke"
ARN: Final = "arn:aws:bedrock-agentcore:{}:123456789012:runtime/{}-0123456789"
MINUTE: Final = {"step": "failover"}


@dataclass
class World:
    """Two regions."""

    east: FakeRuntime
    west: FakeRuntime

    def ask(self, route: str, who: Any = None, **parts: Any) -> Answer:
        return Answer.of(handler.handle(event(route, authorizer=who or operator(), **parts), None))

    def switch(self, target: str = WEST, etag: str = '"0"', **parts: Any) -> Answer:
        body = {"target": target, "reason": "a drill", **parts.pop("body", {})}
        headers = {"if-match": etag, **parts.pop("headers", {})}
        return self.ask(POST, body=body, headers=headers, **parts)

    def invoke(self, tenant: str = "acme", agent: str = "echo-agent", **body: Any) -> Answer:
        bridge.build.cache_clear()  # a process that has not read the route before
        wanted = {"input": "hello", **body}
        return Answer.of(
            bridge.handle(event(INVOKE, path={"agent": agent}, authorizer=person(tenant), body=wanted), None)
        )

    def outage(self, *, seconds: int = 60) -> None:
        """What processes have noted that found home gone."""
        now = milliseconds(SystemClock().now())
        health = Health()
        for number in range(10):
            health = health.failed(now - seconds * 1000 + number * seconds * 100)
        table("ops").put_item(
            Item={"pk": "TENANT#platform#RUNTIMEHEALTH", "sk": EAST, "region": EAST, "version": 1, **health.fields()}
        )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with running_runtime() as west:
        settings = {
            "STANDBY_REGION": WEST,
            "STANDBY_RUNTIME_URL": west.url,
            "PROBE_RUNTIME": ARN.format("{region}", "ambit_test_probe"),
            "RUNTIME_FAILING_SECONDS": "30",
            "RUNTIME_STABLE_SECONDS": "600",
        }
        with runs_on_moto(monkeypatch, **settings) as east:
            for cached in (handler.build, handler._dynamodb, handler._runtime, bridge.build):
                cached.cache_clear()
            release("echo-agent", standbyRuntimeArn=ARN.format(WEST, "echo-agent"))
            agree("acme", WEST)
            yield World(east, west)
            bridge.build.cache_clear()


def agree(tenant: str, *regions: str) -> None:
    table("control").update_item(
        Key={"pk": "TENANT#platform#TENANT", "sk": tenant},
        UpdateExpression="SET runtimeRegions = :r",
        ExpressionAttributeValues={":r": list(regions)},
    )


def audited() -> list[str]:
    """Details of the platform's audit entries, in order."""
    items = [item for item in table("ops").scan()["Items"] if item["pk"] == "TENANT#platform#AUDITDETAIL"]
    return [str(item["detail"]) for item in sorted(items, key=lambda item: item["sk"])]


class TestByHand:
    def test_while_nobody_ever_switched_agents_run_at_home(self, world: World) -> None:
        found = world.ask(GET)

        assert (found.status, found.headers["etag"]) == (200, '"0"')
        assert {name: found.json[name] for name in ("active", "home", "standby", "held", "token")} == {
            "active": EAST,
            "home": EAST,
            "standby": WEST,
            "held": False,
            "token": 0,
        }
        assert [region["name"] for region in found.json["regions"]] == [EAST, WEST]

    def test_a_switch_is_held_away_from_home_and_entered_in_the_audit_log(self, world: World) -> None:
        made = world.switch()

        assert (made.status, made.headers["etag"]) == (200, '"1"')
        assert (made.json["active"], made.json["held"], made.json["token"]) == (WEST, True, 1)
        assert (made.json["reason"], made.json["switchedBy"]) == ("a drill", "usr:abcd1234:ops")
        assert [all(word in entry for word in ("a drill", EAST, WEST, "usr:abcd1234:ops")) for entry in audited()] == [
            True
        ]

    def test_and_back_again_with_a_higher_token(self, world: World) -> None:
        world.switch()
        back = world.switch(EAST, '"1"')

        assert (back.json["active"], back.json["held"], back.json["token"]) == (EAST, False, 2)
        assert len(audited()) == 2

    def test_home_can_be_held_too(self, world: World) -> None:
        assert world.switch(EAST, body={"hold": True}).json["held"] is True

    def test_a_switch_from_what_was_switched_since_is_refused(self, world: World) -> None:
        world.switch()

        assert world.switch(EAST, '"0"').status == 412
        assert world.ask(POST, body={"target": WEST, "reason": "x"}).status == 428
        assert world.ask(GET).json["active"] == WEST

    def test_a_repeated_request_switches_once(self, world: World) -> None:
        first = world.switch(headers={"idempotency-key": "k1"})
        again = world.switch(headers={"idempotency-key": "k1"})

        assert (again.status, again.headers["idempotency-replayed"]) == (200, "true")
        assert again.json == first.json
        assert len(audited()) == 1

    def test_while_another_switches_nobody_else_does(self, world: World) -> None:
        locks().acquire(LOCK, "another", seconds=30)
        refused = world.switch()

        assert (refused.status, refused.headers["retry-after"]) == (409, "5")
        assert (world.ask(GET).json["active"], audited()) == (EAST, [])

    def test_there_is_nowhere_else_to_go(self, world: World) -> None:
        refused = world.switch("eu-west-1")

        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/target")

    @pytest.mark.parametrize("body", [{}, {"target": WEST}, {"target": WEST, "reason": " "}, {"reason": "x"}], ids=str)
    def test_who_switches_says_where_to_and_why(self, world: World, body: dict[str, str]) -> None:
        assert world.ask(POST, body=body, headers={"if-match": '"0"'}).status == 400

    @pytest.mark.parametrize("role", ["Tenant.Admin", "Tenant.Developer"])
    @pytest.mark.parametrize("route", [GET, POST])
    def test_tenants_neither_see_nor_switch(self, world: World, route: str, role: str) -> None:
        body = {"target": WEST, "reason": "x"} if route == POST else None

        assert world.ask(route, person("acme", role), body=body, headers={"if-match": '"0"'}).status == 403


def locks(clock: Any = None) -> Locks:
    door = PlatformServiceTable(client("dynamodb"), "ambit-test-ops", "failover", frozenset({"LOCK"}), SeenSignals())
    return Locks(door, clock)


class TestFencing:
    def test_a_holder_that_paused_beyond_its_time_writes_nothing(self, world: World) -> None:
        """It took the lock, fell asleep for a minute, and another switched: what it wakes up to write is refused."""
        desk = handler.build().watch.desk()
        asleep = HandClock(SystemClock().now() - timedelta(minutes=1))
        late = handler.build().watch.desk()
        late = type(late)(late.routes, late.health, Locks(late.locks._table, asleep), late.audit)
        lease = late.locks.acquire(LOCK, "asleep", seconds=30)
        desk.switch(Route(EAST), Wish(WEST, "awake", "b"), SystemClock())

        asleep.moment = SystemClock().now()
        with pytest.raises(LeaseLost):
            late.locks.renew(lease, seconds=30)
        found = table("ops").get_item(Key={"pk": "TENANT#platform#RUNTIMEROUTE", "sk": "META"})["Item"]
        assert (found["active"], found["token"], lease.token) == (WEST, 2, 1)

    def test_who_falls_asleep_in_the_middle_of_a_switch_is_refused_and_told(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk = handler.build().watch.desk()
        clock = HandClock(SystemClock().now())
        slow = type(desk)(desk.routes, desk.health, Locks(desk.locks._table, clock), desk.audit)
        acquire = slow.locks.acquire

        def then_sleep(name: str, holder: str, *, seconds: float) -> Any:
            lease = acquire(name, holder, seconds=seconds)
            clock.advance(seconds=31)
            return lease

        monkeypatch.setattr(slow.locks, "acquire", then_sleep)
        with pytest.raises(LeaseLost):
            slow.switch(Route(EAST), Wish(WEST, "slow", "a"), clock)

        assert (world.ask(GET).json["active"], audited()) == (EAST, [])


class TestByItself:
    def test_while_all_is_well_nothing_is_switched(self, world: World) -> None:
        assert handler.handle(MINUTE, None) == {"switched": []}
        assert (world.east.stopped, world.west.stopped) == ([], [])

    def test_a_region_that_fails_for_long_is_left_when_the_other_answers(self, world: World) -> None:
        world.outage()

        assert handler.handle(MINUTE, None) == {"switched": [WEST]}
        found = world.ask(GET).json
        assert (found["active"], found["held"], found["failovers"]) == (WEST, False, 1)
        assert found["switchedBy"] == "svc:failover"
        assert len(world.west.stopped) == 1
        assert '"automatic":true' in audited()[0]

    def test_a_short_outage_moves_nothing(self, world: World) -> None:
        world.outage(seconds=20)

        assert handler.handle(MINUTE, None) == {"switched": []}

    def test_nothing_goes_to_a_region_that_is_gone_too(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STANDBY_RUNTIME_URL", "http://127.0.0.1:1")
        handler.build.cache_clear()
        world.outage()

        assert handler.handle(MINUTE, None) == {"switched": []}
        assert world.ask(GET).json["active"] == EAST

    def test_away_from_home_it_looks_whether_home_is_there_again(self, world: World) -> None:
        world.switch(body={"hold": False})
        handler.handle(MINUTE, None)

        regions = {region["name"]: region for region in world.ask(GET).json["regions"]}
        assert regions[EAST]["wellSince"] == regions[EAST]["lookedAt"]
        assert len(world.east.stopped) == 1

    def test_it_goes_home_when_home_has_answered_for_long(self, world: World) -> None:
        world.switch(body={"hold": False})
        handler.handle(MINUTE, None)
        since = milliseconds(SystemClock().now()) - 700_000
        table("ops").update_item(
            Key={"pk": "TENANT#platform#RUNTIMEHEALTH", "sk": EAST},
            UpdateExpression="SET well = :w",
            ExpressionAttributeValues={":w": since},
        )

        assert handler.handle(MINUTE, None) == {"switched": [EAST]}

    def test_what_an_operator_holds_is_left_alone(self, world: World) -> None:
        world.switch(EAST, body={"hold": True})
        world.outage()

        assert handler.handle(MINUTE, None) == {"switched": []}

    def test_with_one_region_nothing_is_looked_at(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STANDBY_REGION", "")
        handler.build.cache_clear()
        world.outage()

        assert handler.handle(MINUTE, None) == {"switched": []}


class TestRuns:
    def test_runs_go_where_agents_run(self, world: World) -> None:
        assert world.invoke().status == 200
        world.switch()
        there = world.invoke()

        assert (len(world.east.calls), len(world.west.calls)) == (1, 1)
        assert WEST in stored_run("acme", there.json["runId"])["runtimeArn"]

    def test_a_tenant_whose_residency_excludes_the_region_is_refused_and_nothing_of_its_goes_there(
        self, world: World
    ) -> None:
        world.switch()
        refused = world.invoke("globex")

        assert (refused.status, refused.json["code"]) == (503, "RESIDENCY_EXCLUDES_REGION")
        assert refused.headers["retry-after"] == "60"
        assert (world.east.calls, world.west.calls) == ([], [])
        assert [item for item in table("runs").scan()["Items"] if "globex" in item["pk"]] == []

    def test_an_agent_without_a_runtime_there_is_refused(self, world: World) -> None:
        world.switch()

        assert world.invoke(agent="echo-stream").json["code"] == "RUNTIME_NOT_IN_REGION"

    def test_a_process_that_finds_home_gone_notes_it_and_the_run_ends(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", "http://127.0.0.1:1")
        answer = world.invoke()

        noted = table("ops").get_item(Key={"pk": "TENANT#platform#RUNTIMEHEALTH", "sk": EAST})["Item"]
        assert (answer.status, noted["failures"]) == (503, 1)
        assert [item["status"] for item in table("runs").scan()["Items"] if "versionId" in item] == ["failed"]
