from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import httpx

from tests.local_stack import eventually

if TYPE_CHECKING:
    from tests.browser.web_app import WebApp
    from tests.local_stack import LocalStack


def create(admin: WebApp, *scopes: str) -> tuple[str, str]:
    """The name and secret of a key made by hand; the page that shows the secret is open."""
    name = f"web-{secrets.token_hex(4)}"
    admin.open("/api-keys/new")
    admin.page.get_by_label("Name").fill(name)
    for scope in scopes:
        admin.page.get_by_role("checkbox", name=scope).check()
    admin.page.get_by_role("button", name="Create key").click()
    return name, admin.page.get_by_label("API key", exact=True).input_value()


def answer(platform: LocalStack, secret: str) -> int:
    """What the API says to a key that asks for the agents."""
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.get(f"{platform.api_url}/v1/agents", headers=headers, timeout=30).status_code


def open_key(admin: WebApp, name: str) -> None:
    admin.open("/api-keys")
    admin.page.get_by_role("link", name=name).click()
    admin.page.get_by_role("heading", name=f"Key {name}").wait_for()


def test_a_key_is_made_shown_once_and_works(admin: WebApp, platform: LocalStack) -> None:
    name, secret = create(admin, "agents:read")
    assert secret.startswith("amb_")
    admin.page.get_by_text("This is the only time it is shown.").wait_for()
    assert admin.violations() == []
    admin.screenshot("key-secret")
    assert answer(platform, secret) == 200
    assert secret not in admin.storage()
    admin.page.get_by_role("button", name="I have stored it").click()
    admin.page.get_by_role("link", name=name).click()
    admin.page.get_by_role("heading", name=f"Key {name}").wait_for()
    assert secret not in admin.page.content()
    admin.screenshot("key")
    admin.open("/api-keys")
    admin.page.get_by_role("link", name=name).wait_for()
    assert secret not in admin.page.content()
    admin.screenshot("keys")


def test_the_secret_is_copied_whole(admin: WebApp) -> None:
    admin.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _, secret = create(admin, "agents:read")
    admin.page.get_by_role("button", name="Copy").click()
    admin.page.get_by_text("Copied.").wait_for()
    assert admin.page.evaluate("navigator.clipboard.readText()") == secret


def test_rotation_gives_another_secret_and_both_work(admin: WebApp, platform: LocalStack) -> None:
    name, first = create(admin, "agents:read")
    open_key(admin, name)
    admin.page.get_by_role("button", name="Rotate").click()
    assert admin.violations() == []
    admin.page.get_by_label("The present secret works").select_option(label="For another hour")
    admin.page.get_by_role("button", name="Rotate key").click()
    second = admin.page.get_by_label("API key", exact=True).input_value()
    assert second != first
    assert [answer(platform, each) for each in (first, second)] == [200, 200]
    admin.screenshot("key-rotated")


def test_a_revoked_key_is_refused_within_a_minute(admin: WebApp, platform: LocalStack) -> None:
    name, secret = create(admin, "agents:read")
    assert answer(platform, secret) == 200
    open_key(admin, name)
    admin.page.get_by_role("button", name="Revoke").click()
    assert admin.violations() == []
    admin.screenshot("key-revoke")
    admin.page.get_by_role("button", name="Revoke key").click()
    admin.page.get_by_role("dialog").wait_for(state="detached")
    admin.page.get_by_text("Revoked").first.wait_for()
    assert admin.page.get_by_role("button", name="Rotate").count() == 0
    assert eventually(lambda: answer(platform, secret) in {401, 403}, seconds=60, every=2)


def test_what_is_wrong_with_a_key_is_caught_in_place(admin: WebApp) -> None:
    admin.open("/api-keys/new")
    admin.page.get_by_label("Name").fill("no scope")
    admin.page.get_by_role("button", name="Create key").click()
    admin.page.get_by_text("Choose at least one.").wait_for()
    assert admin.page.evaluate("document.activeElement.name") == "scopes"
    assert not any(call.startswith("POST /v1/api-keys") for call in admin.api_calls)
    assert admin.violations() == []


def test_what_the_api_finds_wrong_is_said_at_its_field(admin: WebApp) -> None:
    admin.open("/api-keys/new")
    admin.page.get_by_label("Name").fill("bits beyond the block")
    admin.page.get_by_role("checkbox", name="agents:read").check()
    admin.page.get_by_label("From these addresses only").fill("192.0.2.1/24")
    admin.page.get_by_role("button", name="Create key").click()
    admin.page.get_by_role("alert").wait_for()
    assert admin.page.get_by_label("From these addresses only").get_attribute("aria-invalid") == "true"


def test_an_aws_role_is_let_in_and_removed(admin: WebApp) -> None:
    name = f"role-{secrets.token_hex(4)}"
    admin.open("/aws-callers/new")
    admin.page.get_by_label("Name").fill(name)
    admin.page.get_by_label("ARN of the role").fill(f"arn:aws:iam::123456789012:role/{name}")
    admin.page.get_by_role("checkbox", name="agents:read").check()
    admin.page.get_by_role("button", name="Let it in").click()
    admin.page.get_by_role("button", name=f"Remove {name}").click()
    admin.page.get_by_role("button", name="Remove AWS role").click()
    admin.page.get_by_role("button", name=f"Remove {name}").wait_for(state="detached")
