"""`ambit webhooks`, as a person types it, over the wire."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks.webhooks
from typer.testing import CliRunner, Result

from governance.events import PlatformEvent, cloud_event
from platform_kit.clock import rfc3339
from platform_kit.ids import new_id
from scripts.ambit_cli.main import app
from tests.webhook_world import listening

ID, DELIVERY = "whk_" + "1" * 32, "dlv_" + "1" * 32
ENDPOINT = {
    "webhookId": ID,
    "url": "https://a.test/hook",
    "status": "active",
    "events": ["job.*"],
    "circuit": "closed",
    "version": 3,
}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["webhooks", *words])


def test_endpoints_are_listed_and_one_that_is_spared_is_said_to_be(platform: Any, answer: Any) -> None:
    spared = {**ENDPOINT, "webhookId": "whk_2", "circuit": "open"}
    platform.will_answer("GET /v1/webhooks", answer(body={"items": [ENDPOINT, spared]}))
    shown = ambit("list").stdout
    assert ID in shown
    assert "active (spared)" in shown


def test_a_new_endpoint_shows_its_secret_and_what_to_do_next(platform: Any, answer: Any) -> None:
    made = {**ENDPOINT, "status": "pending", "challengeFailure": "no", "secret": "whsec_x"}
    platform.will_answer("POST /v1/webhooks", answer(201, body=made))
    result = ambit("create", "https://a.test/hook", "--event", "job.*")
    assert "whsec_x" in result.stdout
    assert f"ambit webhooks update {ID} --activate" in result.stderr
    assert json.loads(platform.asked[0].body) == {"url": "https://a.test/hook", "events": ["job.*"], "description": ""}


def test_a_change_is_of_the_version_that_was_read(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET /v1/webhooks/{ID}", answer(body=ENDPOINT, headers={"etag": '"3"'}))
    platform.will_answer(f"PATCH /v1/webhooks/{ID}", answer(body=ENDPOINT))
    assert ambit("update", ID, "--activate").exit_code == 0
    assert json.loads(platform.asked[-1].body) == {"status": "active"}
    assert platform.asked[-1].headers["if-match"] == '"3"'
    assert ambit("update", ID).exit_code != 0
    assert ambit("update", ID, "--activate", "--disable").exit_code != 0


def test_an_endpoint_is_removed_rotated_and_tested(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET /v1/webhooks/{ID}", answer(body=ENDPOINT, headers={"etag": '"3"'}))
    platform.will_answer(f"DELETE /v1/webhooks/{ID}", answer(204))
    platform.will_answer(f"POST /v1/webhooks/{ID}/rotate-secret", answer(201, body={**ENDPOINT, "secret": "whsec_y"}))
    platform.will_answer(f"POST /v1/webhooks/{ID}/test", answer(202, body={"deliveryId": DELIVERY}))
    assert "is removed" in ambit("delete", ID).stdout
    assert "whsec_y" in ambit("rotate-secret", ID, "--overlap", "60").stdout
    assert json.loads(platform.asked[-1].body) == {"overlapSeconds": 60}
    assert DELIVERY in ambit("test", ID).stdout


def test_deliveries_show_what_came_of_them(platform: Any, answer: Any) -> None:
    attempts = [{"status": 500}, {"status": 0, "error": "TimeoutError"}]
    one = {"deliveryId": DELIVERY, "type": "job.failed", "status": "pending", "createdAt": "t", "attempts": attempts}
    platform.will_answer(f"GET /v1/webhooks/{ID}/deliveries", answer(body={"items": [one]}))
    assert "2, last TimeoutError" in ambit("deliveries", ID, "--status", "failed").stdout


def test_one_delivery_or_all_that_failed_begin_again(platform: Any, answer: Any) -> None:
    begun = {"deliveryId": DELIVERY, "eventId": "evt_1", "round": 2}
    platform.will_answer(f"POST /v1/webhooks/{ID}/deliveries/{DELIVERY}/redeliver", answer(202, body=begun))
    platform.will_answer(f"POST /v1/webhooks/{ID}/redeliver", answer(202, body={"items": [begun] * 3, "more": True}))
    assert "1 on their way" in ambit("redeliver", ID, DELIVERY).stdout
    assert "3 on their way; there are more" in ambit("redeliver", ID, "--since", "2026-11-22T00:00:00Z").stdout
    assert ambit("redeliver", ID).exit_code != 0


def event(kind: str, seconds_ago: int = 1) -> dict[str, Any]:
    at = rfc3339(datetime.now(UTC) - timedelta(seconds=seconds_ago))
    data = {"tenantId": "acme", "suspendedAt": at, "jobId": "job_1"}
    return cloud_event(PlatformEvent(new_id("evt"), kind, "acme", at, data))


def test_events_are_forwarded_to_this_machine_signed_as_the_platform_signs(platform: Any, answer: Any) -> None:
    wanted, other, old = event("tenant.suspended"), event("job.failed"), event("tenant.suspended", 600)
    platform.will_answer("GET /v1/events", answer(body={"items": [other, wanted, old]}))
    with listening() as listener:
        result = ambit("listen", f"{listener.origin}/hook", "--once", "--event", "tenant.*")
    secret = result.stdout.split("signed with ")[1].split()[0]
    (message,) = listener.seen
    assert standardwebhooks.webhooks.Webhook(secret).verify(message["body"], message["headers"]) == wanted
    assert f"{wanted['id']}  200" in result.stdout


@pytest.mark.parametrize(
    "target", ["https://127.0.0.1/", "http://10.0.0.1/", "http://a.test/", "ftp://127.0.0.1/", "x"]
)
def test_nothing_is_forwarded_to_another_machine(platform: Any, answer: Any, target: str) -> None:
    platform.will_answer("GET /v1/events", answer(body={"items": [event("tenant.suspended")]}))
    assert ambit("listen", target, "--once").exit_code != 0


def test_who_does_not_listen_is_told_of_and_unknown_events_are_refused(platform: Any, answer: Any) -> None:
    platform.will_answer("GET /v1/events", answer(body={"items": [event("tenant.suspended")]}))
    with listening() as listener:
        gone = listener.origin
    assert "ConnectError" in ambit("listen", gone, "--once").stdout
    assert ambit("listen", gone, "--once", "--event", "job.exploded").exit_code != 0
