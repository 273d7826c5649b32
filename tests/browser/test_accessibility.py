from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.held_calls import asking, held
from tests.misbehaving import get_stuck, have_misbehaving, incident_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.browser.web_app import WebApp
    from tests.local_stack import LocalStack

PAGES = ["/agents", "/agents/echo-stream", "/runs", "/jobs", "/sessions", "/incidents", "/tenant", "/no-such-page"]
PAGES += ["/runs?status=halted", "/approvals", "/policies", "/kill-switches", "/schedules", "/webhooks"]
ADMIN_PAGES = ["/api-keys", "/api-keys/new", "/aws-callers/new", "/members", "/members/invite", "/accept", "/audit"]
ADMIN_PAGES += ["/instances", "/instances/echo-agent"]
ADMIN_PAGES += ["/policies", "/policies/new", "/approvals", "/incidents", "/kill-switches", "/agents/echo-agent"]
OPERATOR_PAGES = ["/tenants", "/tenants/new", "/tenants/acme", "/platform-incidents", "/kill-switches"]
OPERATOR_PAGES += ["/directory", "/directory/echo-agent", "/evaluations", "/evaluations/new", "/evaluation-suites"]
OPERATOR_PAGES += ["/evaluation-suites/echo-basics", "/evaluations?agent=echo-agent&suite=echo-basics"]
OPERATOR_PAGES += ["/tenants/acme/instances"]


def settled(app: WebApp, path: str) -> WebApp:
    app.open(path)
    app.page.get_by_role("heading", level=1).wait_for()
    app.page.wait_for_load_state("networkidle")
    return app


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_on_any_page(open_app: Callable[..., WebApp], scheme: str) -> None:
    app = open_app(color_scheme=scheme, reduced_motion="reduce").open().sign_in()
    app.run("echo-agent", "to be looked at", "Wait").shows_status("Succeeded")
    found = {path: settled(app, path).violations() for path in (*PAGES, f"/runs/{app.run_id()}")}
    assert not any(found.values()), found
    app.screenshot(f"run-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("who", "pages"), [("admin@acme.test", ADMIN_PAGES), ("ops@ambit.test", OPERATOR_PAGES)])
def test_axe_finds_nothing_wrong_where_things_are_administered(
    open_app: Callable[..., WebApp], who: str, pages: list[str], scheme: str
) -> None:
    app = open_app(color_scheme=scheme, reduced_motion="reduce").open().sign_in(who)
    found = {path: settled(app, path).violations() for path in pages}
    assert not any(found.values()), found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_a_policy_an_approval_and_an_incident(
    platform: LocalStack, operator: httpx.Client, open_app: Callable[..., WebApp], scheme: str
) -> None:
    have_misbehaving(operator)
    with platform.client("acme-admin") as admin, platform.client("acme-developer") as developer:
        incident = incident_of(developer, get_stuck(developer))
        with asking(admin):
            policies = admin.get("/v1/policies").json()["items"]
            paths = [f"/incidents/{incident}", f"/policies/{policies[0]['policyId']}"]
            paths += [f"/approvals/{held(developer)['approvalId']}", "/approvals"]
            app = open_app(color_scheme=scheme, reduced_motion="reduce").open().sign_in("admin@acme.test")
            found = {path: settled(app, path).violations() for path in paths}
    assert not any(found.values()), found


@pytest.mark.parametrize("path", ["/sign-in", "/signed-out", "/sign-in?error=expired"])
def test_axe_finds_nothing_wrong_before_signing_in(app: WebApp, path: str) -> None:
    assert settled(app, path).violations() == []


def test_axe_finds_nothing_wrong_with_answers_and_errors(dev: WebApp) -> None:
    dev.run("echo-stream", "one two three", "Stream").shows_status("Succeeded")
    assert dev.violations() == []
    dev.run("echo-agent", " ")
    dev.page.get_by_text("Say what the agent should do.").wait_for()
    assert dev.violations() == []


def focused(app: WebApp) -> str:
    return str(app.page.evaluate("document.activeElement.innerText || document.activeElement.name || ''")).strip()


def tab_to(app: WebApp, wanted: str) -> None:
    for _ in range(40):
        app.page.keyboard.press("Tab")
        if focused(app).startswith(wanted):
            return
    raise AssertionError(f"forty times Tab does not reach {wanted!r}")


def test_an_agent_can_be_run_with_the_keyboard_alone(app: WebApp) -> None:
    app.open("/agents")
    app.page.get_by_role("heading", name="Sign in to Ambit").wait_for()
    tab_to(app, "Sign in")
    app.page.keyboard.press("Enter")
    app.page.get_by_label("Email").wait_for()  # it has the focus already
    app.page.keyboard.type("dev@acme.test")
    app.page.keyboard.press("Tab")
    app.page.keyboard.type("ambit-local")
    app.page.keyboard.press("Enter")
    app.page.get_by_role("link", name="echo-agent").wait_for()
    tab_to(app, "echo-agent")
    app.page.keyboard.press("Enter")
    app.page.get_by_label("Input").wait_for()
    tab_to(app, "input")
    app.page.keyboard.type("no mouse was used")
    app.page.keyboard.press("Control+Enter")
    app.shows_status("Succeeded")
    app.page.get_by_role("region", name="Answer").get_by_text("no mouse was used").wait_for()


def test_the_skip_link_comes_first_and_leads_past_the_navigation(dev: WebApp) -> None:
    dev.open("/agents")
    dev.page.get_by_role("link", name="echo-agent").wait_for()
    dev.page.keyboard.press("Tab")
    assert focused(dev) == "Skip to content"
    dev.page.keyboard.press("Enter")
    dev.page.keyboard.press("Tab")
    assert dev.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_navigation_moves_the_focus_to_the_new_page_s_heading(dev: WebApp) -> None:
    dev.page.get_by_role("link", name="Tenant").click()
    dev.page.get_by_role("heading", name="Tenant", exact=True).wait_for()
    assert focused(dev) == "Tenant"
    assert dev.page.title() == "Tenant · Ambit"


def test_focus_is_always_visible(dev: WebApp) -> None:
    dev.open("/agents/echo-agent")
    dev.page.get_by_label("Input").wait_for()
    for _ in range(15):
        dev.page.keyboard.press("Tab")
        look = dev.page.evaluate(
            """() => { const e = document.activeElement, near = e.closest('label') ?? e
                 return e === document.body || [e, near].some(x => getComputedStyle(x).outlineStyle !== 'none') }"""
        )
        assert look, f"nothing shows that {focused(dev)!r} has the focus"


def test_the_answer_is_announced_as_it_is_written(dev: WebApp) -> None:
    dev.run("echo-stream", "one two three", "Stream").shows_status("Succeeded")
    text = dev.page.get_by_test_id("streamed-text")
    assert text.get_attribute("aria-live") == "polite"
    assert text.get_attribute("aria-busy") == "false"
    dev.page.get_by_role("status").get_by_text("The run has ended: succeeded.").wait_for()


def test_nothing_moves_for_people_who_ask_for_that(open_app: Callable[..., WebApp]) -> None:
    app = open_app(reduced_motion="reduce").open("/sign-in")
    app.page.get_by_role("link", name="Sign in").wait_for()
    durations = app.page.evaluate(
        "[...document.querySelectorAll('*')].map(e => parseFloat(getComputedStyle(e).transitionDuration))"
    )
    assert max(durations) < 0.001
