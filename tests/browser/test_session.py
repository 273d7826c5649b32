from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.web_app import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.web_app import WebApp


def test_signing_in_by_code_and_pkce_returns_to_the_page_that_was_asked_for(app: WebApp) -> None:
    authorisations: list[str] = []
    app.page.on("request", lambda request: authorisations.append(request.url) if "/auth?" in request.url else None)
    app.open("/runs")
    app.page.get_by_role("heading", name="Sign in to Ambit").wait_for()
    app.screenshot("sign-in")
    app.sign_in()
    app.page.get_by_role("heading", name="Runs", exact=True).wait_for()
    assert "code_challenge_method=S256" in authorisations[0]
    assert app.page.url == f"{app.origin}/runs"


def test_the_provider_s_page_is_accessible_and_refuses_a_wrong_password(app: WebApp) -> None:
    app.open()
    app.page.get_by_role("link", name="Sign in").click()
    app.page.get_by_label("Email").wait_for()
    assert app.violations() == []
    app.fill_provider_form("dev@acme.test", "wrong")
    app.page.get_by_role("alert").wait_for()
    assert app.violations() == []
    app.screenshot("provider-wrong-password")
    app.fill_provider_form("dev@acme.test", PASSWORD)
    app.page.get_by_role("navigation", name="Main").wait_for()


def test_no_token_is_kept_in_anything_the_browser_stores(dev: WebApp) -> None:
    dev.run("echo-agent", "hello", "Wait").shows_status("Succeeded")
    stored = dev.storage()
    assert len(dev.tokens) == 1
    for part in dev.tokens[0].split("."):
        assert part not in stored
    assert "eyJ" not in stored


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(dev: WebApp) -> None:
    [cookie] = [cookie for cookie in dev.page.context.cookies(dev.origin) if "ambit" in cookie["name"]]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert dev.page.evaluate("document.cookie") == ""


def test_a_reload_keeps_the_person_signed_in(dev: WebApp) -> None:
    dev.page.reload()
    dev.page.get_by_role("link", name="echo-agent").wait_for()


def test_two_tabs_share_a_session_and_signing_out_ends_it_in_both(dev: WebApp) -> None:
    second = dev.page.context.new_page()
    second.goto(f"{dev.origin}/agents")
    second.get_by_role("link", name="echo-agent").wait_for()
    dev.page.get_by_role("button", name="Sign out").click()
    dev.page.get_by_role("heading", name="You are signed out").wait_for()
    dev.screenshot("signed-out")
    second.reload()
    second.get_by_role("heading", name="Sign in to Ambit").wait_for()


def test_after_signing_out_another_person_can_sign_in(dev: WebApp) -> None:
    dev.page.get_by_role("button", name="Sign out").click()
    dev.page.get_by_role("link", name="Sign in again").click()
    dev.fill_provider_form("viewer@globex.test")
    dev.page.get_by_role("navigation", name="Main").wait_for()
    dev.open("/tenant")
    dev.page.get_by_text("viewer@globex.test").first.wait_for()
    assert dev.page.get_by_text("acme").count() == 0


def test_a_session_that_ended_elsewhere_leads_to_the_sign_in_page_and_back(dev: WebApp) -> None:
    dev.open("/tenant")
    dev.page.get_by_role("heading", name="Tenant", exact=True).wait_for()
    dev.page.context.clear_cookies(name="ambit")
    dev.page.reload()
    dev.page.get_by_text("You will return to the page you were on.").wait_for()
    # the provider still knows the person: no password is asked for a second time
    dev.page.get_by_role("link", name="Sign in").click()
    dev.page.get_by_role("heading", name="Tenant", exact=True).wait_for()


def test_a_failed_sign_in_is_explained(app: WebApp) -> None:
    app.open("/bff/callback?code=forged&state=forged")
    app.page.get_by_role("alert").get_by_text("Start again").wait_for()
    assert app.page.url.startswith(f"{app.origin}/sign-in")


def test_a_viewer_is_told_why_there_is_nothing_to_run(open_app: Callable[..., WebApp]) -> None:
    app = open_app().open().sign_in("viewer@acme.test").open("/agents/echo-agent")
    app.page.get_by_text("ask your administrator for the developer role").wait_for()
    assert app.page.get_by_role("button", name="Run agent").count() == 0
