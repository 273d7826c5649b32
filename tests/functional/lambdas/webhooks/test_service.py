"""Endpoints by their routes: registered with a challenge, changed, rotated, removed."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import standardwebhooks.webhooks

from tests.functional.moto_platform import machine, person, table
from tests.webhook_world import Listener, World

VIEWER = person("acme", "Tenant.Viewer", "vic")


def entries(world: World) -> list[tuple[str, str]]:
    return [(entry["action"], entry["target"]) for entry in world.audit().list(limit=100).entries]


def test_who_repeats_the_challenge_is_registered_and_shown_its_secret_once(world: World, listener: Listener) -> None:
    made = world.register(f"{listener.origin}/hook", "job.*", headers={"idempotency-key": "k1"})
    again = world.register(f"{listener.origin}/hook", "job.*", headers={"idempotency-key": "k1"})
    (challenge,) = listener.seen
    assert (made["status"], made["secret"][:6]) == ("active", "whsec_")
    assert (again["webhookId"], "secret" in again) == (made["webhookId"], False)
    assert challenge["json"]["type"] == "webhook.challenge"
    assert "secret" not in world.shown(made["webhookId"])
    assert entries(world) == [("webhook.created", made["webhookId"]), ("webhook.verified", made["webhookId"])]


def test_the_challenge_is_signed_with_the_secret_that_is_shown(world: World, listener: Listener) -> None:
    world.clock.moment = datetime.now(UTC)
    made = world.register(f"{listener.origin}/hook")
    (challenge,) = listener.seen
    assert standardwebhooks.webhooks.Webhook(made["secret"]).verify(challenge["body"], challenge["headers"])


def test_who_does_not_repeat_it_waits_and_may_be_asked_again(world: World, listener: Listener) -> None:
    listener.shy = True
    made = world.register(f"{listener.origin}/hook")
    assert (made["status"], made["challengeFailure"]) == (
        "pending",
        "The endpoint's answer does not repeat the challenge.",
    )
    listener.shy = False
    answer = change(world, made["webhookId"], {"status": "active"})
    assert (answer["status"], answer.get("challengeFailure")) == ("active", None)


def change(world: World, webhook_id: str, body: dict[str, Any], **options: Any) -> dict[str, Any]:
    etag = world.shown(webhook_id)["version"]
    answer = world.call(
        "PATCH /v1/webhooks/{id}", path={"id": webhook_id}, body=body, headers={"if-match": f'"{etag}"'}, **options
    )
    assert answer.status == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def test_another_url_has_to_meet_a_challenge_and_other_events_need_not(world: World, listener: Listener) -> None:
    made = world.register(f"{listener.origin}/hook")
    assert change(world, made["webhookId"], {"events": ["job.failed"], "description": "x"})["status"] == "active"
    assert len(listener.seen) == 1
    listener.shy = True
    moved = change(world, made["webhookId"], {"url": f"{listener.origin}/other"})
    assert (moved["status"], moved["url"], len(listener.seen)) == ("pending", f"{listener.origin}/other", 2)


def test_an_endpoint_can_be_switched_off_and_on(world: World, listener: Listener) -> None:
    made = world.register(f"{listener.origin}/hook")
    off = change(world, made["webhookId"], {"status": "disabled"})
    assert (off["status"], off["disabledReason"]) == ("disabled", "asked")
    on = change(world, made["webhookId"], {"status": "active"})
    assert (on["status"], "disabledAt" in on) == ("active", False)


def test_a_change_wants_the_version_that_was_read(world: World, listener: Listener) -> None:
    made = world.register(f"{listener.origin}/hook")
    path = {"id": made["webhookId"]}
    body = {"events": ["*"]}
    assert world.call("PATCH /v1/webhooks/{id}", path=path, body=body).status == 428
    stale = {"if-match": '"1"'}
    assert world.call("PATCH /v1/webhooks/{id}", path=path, body=body, headers=stale).status == 412
    assert world.call("DELETE /v1/webhooks/{id}", path=path, headers=stale).status == 412
    now = {"if-match": f'"{made["version"]}"'}
    assert world.call("DELETE /v1/webhooks/{id}", path=path, headers=now).status == 204
    assert world.call("GET /v1/webhooks/{id}", path=path).status == 404


def test_a_rotation_shows_the_new_secret_and_keeps_the_old_one_for_the_overlap(
    world: World, listener: Listener
) -> None:
    made = world.register(f"{listener.origin}/hook")
    path = {"id": made["webhookId"]}
    rotated = world.call("POST /v1/webhooks/{id}/rotate-secret", path=path, body={"overlapSeconds": 3600})
    assert rotated.status == 201
    assert rotated.json["secret"] not in {made["secret"], None}
    assert [("expiresAt" in one) for one in rotated.json["secrets"]] == [False, True]
    world.clock.advance(hours=2)
    assert len(world.shown(made["webhookId"])["secrets"]) == 1


def test_no_more_than_three_secrets_are_valid_at_a_time(world: World, listener: Listener) -> None:
    made = world.register(f"{listener.origin}/hook")
    rotate = [
        world.call("POST /v1/webhooks/{id}/rotate-secret", path={"id": made["webhookId"]}, body=body).status
        for body in ({}, {}, {}, {"overlapSeconds": 0}, {})
    ]
    assert rotate == [201, 201, 409, 201, 201]


def test_secrets_are_not_in_the_audit_log_nor_kept_with_the_answer(world: World, listener: Listener) -> None:
    made = world.register(f"{listener.origin}/hook?token=abc", headers={"idempotency-key": "k1"})
    kept = json.dumps([table(name).scan()["Items"] for name in ("ledger", "ops")], default=str)
    assert made["secret"] not in kept
    assert "token=abc" not in json.dumps(table("ledger").scan()["Items"], default=str)


def test_others_than_administrators_see_no_more_of_a_url_than_its_host(world: World, listener: Listener) -> None:
    world.register(f"{listener.origin}/services/T0/SECRET")
    (shown,) = world.call("GET /v1/webhooks", VIEWER).json["items"]
    assert shown["url"] == f"{listener.origin}/…"
    (whole,) = world.call("GET /v1/webhooks").json["items"]
    assert whole["url"] == f"{listener.origin}/services/T0/SECRET"


@pytest.mark.parametrize("who", [VIEWER, person("acme", "Tenant.Developer"), machine("acme", "webhooks:write")])
def test_only_administrators_in_person_register(world: World, listener: Listener, who: dict[str, str]) -> None:
    answer = world.call("POST /v1/webhooks", who, body={"url": f"{listener.origin}/x", "events": ["*"]})
    assert (answer.status, listener.seen) == (403, [])


@pytest.mark.parametrize(
    "body",
    [
        {"url": "https://a.test/", "events": []},
        {"url": "https://a.test/", "events": ["job.exploded"]},
        {"url": "https://a.test/", "events": ["job.*", "job.*"]},
        {"url": "https://a.test/", "events": ["*"], "secret": "whsec_mine"},
        {"url": "https://a.test/"},
        {"events": ["*"]},
        {"url": "https://a.test/", "events": ["*"], "description": "x\u0000"},
    ],
)
def test_a_body_that_is_none_is_refused(world: World, body: dict[str, Any]) -> None:
    assert world.call("POST /v1/webhooks", body=body).status == 400


def test_a_tenant_has_twenty_at_most(world: World, listener: Listener) -> None:
    for number in range(20):
        world.register(f"{listener.origin}/{number}")
    answer = world.call("POST /v1/webhooks", body={"url": f"{listener.origin}/more", "events": ["*"]})
    assert (answer.status, len(world.call("GET /v1/webhooks").json["items"])) == (409, 20)


def test_another_tenants_endpoint_is_not_there(world: World, listener: Listener) -> None:
    made = world.register(f"{listener.origin}/hook")
    path, other = {"id": made["webhookId"]}, person("globex", "Tenant.Admin", "gus")
    version = {"if-match": f'"{made["version"]}"'}
    assert world.call("GET /v1/webhooks", other).json["items"] == []
    assert world.call("GET /v1/webhooks/{id}", other, path=path).status == 404
    assert world.call("DELETE /v1/webhooks/{id}", other, path=path, headers=version).status == 404
    assert world.call("POST /v1/webhooks/{id}/rotate-secret", other, path=path, body={}).status == 404
    assert world.call("POST /v1/webhooks/{id}/test", other, path=path).status == 404
    assert world.call("GET /v1/webhooks/{id}/deliveries", other, path=path).status == 404
    assert world.queue.queued == []
