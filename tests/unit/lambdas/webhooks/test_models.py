from typing import Any

import pytest
from pydantic import ValidationError

from lambdas.webhooks.models import CreateWebhook, PatchWebhook, RedeliverWebhook, RotateWebhookSecret


def test_an_endpoint_asks_for_events_that_there_are() -> None:
    wanted = CreateWebhook(url="https://a.test/", events=["job.*", "run.halted"], description=" mine ")
    assert (wanted.events, wanted.description) == (["job.*", "run.halted"], "mine")


@pytest.mark.parametrize(
    "events", [[], ["job"], ["job.exploded"], ["webhook.test"], ["*", "*"], ["job.*"] * 40, ["x" * 65]]
)
def test_what_asks_for_nothing_or_twice_is_refused(events: list[str]) -> None:
    with pytest.raises(ValidationError):
        CreateWebhook(url="https://a.test/", events=events)


@pytest.mark.parametrize("fields", [{}, {"status": "pending"}, {"url": None}, {"secret": "x"}, {"events": []}])
def test_a_change_says_what_can_be_changed(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PatchWebhook.model_validate(fields)


def test_an_overlap_is_a_day_and_at_most_a_week() -> None:
    assert RotateWebhookSecret().overlap_seconds == 86_400
    for seconds in (-1, 7 * 86_400 + 1):
        with pytest.raises(ValidationError):
            RotateWebhookSecret(overlap_seconds=seconds)


@pytest.mark.parametrize("limit", [0, 501])
def test_so_much_begins_again_at_once_and_no_more(limit: int) -> None:
    with pytest.raises(ValidationError):
        RedeliverWebhook(since="2026-11-22T00:00:00Z", limit=limit)
