from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.held_calls import AGENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.browser.web_app import WebApp


def put(client: httpx.Client, policy_id: str, override: dict[str, Any]) -> None:
    path = f"/v1/policies/{policy_id}"
    headers = {"if-match": client.get(path).headers["etag"]}
    client.put(path, json={"override": override}, headers=headers).raise_for_status()


@pytest.fixture
def policy(connect_admin: httpx.Client) -> Iterator[str]:
    """The id of acme's policy for the analyst, which narrows nothing; it is as it was afterwards."""
    found = [item for item in connect_admin.get("/v1/policies").json()["items"] if item.get("agent") == AGENT]
    if not found:
        wanted = {"name": AGENT, "agent": AGENT, "override": {}}
        found = [connect_admin.post("/v1/policies", json=wanted).raise_for_status().json()]
    policy_id = str(found[0]["policyId"])
    before = connect_admin.get(f"/v1/policies/{policy_id}").json()["override"]
    put(connect_admin, policy_id, {})
    yield policy_id
    put(connect_admin, policy_id, before)


def test_a_version_is_tried_asked_in_shadow_and_put_in_force(
    admin: WebApp, connect_admin: httpx.Client, policy: str
) -> None:
    page = admin.page
    admin.open(f"/policies/{policy}")
    override = page.get_by_label("Override", exact=True)
    override.fill('{\n  "autonomyTier": 0,\n  "tools": []\n}')
    page.get_by_role("button", name="Simulate").click()
    page.get_by_text("would be answered otherwise").wait_for()
    assert admin.violations() == []
    admin.screenshot("policy-simulated")
    page.get_by_role("button", name="Ask in shadow").click()
    page.get_by_role("button", name="Put it in force").click()
    page.get_by_role("heading", name="In shadow").wait_for(state="detached")
    assert connect_admin.get(f"/v1/policies/{policy}").json()["override"] == {"autonomyTier": 0, "tools": []}
    page.get_by_label("Tool").fill("files.write")
    page.get_by_role("button", name="Ask why").click()
    page.get_by_text("No grant of the envelope covers files.write.").wait_for()
    assert admin.violations() == []
    admin.screenshot("policy-why")


def test_what_would_widen_is_led_to_its_line(admin: WebApp, policy: str) -> None:
    admin.open(f"/policies/{policy}")
    admin.page.get_by_label("Override", exact=True).fill('{\n  "autonomyTier": 5\n}')
    admin.page.get_by_role("button", name="Put in force").click()
    admin.page.get_by_role("button", name="Line 2").click()
    admin.screenshot("policy-refused")


def test_a_developer_looks_and_asks_but_changes_nothing(dev: WebApp, policy: str) -> None:
    dev.open("/policies")
    dev.page.locator(f"a[href='/policies/{policy}']").click()
    dev.page.get_by_role("button", name="Ask why").wait_for()
    assert dev.page.get_by_role("button", name="Put in force").count() == 0
    dev.open("/policies")
    dev.page.get_by_role("heading", level=1).wait_for()
    dev.page.locator(f"a[href='/policies/{policy}']").wait_for()
    assert dev.page.get_by_role("link", name="New policy").count() == 0
    assert dev.violations() == []
    dev.screenshot("policies")
