"""The incident centre and the kill switches, as an administrator and an operator use them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.misbehaving import MISBEHAVING, forgive, get_stuck, have_misbehaving, incident_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.browser.web_app import WebApp
    from tests.local_stack import LocalStack


def give_reason(app: WebApp, dialog: str, action: str) -> None:
    box = app.page.get_by_role("dialog", name=dialog)
    box.get_by_role("button", name=action).click()
    box.get_by_text("Say why").wait_for()
    box.get_by_label("Reason").fill("it turns in circles")
    box.get_by_role("button", name=action).click()
    box.wait_for(state="detached")


def test_an_administrator_stops_a_runaway_agent_and_lets_it_go_again(
    platform: LocalStack, operator: httpx.Client, open_app: Callable[..., WebApp]
) -> None:
    have_misbehaving(operator)
    with platform.client("acme-developer") as developer, platform.client("acme-admin") as acme:
        forgive(acme)
        run_id = get_stuck(developer)
        incident = incident_of(developer, run_id)
    admin = open_app().open("/").sign_in("admin@acme.test")
    page = admin.page
    admin.open("/incidents")
    page.locator(f'a[href="/incidents/{incident}"]').click()
    page.get_by_text(run_id).wait_for()
    page.get_by_role("button", name="Quarantine agent").click()
    give_reason(admin, f"Quarantine agent: {MISBEHAVING}", "Quarantine agent")
    page.get_by_text("quarantined", exact=True).wait_for()
    admin.screenshot("incident")
    assert admin.violations() == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Download post-mortem").click()
    assert run_id in download.value.path().read_text(encoding="utf-8")
    page.get_by_role("button", name="Reset").click()
    give_reason(admin, f"Reset {MISBEHAVING}", "Reset")
    page.get_by_text("active", exact=True).wait_for()
    assert admin.problems == []


def test_a_kill_switch_is_set_only_when_its_name_was_typed(ops: WebApp) -> None:
    page, target = ops.page, "agent-of-nobody"
    page.get_by_role("link", name="Kill switches").click()
    page.get_by_label("What").select_option("tool")
    page.get_by_label("Which").fill("files.nothing")
    page.get_by_label("Reason").fill("a test")
    page.get_by_role("button", name="Stop it").click()
    box = page.get_by_role("dialog", name="Stop tool files.nothing")
    box.get_by_label("to confirm").fill(target)
    box.get_by_role("button", name="Set kill switch").click()
    box.get_by_text("exactly as it is written").wait_for()
    box.get_by_label("to confirm").fill("files.nothing")
    box.get_by_role("button", name="Set kill switch").click()
    row = page.get_by_role("row", name=re.compile("files.nothing")).first
    row.wait_for()
    ops.screenshot("kill-switches")
    assert ops.violations() == []
    row.get_by_role("button", name="Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear switch").click()
    row.wait_for(state="detached")
