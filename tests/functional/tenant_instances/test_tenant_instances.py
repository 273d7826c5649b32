"""Operators and the instances of tenants: what they hold back, what ends of it, and that they see none of it."""

from collections.abc import Mapping
from typing import Any, Final

import boto3
import pytest

from tests.functional.incidents.conftest import (
    ADMIN,
    OPERATOR,
    VIEWER,
    World,
    gateway_world,
    reside,
    runtime,
    use,
    world,
)
from tests.functional.moto_platform import REGION, Answer, event, table
from tests.version_records import version_item

__all__ = ["gateway_world", "runtime", "world"]

LIST: Final = "GET /v1/tenants/{id}/instances"
BULK: Final = "POST /v1/tenants/{id}/instances/bulk"
CANARY: Final = "POST /v1/tenants/{id}/instances/{agent}/canary"
QUARANTINE: Final = {"agents": ["echo-agent"], "status": "quarantined", "reason": "exfiltration"}


class Office:
    """Operators' routes, with a queue between them and who may end runs."""

    def __init__(self, world: World, queue_url: str) -> None:
        self.world = world
        self.queue_url = queue_url

    def ask(self, route: str, tenant: str = "acme", who: Mapping[str, str] = OPERATOR, **parts: Any) -> Answer:
        from lambdas.tenant_instances import handler

        path = {"id": tenant, **parts.pop("path", {})}
        return Answer.of(handler.handle(event(route, authorizer=who, path=path, **parts), None))

    def deliver(self) -> int:
        """Take what lies in the queue: how many runs were ended."""
        sqs = boto3.client("sqs", region_name=REGION)
        found = sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages", [])
        ended = sum(int(self.world.take(one["Body"])["ended"]) for one in found)
        for one in found:
            sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=one["ReceiptHandle"])
        return ended

    def state(self, run: Mapping[str, Any]) -> str:
        return str(self.world.gateway.record(dict(run))["status"])


@pytest.fixture
def office(world: World, monkeypatch: pytest.MonkeyPatch) -> Office:
    from lambdas.tenant_instances import handler

    url = boto3.client("sqs", region_name=REGION).create_queue(QueueName="quarantines")["QueueUrl"]
    monkeypatch.setenv("QUARANTINE_QUEUE_URL", url)
    handler.build.cache_clear()
    handler._client.cache_clear()
    use()
    return Office(world, url)


def test_an_operator_quarantines_in_a_tenants_place_and_what_runs_ends(office: Office) -> None:
    run, others = office.world.going(), office.world.gateway.start("globex")
    answer = office.ask(BULK, body=QUARANTINE)
    assert (answer.status, answer.json["items"]) == (
        200,
        [{"agent": "echo-agent", "done": True, "status": "quarantined"}],
    )
    assert office.state(run) == "running"
    assert office.deliver() == 1
    assert [office.state(one) for one in (run, others)] == ["cancelled", "running"]
    [shown] = [item for item in office.ask(LIST).json["items"] if item["agent"] == "echo-agent"]
    assert (shown["status"], shown["by"], shown["reason"]) == (
        *("quarantined", OPERATOR["principalId"]),
        "exfiltration",
    )


def test_what_an_operator_changes_is_in_the_tenants_log_and_that_it_was_there_in_the_platforms(office: Office) -> None:
    office.ask(LIST)
    office.ask(BULK, body={**QUARANTINE, "status": "paused"})
    assert office.world.chain() == [("agent.paused", "echo-agent")]
    events = [item for item in table("ops").scan()["Items"] if item.get("type") == "operator.access"]
    assert [event["target"] for event in events] == ["acme", "acme"]


def test_nothing_but_quarantine_ends_what_runs(office: Office) -> None:
    run = office.world.going()
    for status in ("read_only", "draining", "paused", "active"):
        assert office.ask(BULK, body={**QUARANTINE, "status": status}).json["done"] == 1
    assert (office.deliver(), office.state(run)) == (0, "running")


