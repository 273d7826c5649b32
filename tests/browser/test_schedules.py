"""Schedules in the web app: written with their times shown, looked at, paused, deleted."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.web_app import WebApp


def test_a_schedule_is_written_with_its_times_shown_and_paused_and_deleted(open_app: Callable[..., WebApp]) -> None:
    app = open_app(timezone_id="Europe/Berlin").open().sign_in()
    page, name = app.page, f"web-{secrets.token_hex(4)}"
    app.open("/schedules/new")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Input").fill("report")
    page.get_by_label("Agent").select_option("echo-agent")
    page.get_by_label("Times", exact=True).fill("0 9 ? * NOPE *")
    page.get_by_text("Never, as it stands").wait_for()
    assert page.get_by_label("Times", exact=True).get_attribute("aria-invalid") == "true"
    page.get_by_label("Times", exact=True).fill("0 9 ? * MON *")
    page.get_by_label("Time zone").fill("Asia/Kolkata")
    page.get_by_role("region", name="It would run").get_by_text("09:00").first.wait_for()
    assert app.violations() == []
    app.screenshot("schedule-new")
    page.get_by_role("button", name="Create schedule").click()
    page.get_by_role("heading", name=name).wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("Paused.").wait_for()
    assert app.violations() == []
    page.set_viewport_size({"width": 390, "height": 844})
    app.screenshot("schedule-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    app.open("/schedules")
    page.get_by_role("button", name=f"Resume {name}").click()
    page.get_by_role("button", name=f"Pause {name}").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert app.violations() == []
    app.screenshot("schedules-narrow")
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete schedule").click()
    page.get_by_role("heading", name="Schedules").wait_for()
    page.get_by_role("link", name=name).wait_for(state="detached")
    assert app.problems == []
