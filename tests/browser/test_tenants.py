from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.browser.web_app import WebApp


def create(ops: WebApp) -> str:
    """A tenant of its own for a test, made by hand; the page of that tenant is open."""
    tenant_id = f"w{secrets.token_hex(5)}"
    ops.open("/tenants/new")
    ops.page.get_by_label("Tenant id").fill(tenant_id)
    ops.page.get_by_label("Name", exact=True).fill("Made in a browser")
    ops.page.get_by_label("Monthly budget").fill("12.50")
    ops.page.get_by_role("button", name="Create tenant").click()
    ops.page.get_by_role("heading", name="Made in a browser").wait_for()
    return tenant_id


def shows_status(ops: WebApp, status: str, *, seconds: int = 90) -> None:
    ops.page.get_by_role("status").get_by_text(f"The tenant is {status}.").wait_for(timeout=seconds * 1000)


def test_an_operator_begins_with_the_tenants_and_sees_no_tenant_s_pages(ops: WebApp) -> None:
    ops.page.get_by_role("heading", name="Tenants", exact=True).wait_for()
    links = ops.page.get_by_role("navigation", name="Main").get_by_role("link")
    assert links.all_inner_texts() == [
        "Tenants",
        "Agent directory",
        "Evaluations",
        "Platform incidents",
        "Kill switches",
    ]
    ops.page.get_by_role("link", name="acme", exact=True).wait_for()
    ops.screenshot("tenants")


def test_a_tenant_s_people_see_no_operator_s_pages(dev: WebApp) -> None:
    texts = dev.page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()
    assert "Agents" in texts
    assert not {"Tenants", "API keys", "Members"} & set(texts)
    dev.open("/tenants")
    dev.page.get_by_role("alert").wait_for()
    assert "FORBIDDEN" in dev.page.get_by_role("alert").inner_text()


def test_the_list_is_filtered_by_status_and_tier_in_its_address(ops: WebApp) -> None:
    ops.open("/tenants?status=active")
    ops.page.get_by_role("link", name="acme", exact=True).wait_for()
    ops.page.get_by_label("Status").select_option("failed")
    ops.page.get_by_role("link", name="acme", exact=True).wait_for(state="detached")
    assert ops.page.url.endswith("/tenants?status=failed")
    ops.page.get_by_label("Status").select_option("")
    ops.page.get_by_role("link", name="acme", exact=True).wait_for()


@pytest.mark.timeout(300)
def test_a_tenant_is_created_suspended_with_a_reason_and_reinstated(ops: WebApp, operator: httpx.Client) -> None:
    tenant_id = create(ops)
    ops.screenshot("tenant-provisioning")
    shows_status(ops, "active")
    assert operator.get(f"/v1/tenants/{tenant_id}").json()["monthlyBudget"]["amount"].startswith("12.5")
    ops.page.get_by_role("button", name="Suspend").click()
    ops.page.get_by_role("button", name="Suspend tenant").click()
    ops.page.get_by_text("Say why").wait_for()
    assert ops.violations() == []
    ops.screenshot("tenant-suspend")
    ops.page.get_by_label("Reason").fill("Unpaid since June")
    ops.page.get_by_role("button", name="Suspend tenant").click()
    shows_status(ops, "suspended")
    ops.page.get_by_text("Unpaid since June").wait_for()
    assert operator.get(f"/v1/tenants/{tenant_id}").json()["status"] == "suspended"
    ops.screenshot("tenant-suspended")
    ops.page.get_by_role("button", name="Reinstate").click()
    shows_status(ops, "active")
    assert operator.get(f"/v1/tenants/{tenant_id}").json()["status"] == "active"


@pytest.mark.timeout(300)
def test_a_tenant_is_deleted_once_its_id_was_typed_and_ends_in_a_certificate(
    ops: WebApp, operator: httpx.Client
) -> None:
    tenant_id = create(ops)
    shows_status(ops, "active")
    ops.page.get_by_role("button", name="Delete", exact=True).click()
    typed = ops.page.get_by_label("to confirm")
    typed.fill(tenant_id[:-1])
    ops.page.get_by_role("button", name="Delete for good").click()
    ops.page.get_by_text("exactly as it is written").wait_for()
    assert not any(call.startswith("DELETE /v1/tenants") for call in ops.api_calls)
    assert ops.violations() == []
    ops.screenshot("tenant-delete")
    typed.fill(tenant_id)
    ops.page.get_by_role("button", name="Delete for good").click()
    shows_status(ops, "deleted", seconds=180)
    with ops.page.expect_download() as saved:
        ops.page.get_by_role("button", name="Save the certificate").click()
    assert tenant_id in saved.value.path().read_text(encoding="utf-8")
    assert operator.get(f"/v1/tenants/{tenant_id}").json()["status"] == "deleted"


def test_escape_leaves_a_tenant_alone_and_returns_the_focus(ops: WebApp, operator: httpx.Client) -> None:
    ops.open("/tenants/acme")
    ops.page.get_by_role("button", name="Suspend").click()
    reason = ops.page.get_by_label("Reason")
    reason.fill("no")
    assert reason.evaluate("element => element === document.activeElement")
    ops.page.keyboard.press("Escape")
    ops.page.get_by_role("dialog").wait_for(state="detached")
    assert ops.page.evaluate("document.activeElement.innerText") == "Suspend"
    assert operator.get("/v1/tenants/acme").json()["status"] == "active"


def test_an_id_that_is_taken_is_said_so(ops: WebApp) -> None:
    ops.open("/tenants/new")
    ops.page.get_by_label("Tenant id").fill("acme")
    ops.page.get_by_label("Name", exact=True).fill("Again")
    ops.page.get_by_role("button", name="Create tenant").click()
    ops.page.get_by_role("alert").get_by_text("There is a tenant acme already").wait_for()
    assert ops.page.url.endswith("/tenants/new")


def test_what_is_wrong_with_a_new_tenant_is_caught_in_place(ops: WebApp) -> None:
    ops.open("/tenants/new")
    ops.page.get_by_label("Tenant id").fill("Acme!")
    ops.page.get_by_role("button", name="Create tenant").click()
    field = ops.page.get_by_label("Tenant id")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.evaluate("element => element === document.activeElement")
    assert not any(call.startswith("POST /v1/tenants") for call in ops.api_calls)
    assert ops.violations() == []


def test_an_operator_exports_a_tenant_and_follows_it_to_its_files(ops: WebApp) -> None:
    ops.open("/tenants/globex")
    ops.page.get_by_role("button", name="Begin an export").click()
    files = ops.page.get_by_role("list", name="Files of the export")
    files.wait_for(timeout=90_000)
    assert ops.violations() == []
    ops.screenshot("tenant-export")
    with ops.page.expect_download() as saved:
        files.get_by_role("link").first.click()
    assert "globex" in saved.value.path().read_text(encoding="utf-8")
