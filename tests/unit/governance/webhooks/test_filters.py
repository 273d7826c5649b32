import pytest

from governance.events.catalogue import OFFERED
from governance.events.envelope import PlatformEvent
from governance.webhooks import filters


def event(kind: str, **told: str) -> PlatformEvent:
    return PlatformEvent("evt_1", kind, "acme", "2026-11-22T10:15:30.000Z", {}, **told)


@pytest.mark.parametrize("text", [*OFFERED, "*", "job.*", "agent.*", "agent.version.*", "approval.*"])
def test_what_asks_for_something_is_a_filter(text: str) -> None:
    assert filters.is_filter(text)


@pytest.mark.parametrize(
    "text", ["", "job", "job.", "jobs.*", "job.exploded", "webhook.test", ".*", "**", "JOB.*", "j*"]
)
def test_what_asks_for_nothing_is_none(text: str) -> None:
    assert not filters.is_filter(text)


@pytest.mark.parametrize(
    ("asked", "kind", "sent"),
    [
        (["job.succeeded"], "job.succeeded", True),
        (["job.succeeded"], "job.failed", False),
        (["job.*"], "job.failed", True),
        (["job.*"], "run.halted", False),
        (["*"], "tenant.suspended", True),
        (["*"], "webhook.test", False),
        (["webhook.*"], "webhook.challenge", False),
        ([], "job.failed", False),
    ],
)
def test_an_endpoint_is_sent_what_it_asked_for(asked: list[str], kind: str, *, sent: bool) -> None:
    assert filters.wants("whk_1", asked, event(kind)) is sent


def test_what_is_for_one_endpoint_goes_to_no_other() -> None:
    test = event("webhook.test", only_to="whk_1")
    assert filters.wants("whk_1", [], test)
    assert not filters.wants("whk_2", ["*"], test)


def test_an_endpoint_that_is_named_is_sent_what_it_did_not_ask_for() -> None:
    named = event("job.failed", also_to="whk_1")
    assert filters.wants("whk_1", [], named)
    assert filters.wants("whk_2", ["job.*"], named)
    assert not filters.wants("whk_2", [], named)
