"""The agent directory and tenants' instances, as an operator and an administrator use them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from tests.agent_versions import draft, published, restored, tamper
from tests.local_stack import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from playwright.sync_api import Locator

    from tests.browser.web_app import WebApp
    from tests.local_stack import LocalStack

AGENT = "echo-agent"


def give_reason(app: WebApp, action: str, reason: str = "a test wants it") -> Locator:
    """Fill the open dialog's reason and do what it asks about."""
    box = app.page.get_by_role("dialog")
    box.get_by_label("Reason").fill(reason)
    box.get_by_role("button", name=action).click()
    return box


def test_an_operator_finds_an_agent_and_sees_which_version_follows_from_which(
    operator: httpx.Client, ops: WebApp
) -> None:
    first, second = draft(operator, AGENT, "first"), draft(operator, AGENT, "second")
    page = ops.page
    page.get_by_role("link", name="Agent directory").click()
    page.get_by_label("Find").fill("returns its input")
    page.get_by_label("Mode").select_option("sync")
    page.get_by_role("link", name=AGENT, exact=True).wait_for()
    assert page.get_by_role("link", name="echo-stream").count() == 0
    assert "mode=sync" in page.url
    page.get_by_role("link", name=AGENT, exact=True).click()
    for version in (first, second):
        page.locator(f'a[href="/directory/{AGENT}/versions/{version}"]').first.wait_for()
    page.get_by_label("Version", exact=True).select_option(first)
    page.get_by_role("img", name="The version is draft").wait_for()
    ops.screenshot("directory-agent")
    assert ops.violations() == []


def test_a_version_is_moved_seen_to_move_and_compared_with_its_parent(operator: httpx.Client, ops: WebApp) -> None:
    version, page = draft(operator, AGENT, "be kind"), ops.page
    ops.open(f"/versions/{version}")
    page.get_by_role("img", name="The version is draft").wait_for()
    assert page.url.endswith(f"/directory/{AGENT}/versions/{version}")
    change = page.get_by_role("region", name="Prompts: system")
    change.get_by_text("+ be kind").wait_for()
    page.get_by_role("button", name="Quarantine").click()
    box = page.get_by_role("dialog")
    box.get_by_role("button", name="Quarantine").click()
    box.get_by_text("Say why").wait_for()
    give_reason(ops, "Quarantine").wait_for(state="detached")
    page.get_by_role("img", name="The version is quarantined").wait_for()
    admins = page.get_by_role("button", name="Make it a candidate")
    page.get_by_text("By Platform.Admin", exact=True).wait_for()
    assert admins.is_disabled()
    ops.screenshot("version")
    assert ops.violations() == []


def test_a_tampered_version_is_refused_told_what_to_do_and_closes_the_gate_of_others(
    platform: LocalStack, operator: httpx.Client, ops: WebApp
) -> None:
    agent, page = f"t-{uuid4().hex[:12]}", ops.page
    first, second = published(operator, agent, 1), published(operator, agent, 2)
    tamper(platform, agent, second)
    ops.open(f"/directory/{agent}/versions/{second}")
    page.get_by_role("heading", name="This version is refused").wait_for()
    assert page.get_by_role("heading", name="Manifest").count() == 0
    ops.screenshot("version-tampered")
    assert ops.violations() == []

    # the incident that it opened stands before every approval of the agent
    eventually(lambda: "incidents" in closed_gates(operator, first) or None)
    page.get_by_role("link", name=agent, exact=True).click()
    page.locator(f'a[href="/directory/{agent}/versions/{first}"]').click()
    gates = page.get_by_role("list", name="Gates")
    gates.get_by_text("Closed").first.wait_for()
    page.get_by_role("button", name="Approve as the default").click()
    box = give_reason(ops, "Approve as the default")
    box.get_by_text("PROMOTION_REFUSED").wait_for()
    refused = box.get_by_role("alert").inner_text()
    assert all(f"{gate.capitalize()}: " in refused for gate in closed_gates(operator, first))
    assert ops.violations() == []
    box.get_by_role("button", name="Keep as it is").click()

    page.locator(f'a[href="/directory/{agent}/versions/{second}"]').click()
    page.get_by_role("button", name="Roll back").click()
    give_reason(ops, "Roll back").wait_for(state="detached")
    page.get_by_text("It is in quarantine, and stays there for good.").wait_for()
    assert operator.get(f"/v1/templates/{agent}").json()["approvedVersionId"] == first


def closed_gates(operator: httpx.Client, version: str) -> list[str]:
    return [one["gate"] for one in operator.get(f"/v1/versions/{version}/gates").json()["gates"] if not one["holds"]]


def test_an_administrator_pauses_agents_together_and_sees_what_became_of_each(
    connect_admin: httpx.Client, admin: WebApp
) -> None:
    page, agents = admin.page, ["echo-agent", "echo-async"]
    with restored(connect_admin, agents):
        connect_admin.post(
            "/v1/instances/bulk", json={"agents": ["echo-async"], "status": "quarantined", "reason": "a test"}
        )
        page.get_by_role("link", name="Instances").click()
        for agent in agents:
            page.get_by_label(f"Choose {agent}").check()
        page.get_by_role("button", name="Pause").click()
        give_reason(admin, "Pause").wait_for(state="detached")
        page.get_by_text("1 agent changed, 1 refused").wait_for()
        became = page.get_by_role("list", name="What became of each").get_by_role("listitem")
        assert ["Changed" in text for text in became.all_inner_texts()] == [True, False]
        page.get_by_text("An instance that is quarantined cannot become paused").wait_for()
        admin.screenshot("instances")
        assert admin.violations() == []


def test_somebody_who_was_slower_is_told_and_shown_how_it_stands(connect_admin: httpx.Client, admin: WebApp) -> None:
    page = admin.page
    with restored(connect_admin, [AGENT]):
        admin.open(f"/instances/{AGENT}")
        page.get_by_role("button", name="Pause").click()
        connect_admin.post("/v1/instances/bulk", json={"agents": [AGENT], "status": "read_only", "reason": "faster"})
        give_reason(admin, "Pause").wait_for(state="detached")
        page.get_by_text("somebody else changed it meanwhile").wait_for()
        page.get_by_role("heading", level=1).locator("xpath=..").get_by_text("Read only").wait_for()
        assert admin.violations() == []


def test_an_operator_quarantines_a_tenant_s_instance(
    platform: LocalStack, connect_admin: httpx.Client, open_app: Callable[..., WebApp]
) -> None:
    app = open_app(viewport={"width": 390, "height": 844}).open().sign_in("ops@ambit.test")
    with restored(connect_admin, [AGENT]):
        app.open("/tenants/acme/instances")
        app.page.get_by_label(f"Choose {AGENT}").check()
        app.page.get_by_role("button", name="Quarantine").click()
        give_reason(app, "Quarantine").wait_for(state="detached")
        app.page.get_by_text("1 agent changed, 0 refused").wait_for()
        assert connect_admin.get(f"/v1/instances/{AGENT}").json()["status"] == "quarantined"
        assert app.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert app.violations() == []
        assert app.problems == []
