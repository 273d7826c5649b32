"""Schedules through both of their functions, whole, on moto: made, told, run as who made them, stopped with them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from data_access_lib.repositories.schedules import Schedules
from lambdas.bridge.service import BridgeService
from platform_kit.clock import parse_rfc3339, rfc3339
from platform_kit.ids import new_id
from tests.functional.moto_platform import machine, person, table
from tests.functional.schedules.conftest import GOOD, World

ADMIN = person("acme", "Tenant.Admin", "root")
OTHER = person("acme", "Tenant.Developer", "other")
GLOBEX = person("globex")


def now(world: World, **span: float) -> str:
    return rfc3339(world.clock.now() + timedelta(**span))


def runs(tenant: str = "acme") -> list[dict[str, Any]]:
    found = table("runs").scan()["Items"]
    return [one for one in found if one["pk"].startswith(f"TENANT#{tenant}#RUN#") and one["sk"] == "META"]


def end(status: str = "succeeded") -> None:
    for run in runs():
        table("runs").put_item(Item={**run, "status": status})


def test_a_schedule_is_kept_by_scheduler_without_what_its_agent_is_sent(world: World) -> None:
    schedule_id = world.made(expression="cron(0 9 ? * MON-FRI *)", timeZone="Europe/Berlin", jitterMinutes=5)
    kept = world.scheduler.kept[schedule_id]
    assert (kept["ScheduleExpression"], kept["ScheduleExpressionTimezone"]) == (
        "cron(0 9 ? * MON-FRI *)",
        "Europe/Berlin",
    )
    assert kept["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    assert json.loads(kept["Target"]["Input"]) == {
        "tenantId": "acme",
        "scheduleId": schedule_id,
        "scheduledFor": "<aws.scheduler.scheduled-time>",
    }
    assert "work" not in str(kept)
    assert len(world.shown(schedule_id)["nextRuns"]) == 3


def test_a_time_begins_a_job_as_who_made_the_schedule(world: World) -> None:
    schedule_id = world.made()
    assert world.fire(schedule_id, now(world))
    (run,) = runs()
    assert (run["agent"], run["principalId"], run["mode"]) == ("echo-async", person("acme")["principalId"], "async")
    assert world.results(schedule_id) == ["started"]
    assert world.shown(schedule_id)["last"]["runId"] == run["runId"]


@pytest.mark.chaos("duplicates")
def test_a_hundred_copies_of_a_time_begin_one_run(world: World) -> None:
    schedule_id, at = world.made(), now(world)
    for _ in range(100):
        assert world.fire(schedule_id, at)
    assert len(runs()) == 1
    assert world.results(schedule_id) == ["started"]


@pytest.mark.chaos("duplicates")
def test_times_out_of_order_each_have_one_result(world: World) -> None:
    schedule_id = world.made()
    times = [now(world, minutes=by) for by in (0, -5, -2)]
    for at in times * 3:
        world.fire(schedule_id, at)
        end()
    assert sorted(world.history(schedule_id)) == sorted((at, "started") for at in times)
    assert len(runs()) == 3


@pytest.mark.chaos("poison")
def test_a_message_that_means_nothing_takes_no_other_of_its_batch_with_it(world: World) -> None:
    schedule_id = world.made()
    good = json.dumps({"tenantId": "acme", "scheduleId": schedule_id, "scheduledFor": now(world)})
    bad = json.dumps({"tenantId": "acme", "scheduleId": schedule_id, "scheduledFor": "yesterday"})
    foreign = json.dumps({"tenantId": "a#b", "scheduleId": schedule_id, "scheduledFor": now(world)})
    assert world.deliver("{", bad, foreign, good) == ["m-0", "m-1", "m-2"]
    assert len(runs()) == 1


@pytest.mark.chaos("clock-skew")
@pytest.mark.parametrize(
    ("skew", "result"), [(10, "started"), (-10, "started"), (-14, "started"), (-40, "missed"), (14, "started")]
)
def test_clocks_may_differ_by_ten_minutes(skew: float, result: str, world: World) -> None:
    schedule_id = world.made()
    world.fire(schedule_id, now(world, minutes=skew))
    assert world.results(schedule_id) == [result]


def test_a_time_far_ahead_waits(world: World) -> None:
    schedule_id = world.made()
    world.fire(schedule_id, now(world, hours=2))
    assert (world.results(schedule_id), runs()) == ([], [])
    assert world.scheduler.sent[-1][1] == 60


def test_with_run_once_the_latest_of_missed_times_is_made_up_for(world: World) -> None:
    schedule_id = world.made(catchUp="run_once")
    world.clock.advance(hours=3, minutes=30)
    for hours in (1, 2, 3):
        world.fire(schedule_id, now(world, hours=hours - 3, minutes=-30))
    assert [result for _, result in sorted(world.history(schedule_id))] == ["missed", "missed", "started"]


def test_while_a_run_goes_on_a_time_is_skipped(world: World) -> None:
    schedule_id = world.made()
    world.fire(schedule_id, now(world, minutes=-5))
    world.fire(schedule_id, now(world))
    assert world.results(schedule_id) == ["skipped", "started"]
    end()
    world.fire(schedule_id, now(world, minutes=5))
    assert world.results(schedule_id)[0] == "started"


def test_while_a_run_goes_on_a_time_waits_in_line(world: World) -> None:
    schedule_id = world.made(overlap="queue")
    world.fire(schedule_id, now(world, minutes=-5))
    at = now(world)
    assert world.fire(schedule_id, at)
    assert world.results(schedule_id) == ["started"]
    told, delay = world.scheduler.sent[-1]
    assert (told["scheduledFor"], delay) == (at, 60)
    end()
    world.deliver(json.dumps(told))
    assert world.results(schedule_id) == ["started", "started"]


@pytest.mark.parametrize(("overlap", "then"), [("queue", []), ("skip", ["skipped"]), ("cancel_previous", ["started"])])
def test_of_two_times_at_the_same_moment_the_second_sees_the_first(
    overlap: str, then: list[str], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule_id = world.made(overlap=overlap)
    first, second = now(world), now(world, seconds=1)
    begin, meanwhile = BridgeService.invoke, []

    def slowly(self: BridgeService, ask: Any) -> Any:
        if not meanwhile:
            meanwhile.append(world.fire(schedule_id, second))
        return begin(self, ask)

    monkeypatch.setattr(BridgeService, "invoke", slowly)
    assert world.fire(schedule_id, first)
    assert meanwhile == [False]
    assert world.results(schedule_id) == ["started"]
    world.fire(schedule_id, second)
    assert world.results(schedule_id) == [*then, "started"]
    assert sum(run["status"] == "queued" for run in runs()) == 1


def test_a_time_that_waited_for_its_turn_sees_what_came_of_the_one_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule_id = world.made(overlap="skip")
    first, second = now(world), now(world, seconds=1)
    take, before = Schedules.take_turn, []

    def after_another(self: Schedules, *asked: Any) -> bool:
        if not before:
            before.append(first)
            assert world.fire(schedule_id, first)
        return take(self, *asked)

    monkeypatch.setattr(Schedules, "take_turn", after_another)
    assert world.fire(schedule_id, second)
    assert world.results(schedule_id) == ["skipped", "started"]


def test_a_turn_that_nobody_ended_is_over_after_two_minutes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule_id = world.made()

    def dies(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(BridgeService, "invoke", dies)
        patch.setattr(Schedules, "leave_turn", dies)
        with pytest.raises(KeyboardInterrupt):
            world.fire(schedule_id, now(world))
    other = now(world, minutes=1)
    assert not world.fire(schedule_id, other)
    world.clock.advance(minutes=2, seconds=1)
    assert world.fire(schedule_id, other)
    assert world.results(schedule_id)[0] == "started"


def test_a_time_waits_for_a_day_at_most(world: World) -> None:
    schedule_id = world.made(overlap="queue")
    at = now(world)
    world.fire(schedule_id, now(world, minutes=-5))
    world.clock.advance(hours=24, minutes=10)
    world.fire(schedule_id, at)
    assert world.results(schedule_id)[0] == "skipped"


def test_the_run_before_is_cancelled_when_so_wanted(world: World) -> None:
    schedule_id = world.made(overlap="cancel_previous")
    world.fire(schedule_id, now(world, minutes=-5))
    world.fire(schedule_id, now(world))
    assert world.results(schedule_id) == ["started", "started"]
    assert sorted(run["status"] for run in runs()) == ["cancelled", "queued"]


def test_a_paused_schedule_runs_nothing_until_it_is_resumed(world: World) -> None:
    schedule_id = world.made()
    assert world.at("POST /pause", schedule_id).json["status"] == "paused"
    assert world.scheduler.kept[schedule_id]["State"] == "DISABLED"
    world.fire(schedule_id, now(world))
    assert (world.results(schedule_id), world.shown(schedule_id)["nextRuns"]) == (["skipped"], [])
    assert world.at("POST /run", schedule_id).status == 409
    assert world.at("POST /resume", schedule_id).json["status"] == "active"
    assert world.scheduler.kept[schedule_id]["State"] == "ENABLED"


@pytest.mark.parametrize(("catch_up", "told"), [("run_once", 1), ("skip", 0)])
def test_a_resumption_makes_up_for_the_latest_time_missed(catch_up: str, told: int, world: World) -> None:
    schedule_id = world.made(catchUp=catch_up)
    world.at("POST /pause", schedule_id)
    world.clock.advance(hours=5, minutes=1)
    world.at("POST /resume", schedule_id)
    assert len(world.scheduler.sent) == told
    for message, _ in world.scheduler.sent:
        world.deliver(json.dumps(message))
        assert world.results(schedule_id) == ["started"]


def test_it_runs_out_of_turn_when_asked(world: World) -> None:
    schedule_id = world.made(expression="at(2040-01-01T00:00:00)")
    answer = world.at("POST /run", schedule_id)
    assert answer.status == 202
    world.deliver(json.dumps(world.scheduler.sent[-1][0]))
    assert world.history(schedule_id) == [(answer.json["at"], "started")]


class TestWhoMadeIt:
    def member(self, status: str = "active", *roles: str) -> None:
        place = {"pk": f"TENANT#acme#MEMBER#{person('acme')['principalId']}", "sk": "META"}
        record = {"userId": new_id("usr"), "roles": list(roles or ("Tenant.Developer",)), "status": status}
        table("control").put_item(Item={**self.place(), **record} if self.place() else {**place, **record})

    def place(self) -> dict[str, str]:
        from data_access_lib import keys
        from data_access_lib.tenant import TenantId

        return dict(keys.member_key(TenantId("acme"), person("acme")["principalId"])._asdict())

    def test_a_member_that_was_removed_runs_nothing_and_the_schedule_says_why(self, world: World) -> None:
        self.member()
        schedule_id = world.made()
        table("control").delete_item(Key=self.place())
        world.fire(schedule_id, now(world))
        shown = world.shown(schedule_id)
        assert (shown["status"], shown["history"][0]["result"]) == ("stopped", "stopped")
        assert shown["stoppedBecause"] == "Who made the schedule is no member any more."
        assert runs() == []

    def test_a_member_that_was_disabled_runs_nothing(self, world: World) -> None:
        self.member()
        schedule_id = world.made()
        self.member("disabled")
        world.fire(schedule_id, now(world))
        assert "disabled" in world.shown(schedule_id)["stoppedBecause"]
        assert runs() == []

    def test_roles_of_a_token_are_believed_for_thirty_days(self, world: World) -> None:
        schedule_id = world.made()
        world.clock.advance(days=29)
        world.fire(schedule_id, now(world))
        end()
        world.clock.advance(days=2)
        world.fire(schedule_id, now(world))
        assert world.results(schedule_id) == ["stopped", "started"]
        assert world.at("POST /resume", schedule_id).status == 200
        world.fire(schedule_id, now(world, minutes=1))
        assert world.results(schedule_id)[0] == "started"

    def test_a_member_by_record_who_is_a_viewer_now_runs_nothing_at_once(self, world: World) -> None:
        self.member()
        schedule_id = world.made()
        self.member("active", "Tenant.Viewer")
        world.fire(schedule_id, now(world))
        assert "may not run agents" in world.shown(schedule_id)["stoppedBecause"]
        assert runs() == []

    def test_a_role_of_the_token_alone_is_believed_beside_a_record(self, world: World) -> None:
        self.member("active", "Tenant.Viewer")
        schedule_id = world.made(person("acme", "Tenant.Developer Tenant.Viewer", "dev"))
        world.fire(schedule_id, now(world))
        assert world.results(schedule_id) == ["started"]

    def test_a_key_that_ended_runs_nothing(self, world: World) -> None:
        key = machine("acme", "schedules:write", "schedules:read", "agents:invoke")
        schedule_id = world.made(key)
        world.fire(schedule_id, now(world))
        assert world.shown(schedule_id)["stoppedBecause"] == "The API key that made the schedule has ended."
        assert runs() == []

    def test_a_role_of_aws_makes_none(self, world: World) -> None:
        caller = machine("acme", "schedules:write") | {"credential": "aws"}
        assert world.make(caller).status == 403


def test_a_suspended_tenant_runs_nothing_and_goes_on_when_it_is_reinstated(world: World) -> None:
    schedule_id = world.made()
    key = {"pk": "TENANT#platform#TENANT", "sk": "acme"}
    record = table("control").get_item(Key=key)["Item"]
    table("control").put_item(Item={**record, "status": "suspended"})
    world.fire(schedule_id, now(world))
    table("control").put_item(Item=record)
    world.fire(schedule_id, now(world, minutes=1))
    assert world.results(schedule_id) == ["started", "skipped"]


@pytest.mark.parametrize("gone", ["schedule", "tenant"])
def test_what_is_gone_is_forgotten_by_scheduler_too(gone: str, world: World) -> None:
    schedule_id = world.made()
    if gone == "schedule":
        table("control").delete_item(Key={"pk": "TENANT#acme#SCHEDULE", "sk": schedule_id})
    else:
        record = table("control").get_item(Key={"pk": "TENANT#platform#TENANT", "sk": "acme"})["Item"]
        table("control").put_item(Item={**record, "status": "deleted"})
    assert world.fire(schedule_id, now(world))
    assert (world.scheduler.kept, runs()) == ({}, [])
    assert world.fire(schedule_id, now(world))


def test_a_message_of_one_tenant_cannot_tell_anothers_time(world: World) -> None:
    schedule_id = world.made()
    world.fire(schedule_id, now(world), tenant="globex")
    assert (runs(), runs("globex"), world.results(schedule_id)) == ([], [], [])


def test_what_cannot_begin_is_refused_and_says_why(world: World) -> None:
    schedule_id = world.made(agent="no-such-agent")
    world.fire(schedule_id, now(world))
    (one,) = world.shown(schedule_id)["history"]
    assert (one["result"], one["detail"].partition(":")[0]) == ("refused", "NOT_FOUND")


def test_another_tenant_sees_nothing_and_changes_nothing(world: World) -> None:
    schedule_id = world.made()
    assert world.ask("GET /v1/schedules", GLOBEX).json["items"] == []
    statuses = {
        world.at("GET", schedule_id, GLOBEX).status,
        world.at("GET /preview", schedule_id, GLOBEX).status,
        world.at("PATCH", schedule_id, GLOBEX, body={"name": "x"}, headers={"if-match": '"1"'}).status,
        world.at("DELETE", schedule_id, GLOBEX).status,
        *(world.at(f"POST /{verb}", schedule_id, GLOBEX).status for verb in ("pause", "resume", "run")),
    }
    assert statuses == {404}


def test_nobody_has_another_run_what_they_say(world: World) -> None:
    schedule_id = world.made()
    for who in (OTHER, ADMIN):
        body = {"input": "something else"}
        assert world.at("PATCH", schedule_id, who, body=body, headers={"if-match": '"1"'}).status == 403
        assert {world.at(f"POST /{verb}", schedule_id, who).status for verb in ("resume", "run")} == {403}
    assert world.at("POST /pause", schedule_id, OTHER).status == 403
    assert world.at("POST /pause", schedule_id, ADMIN).status == 200
    assert world.at("DELETE", schedule_id, ADMIN).status == 204
    assert world.scheduler.kept == {}


def test_a_change_wants_the_version_and_moves_the_times(world: World) -> None:
    schedule_id = world.made()
    changed = world.at("PATCH", schedule_id, body={"expression": "rate(2 hours)"}, headers={"if-match": '"1"'})
    assert (changed.status, changed.headers["etag"]) == (200, '"2"')
    assert world.scheduler.kept[schedule_id]["ScheduleExpression"] == "rate(2 hours)"
    again = world.at("PATCH", schedule_id, body={"name": "x"}, headers={"if-match": '"1"'})
    assert again.status == 412


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"expression": "every day"}, "/expression"),
        ({"expression": "at(2020-01-01T00:00:00)"}, "/expression"),
        ({"expression": "rate(1 minute)"}, "/expression"),
        ({"expression": "cron(0,1 9 * * ? *)"}, "/expression"),
        ({"timeZone": "Mars/Olympus"}, "/timeZone"),
    ],
)
def test_what_has_no_times_or_too_many_is_refused(change: dict[str, str], pointer: str, world: World) -> None:
    answer = world.make(**change)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)
    assert world.scheduler.kept == {}


def test_a_tier_has_so_many(world: World) -> None:
    who = person("acme", tier="basic")
    for _ in range(5):
        world.made(who)
    assert world.make(who).status == 409


def test_a_repeated_request_makes_one(world: World) -> None:
    parts: Any = {"body": {"name": "a", "agent": "echo-async", "input": "x", "expression": "rate(1 day)"}}
    answers = [world.ask("POST /v1/schedules", headers={"idempotency-key": "k"}, **parts) for _ in range(3)]
    assert len({answer.json["scheduleId"] for answer in answers}) == len(world.scheduler.kept) == 1


def test_the_next_times_are_told(world: World) -> None:
    schedule_id = world.made(expression="cron(0 9 * * ? *)", timeZone="Asia/Kolkata")
    times = world.at("GET /preview", schedule_id, query={"limit": "4"}).json["times"]
    assert [time[11:16] for time in times] == ["03:30"] * 4
    assert world.at("GET /preview", schedule_id, query={"limit": "51"}).status == 400


class TestAnEnd:
    ONCE = "at(2040-01-01T09:00:00)"
    TIME = "2040-01-01T09:00:00.000Z"

    def fired(self, world: World, **changes: Any) -> str:
        schedule_id = world.made(expression=self.ONCE, **changes)
        world.clock.moment = parse_rfc3339(self.TIME)
        table("control").update_item(
            Key={"pk": "TENANT#acme#SCHEDULE", "sk": schedule_id},
            UpdateExpression="SET vouched = :roles",
            ExpressionAttributeValues={":roles": json.dumps(self.roles())},
        )
        world.fire(schedule_id, self.TIME)
        return schedule_id

    def roles(self) -> dict[str, Any]:
        return {
            "credential": "jwt",
            "roles": ["Tenant.Developer"],
            "until": "2041-01-01T00:00:00.000Z",
            "member": False,
        }

    def test_one_whose_last_time_has_come_is_finished(self, world: World) -> None:
        schedule_id = self.fired(world)
        shown = world.shown(schedule_id)
        assert (shown["status"], shown["nextRuns"], world.results(schedule_id)) == ("finished", [], ["started"])
        assert world.scheduler.kept[schedule_id]["ActionAfterCompletion"] == "DELETE"

    def test_what_is_finished_is_neither_paused_nor_run_and_another_time_begins_it_anew(self, world: World) -> None:
        schedule_id = self.fired(world)
        del world.scheduler.kept[schedule_id]  # as Scheduler does after the last time
        assert {world.at(f"POST /{verb}", schedule_id).status for verb in ("pause", "run")} == {409}
        assert world.at("POST /resume", schedule_id).status == 422
        changed = world.at(
            "PATCH", schedule_id, body={"expression": "at(2041-01-01T00:00:00)"}, headers={"if-match": '"1"'}
        )
        assert (changed.status, changed.json["status"]) == (200, "active")
        assert world.scheduler.kept[schedule_id]["ClientToken"] == f"{schedule_id}-2"

    def test_a_time_that_is_not_its_last_finishes_nothing(self, world: World) -> None:
        once, often = world.made(expression=self.ONCE), world.made(expression="rate(1 hour)")
        for schedule_id in (once, often):
            world.fire(schedule_id, now(world))
            assert world.shown(schedule_id)["status"] == "active"

    def test_who_may_no_longer_run_it_is_told_so_and_not_that_it_ended(self, world: World) -> None:
        schedule_id = world.made(expression=self.ONCE)
        world.clock.moment = parse_rfc3339(self.TIME)
        world.fire(schedule_id, self.TIME)
        assert world.shown(schedule_id)["status"] == "stopped"


class TestSchedulerFails:
    def refuse(self, world: World, monkeypatch: pytest.MonkeyPatch, *verbs: str) -> None:
        def fail(**_: Any) -> None:
            raise ClientError({"Error": {"Code": "InternalServerException", "Message": "m"}}, "x")

        for verb in verbs:
            monkeypatch.setattr(world.scheduler, verb, fail)

    def test_what_scheduler_did_not_take_is_not_there_and_is_made_when_asked_again(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            self.refuse(world, patch, "create_schedule")
            parts: Any = {"headers": {"idempotency-key": "k"}, "body": GOOD}
            assert world.ask("POST /v1/schedules", **parts).status == 503
            assert world.ask("GET /v1/schedules").json["items"] == []
        assert world.ask("POST /v1/schedules", **parts).status == 201
        (one,) = world.ask("GET /v1/schedules").json["items"]
        assert list(world.scheduler.kept) == [one["scheduleId"]]

    def test_one_that_could_not_be_taken_back_is_made_good_by_resuming_it(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from data_access_lib.repositories.schedules import Schedules

        def lost(*_: object) -> None:
            raise ConnectionError("the table is gone too")

        with monkeypatch.context() as patch:
            self.refuse(world, patch, "create_schedule")
            patch.setattr(Schedules, "remove_in", lost)
            assert world.make().status == 503
        (left,) = world.ask("GET /v1/schedules").json["items"]
        assert world.at("POST /resume", left["scheduleId"]).status == 200
        assert world.scheduler.kept[left["scheduleId"]]["State"] == "ENABLED"


def test_times_are_told_before_there_is_a_schedule(world: World) -> None:
    wanted = {"expression": "cron(0 9 * * ? *)", "timeZone": "Asia/Kolkata", "limit": 4}
    answer = world.ask("POST /v1/schedules/preview", body=wanted)
    assert (answer.status, [time[11:16] for time in answer.json["times"]]) == (200, ["03:30"] * 4)
    once = world.ask("POST /v1/schedules/preview", body={"expression": "at(2040-01-01T00:00:00)"})
    assert once.json["times"] == ["2040-01-01T00:00:00.000Z"]
    assert world.scheduler.kept == {}


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"expression": "every day"}, 422, "/expression"),
        ({"expression": "rate(1 minute)"}, 422, "/expression"),
        ({"timeZone": "Mars/Olympus"}, 422, "/timeZone"),
        ({"limit": 51}, 400, "/limit"),
    ],
)
def test_what_has_no_times_says_so_beforehand(change: dict[str, Any], status: int, pointer: str, world: World) -> None:
    answer = world.ask("POST /v1/schedules/preview", body={"expression": "rate(1 hour)", **change})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (status, pointer)
