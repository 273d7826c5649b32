from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from tests.browser.web_app import WebApp


def test_an_administrator_changes_the_tenant_s_settings(admin: WebApp, acme: httpx.Client) -> None:
    before = acme.get("/v1/tenant").json()
    admin.open("/tenant")
    name = admin.page.get_by_label("Name", exact=True)
    name.fill("Acme, renamed")
    admin.page.get_by_role("button", name="Save settings").click()
    admin.page.get_by_text("Saved.").wait_for()
    assert acme.get("/v1/tenant").json()["name"] == "Acme, renamed"
    admin.page.get_by_role("heading", name="Acme, renamed").wait_for()
    assert admin.violations() == []
    admin.screenshot("settings")
    name.fill(before["name"])
    admin.page.get_by_role("button", name="Save settings").click()
    admin.page.get_by_role("heading", name=before["name"], exact=True).wait_for()


def test_an_address_that_is_none_is_caught_in_place(admin: WebApp) -> None:
    admin.open("/tenant")
    field = admin.page.get_by_label("e-mail")
    field.fill("nobody")
    admin.page.get_by_role("button", name="Save settings").click()
    assert field.get_attribute("aria-invalid") == "true"
    assert not any(call.startswith("PATCH") for call in admin.api_calls)


def test_a_change_of_what_somebody_else_has_changed_is_refused(admin: WebApp, connect_admin: httpx.Client) -> None:
    admin.open("/tenant")
    field = admin.page.get_by_label("Name", exact=True)
    field.fill("Too late")
    found = connect_admin.get("/v1/tenant")
    same = {"name": found.json()["name"]}
    connect_admin.patch("/v1/tenant", json=same, headers={"if-match": found.headers["etag"]}).raise_for_status()
    admin.page.get_by_role("button", name="Save settings").click()
    admin.page.get_by_role("alert").wait_for()
    assert connect_admin.get("/v1/tenant").json()["name"] == same["name"]


def test_a_developer_sees_the_tenant_but_cannot_change_it(dev: WebApp) -> None:
    dev.open("/tenant")
    dev.page.get_by_text("Tenant id").wait_for()
    assert dev.page.get_by_role("button", name="Save settings").count() == 0
    assert dev.page.get_by_role("button", name="Begin an export").count() == 0
