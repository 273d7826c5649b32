import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import Answer, client, event, person
from tests.functional.run_platform import runs_on_moto
from tests.stores import HandClock

SETTINGS = {
    "SCHEDULE_GROUP": "ambit-test-runs",
    "SCHEDULE_QUEUE_URL": "https://sqs.test/schedules",
    "SCHEDULE_QUEUE_ARN": "arn:aws:sqs:us-east-1:1:ambit-test-schedules",
    "SCHEDULE_ROLE_ARN": "arn:aws:iam::1:role/teller",
    "SCHEDULE_LETTERS_ARN": "arn:aws:sqs:us-east-1:1:ambit-test-schedules-dead-letters",
}
GOOD = {"name": "nightly", "agent": "echo-async", "input": "work", "expression": "rate(1 hour)"}


@dataclass
class Scheduler:
    """EventBridge Scheduler and the queue that it tells times to: what is kept, and what was sent."""

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: list[tuple[dict[str, Any], int]] = field(default_factory=list)

    def update_schedule(self, **request: Any) -> None:
        if request["Name"] not in self.kept:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "m"}}, "UpdateSchedule")
        self.kept[request["Name"]] = request

    def create_schedule(self, **request: Any) -> None:
        self.kept[request["Name"]] = request

    def delete_schedule(self, **request: Any) -> None:
        if self.kept.pop(request["Name"], None) is None:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "m"}}, "DeleteSchedule")

    def send_message(self, **request: Any) -> None:
        self.sent.append((json.loads(request["MessageBody"]), request.get("DelaySeconds", 0)))


@dataclass
class World:
    """Both functions of schedules on one platform, with one hand clock."""

    scheduler: Scheduler
    clock: HandClock
    runtime: FakeRuntime
    serve: Any
    fire_: Any

    def ask(self, route: str, who: Mapping[str, str] | None = None, **parts: Any) -> Answer:
        return Answer.of(self.serve(event(route, authorizer=who or person("acme"), **parts), None))

    def make(self, who: Mapping[str, str] | None = None, **changes: Any) -> Answer:
        return self.ask("POST /v1/schedules", who, body={**GOOD, **changes})

    def made(self, who: Mapping[str, str] | None = None, **changes: Any) -> str:
        answer = self.make(who, **changes)
        assert answer.status == 201, answer.json
        return str(answer.json["scheduleId"])

    def at(self, verb: str, schedule_id: str, who: Mapping[str, str] | None = None, **parts: Any) -> Answer:
        method, _, rest = verb.partition(" ")
        return self.ask(f"{method} /v1/schedules/{{id}}{rest}", who, path={"id": schedule_id}, **parts)

    def shown(self, schedule_id: str) -> Any:
        return self.at("GET", schedule_id, person("acme", "Tenant.Viewer", "eve")).json

    def fire(self, schedule_id: str, at: str, tenant: str = "acme", **more: Any) -> bool:
        """One message of the queue; whether it is done with."""
        body = {"tenantId": tenant, "scheduleId": schedule_id, "scheduledFor": at, **more}
        return self.deliver(json.dumps(body)) == []

    def deliver(self, *bodies: str) -> list[str]:
        """One batch; the messages that are to come again."""
        records = [{"messageId": f"m-{number}", "body": body} for number, body in enumerate(bodies)]
        return [one["itemIdentifier"] for one in self.fire_({"Records": records}, None)["batchItemFailures"]]

    def history(self, schedule_id: str) -> list[tuple[str, str]]:
        return [(one["at"], one["result"]) for one in self.shown(schedule_id)["history"]]

    def results(self, schedule_id: str) -> list[str]:
        return [result for _, result in self.history(schedule_id)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from lambdas.bridge import fired_handler
    from lambdas.schedules import handler
    from run_lifecycle import assembly

    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    with runs_on_moto(monkeypatch) as runtime:
        scheduler, clock = Scheduler(), HandClock()
        from datetime import UTC, datetime

        clock.moment = datetime.now(UTC).replace(microsecond=0)
        real, get = handler._client.__wrapped__, assembly.Clients.get
        doubles = {"scheduler": scheduler, "sqs": scheduler}
        monkeypatch.setattr(handler, "_client", lambda name: doubles.get(name) or real(name))
        monkeypatch.setattr(
            assembly.Clients, "get", lambda self, name, config=None: doubles.get(name) or get(self, name, config)
        )
        monkeypatch.setattr(handler, "SystemClock", lambda: clock)
        monkeypatch.setattr(assembly, "SystemClock", lambda: clock)
        for built in (handler.build, fired_handler.build):
            built.cache_clear()
        role = "arn:aws:iam::123456789012:role/run"
        definition = '{"StartAt": "S", "States": {}}'
        client("stepfunctions").create_state_machine(name="ambit-test-run", definition=definition, roleArn=role)
        yield World(scheduler, clock, runtime, handler.handle, fired_handler.handle)
        for built in (handler.build, fired_handler.build):
            built.cache_clear()