def test_asking_again_tells_again_what_may_have_been_lost(office: Office) -> None:
    run = office.world.going()
    office.ask(BULK, body=QUARANTINE)
    boto3.client("sqs", region_name=REGION).purge_queue(QueueUrl=office.queue_url)
    [item] = office.ask(BULK, body=QUARANTINE).json["items"]
    assert (item["done"], item["code"]) == (False, "CONFLICT")
    assert (office.deliver(), office.state(run)) == (1, "cancelled")


def test_a_quarantine_that_is_lifted_before_it_is_heard_of_ends_nothing(office: Office) -> None:
    run = office.world.going()
    office.ask(BULK, body=QUARANTINE)
    office.ask(BULK, body={**QUARANTINE, "status": "active"})
    assert (office.deliver(), office.state(run)) == (0, "running")


def test_where_nobody_can_be_told_the_caller_learns_of_it_and_the_agent_is_held(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import EndpointConnectionError

    from lambdas.tenant_instances import handler

    def unreachable(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://sqs")

    monkeypatch.setattr(handler._client("sqs"), "send_message", unreachable)
    [item] = office.ask(BULK, body=QUARANTINE).json["items"]
    assert (item["done"], item["code"]) == (False, "DEPENDENCY_UNAVAILABLE")
    assert office.world.hold()["state"] == "quarantined"


def test_of_several_each_is_done_or_told_why_not(office: Office) -> None:
    body = {"agents": ["echo-agent", "nobody", "agent-b", "echo-agent"], "status": "paused", "reason": "sweep"}
    answer = office.ask(BULK, body=body).json
    told = [(item["agent"], item["done"], item.get("code")) for item in answer["items"]]
    assert told == [("echo-agent", True, None), ("nobody", False, "NOT_FOUND"), ("agent-b", True, None)]
    assert (answer["done"], answer["failed"]) == (2, 1)


def test_a_tenants_instances_are_listed_a_page_at_a_time_and_a_page_is_of_one_tenant(office: Office) -> None:
    first = office.ask(LIST, query={"limit": "1"}).json
    rest = office.ask(LIST, query={"cursor": first["nextCursor"]}).json
    assert [item["agent"] for item in first["items"] + rest["items"]] == ["agent-b", "echo-agent"]
    assert office.ask(LIST, "globex", query={"cursor": first["nextCursor"]}).status == 400


def test_an_operator_acts_in_no_tenant_that_is_not_there_or_lives_elsewhere(office: Office) -> None:
    reside("globex", "eu-central-1")
    for tenant, status in (("nobody", 404), ("a#b", 404), ("platform", 404), ("globex", 403)):
        assert office.ask(LIST, tenant).status == status
        assert office.ask(BULK, tenant, body=QUARANTINE).status == status
    for who in (ADMIN, VIEWER):
        assert office.ask(LIST, who=who).status == 403
        assert office.ask(BULK, who=who, body=QUARANTINE).status == 403


def test_an_operator_sets_a_tenants_canary_and_the_tenant_can_see_who_did(office: Office) -> None:
    first, second = ("ver_" + digit * 32 for digit in "12")
    place = {"pk": "TENANT#platform#TEMPLATE", "sk": "echo-agent"}
    approved = {"approvedVersionId": first, "secondVersionId": second}
    table("control").put_item(Item={**place, "name": "echo-agent", "mode": "sync", "etag": 1, **approved})
    for version_id in (first, second):
        table("control").put_item(Item=version_item("echo-agent", version_id, status="approved"))

    def ask(
        percent: float, tenant: str = "acme", agent: str = "echo-agent", who: Mapping[str, str] = OPERATOR
    ) -> Answer:
        body = {"percent": percent, "reason": "a drill"}
        return office.ask(CANARY, tenant, who, path={"agent": agent}, body=body)

    assert (ask(5).json["status"], ask(7).json["percent"], ask(0).json["status"]) == ("on", 7, "ended")
    assert ask(0).status == 409
    assert ask(5, tenant="nobody").status == 404
    assert ask(5, agent="no-such").status == 404
    assert ask(5, who=ADMIN).status == 403
    assert [action for action, _ in office.world.chain()] == ["canary.started", "canary.changed", "canary.stopped"]
    assert office.world.chain("globex") == []
