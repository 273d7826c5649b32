from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import held_calls
from tests.held_calls import ended, held, status
from tests.local_stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.browser.web_app import WebApp
    from tests.local_stack import LocalStack


@pytest.fixture
def asking(connect_admin: httpx.Client) -> Iterator[None]:
    """Acme's policy asks for every call of the analyst's."""
    with held_calls.asking(connect_admin):
        yield


def card(app: WebApp, approval: dict[str, Any]) -> Any:
    return app.page.locator(f"section[aria-labelledby='approval-{approval['approvalId']}']")


def test_a_held_call_is_looked_at_and_approved_by_one_click(admin: WebApp, platform: LocalStack, asking: None) -> None:
    with platform.client("acme-developer") as developer:
        approval = held(developer)
        admin.open("/approvals")
        mine = card(admin, approval)
        frozen = mine.get_by_role("region", name="Frozen arguments")
        frozen.wait_for(timeout=60_000)
        assert frozen.inner_text() == developer.get(f"/v1/approvals/{approval['approvalId']}").json()["argumentsText"]
        mine.get_by_text("left").wait_for()
        assert admin.violations() == []
        admin.screenshot("approvals")
        mine.get_by_role("button", name="Approve").click()
        eventually(lambda: status(developer, approval) in {"approved", "consumed"}, seconds=30)
        mine.get_by_role("button", name="Approve").wait_for(state="detached")
        eventually(lambda: status(developer, approval) == "consumed", seconds=60)


def test_a_denial_with_its_reason_reaches_the_log_of_the_run(admin: WebApp, platform: LocalStack, asking: None) -> None:
    with platform.client("acme-developer") as developer:
        approval = held(developer)
        admin.open(f"/approvals/{approval['approvalId']}")
        admin.page.get_by_label("Reason").fill("not this file")
        admin.page.get_by_role("button", name="Deny").click()
        admin.page.get_by_text("not this file").wait_for()
        admin.screenshot("approval-denied")
        assert status(developer, approval) == "denied"
        eventually(lambda: ended(developer, approval["runId"]), seconds=90)
        events = developer.get(f"/v1/runs/{approval['runId']}/events", headers={"accept": "application/json"}).json()[
            "items"
        ]
        told = [event["payload"]["status"] for event in events if event["event"] == "approval"]
        assert told == ["pending", "denied"]


def test_an_approval_that_is_not_there_is_said_to_be_so(dev: WebApp) -> None:
    dev.open(f"/approvals/apr_{'0' * 32}")
    dev.page.get_by_role("alert").get_by_text("There is no such approval.").wait_for()
