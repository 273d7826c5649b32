"""Webhooks in the web app: registered with the secret shown once, tested, looked into, sent again, rotated, deleted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.webhook_world import Listener, listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.web_app import WebApp

PORT = 8098 + int(os.environ.get("AMBIT_PORT_OFFSET", "0"))


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening(PORT) as found:
        yield found


def registered(admin: WebApp, url: str) -> str:
    """The secret of an endpoint made by hand; its page is open then."""
    page = admin.page
    admin.open("/webhooks/new")
    page.get_by_label("URL").fill(url)
    page.get_by_role("checkbox", name="Jobs: all").check()
    assert page.get_by_role("checkbox", name="job.failed").is_disabled()
    assert admin.violations() == []
    admin.screenshot("webhook-new")
    page.get_by_role("button", name="Register endpoint").click()
    secret = page.get_by_role("textbox", name="Signing secret").input_value()
    page.get_by_text("It answered the challenge").wait_for()
    admin.screenshot("webhook-secret")
    page.get_by_role("button", name="I have stored it").click()
    page.get_by_role("heading", name="Deliveries").wait_for()
    return secret


def test_an_endpoint_is_registered_tested_rotated_and_deleted(admin: WebApp, listener: Listener) -> None:
    page = admin.page
    secret = registered(admin, f"{listener.origin}/hook")
    assert secret.startswith("whsec_")
    assert secret not in page.content() + admin.storage()
    page.get_by_role("button", name="Send a test").click()
    sent = page.get_by_role("button", name="webhook.test")
    sent.filter(has_text="Succeeded").click()
    page.get_by_role("region", name="Attempts").get_by_text("HTTP 200").wait_for()
    assert admin.violations() == []
    page.get_by_role("button", name="Send again webhook.test").click()
    page.get_by_text("Sent again.").wait_for()
    page.get_by_text("2 attempts").wait_for()
    admin.screenshot("webhook")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    admin.screenshot("webhook-narrow")
    page.get_by_role("button", name="Rotate secret").click()
    assert admin.violations() == []
    page.get_by_role("dialog").get_by_role("button", name="Rotate secret").click()
    assert page.get_by_role("textbox", name="Signing secret").input_value() not in {"", secret}
    page.get_by_text("Signed with each of").wait_for()
    page.get_by_role("button", name="I have stored it").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete endpoint").click()
    page.get_by_role("heading", name="Webhooks").wait_for()
