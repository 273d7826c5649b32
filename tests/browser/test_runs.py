"""The page of a run: what was decided, how near it came to being halted, what it cost; and stopping one at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.clearance import push_cleared
from tests.local_stack import eventually
from tests.misbehaving import MISBEHAVING, begin_stuck, get_stuck, have_misbehaving

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.browser.web_app import WebApp
    from tests.local_stack import LocalStack

TOOL_AGENT = "tool-agent"


@pytest.fixture(scope="module")
def tool_agent(platform: LocalStack) -> str:
    """The agent that calls what it is told to."""
    push_cleared(platform, TOOL_AGENT)
    return TOOL_AGENT


def run_of_tools(platform: LocalStack, *tools: tuple[str, dict[str, str]]) -> str:
    """A run of globex, whose tier does not reach `http.fetch`; its id."""
    context = {"calls": [{"tool": tool, "arguments": arguments} for tool, arguments in tools]}
    with platform.client("globex-developer") as globex:
        body = {"input": "go", "context": context}
        answer = globex.post(f"/v1/agents/{TOOL_AGENT}/invoke", json=body).raise_for_status().json()
    return str(answer["runId"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_denied_call_is_shown_with_its_rule_and_what_it_was_decided_on(
    platform: LocalStack, tool_agent: str, open_app: Callable[..., WebApp], scheme: str
) -> None:
    run_id = run_of_tools(
        platform, ("calculator", {"expression": "6 * 7"}), ("http.fetch", {"url": "https://example.com/"})
    )
    app = open_app(color_scheme=scheme, reduced_motion="reduce").open().sign_in("dev@globex.test")
    page = app.open(f"/runs/{run_id}").page
    acts = page.get_by_role("list", name="Acts").get_by_role("listitem")
    page.get_by_text("1 allowed, 1 denied").wait_for()
    assert acts.count() == 2
    denied = acts.filter(has_text="http.fetch")
    assert "tier" in denied.inner_text()
    denied.get_by_text("Why").click()
    denied.get_by_text("deny-tier").wait_for()
    acts.filter(has_text="calculator").get_by_text("Succeeded").wait_for()
    page.get_by_role("img", name=re.compile("Cost over time.*the run has spent")).wait_for()
    page.get_by_role("img", name=re.compile("Pressure by step.*Safety 10 %")).wait_for()
    assert app.violations() == []
    app.screenshot(f"run-denied-{scheme}")
    assert app.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_recorded_run_is_replayed_where_it_is_looked_at(
    platform: LocalStack, tool_agent: str, open_app: Callable[..., WebApp], scheme: str
) -> None:
    run_id = run_of_tools(platform, ("time", {"zone": "Europe/Berlin"}), ("calculator", {"expression": "6 * 7"}))
    app = open_app(color_scheme=scheme, reduced_motion="reduce").open().sign_in("dev@globex.test")
    card = app.open(f"/runs/{run_id}").page.get_by_role("region", name="Replay")
    card.get_by_role("button", name="Replay").click()
    card.get_by_text("Identical: the same calls and events, in the same order.").wait_for()
    calls = card.get_by_role("list", name="Recorded calls").get_by_role("listitem")
    assert ["time" in calls.nth(0).inner_text(), "calculator" in calls.nth(1).inner_text()] == [True, True]
    assert calls.filter(has_text="same").count() == calls.count() == 2
    earlier = card.get_by_role("list", name="Replays").get_by_role("listitem")
    earlier.filter(has_text="identical").wait_for()
    assert app.violations() == []
    app.screenshot(f"run-replay-{scheme}")
    assert app.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_halted_run_shows_where_it_halted_and_its_numbers_as_a_table(
    platform: LocalStack, operator: httpx.Client, open_app: Callable[..., WebApp], scheme: str
) -> None:
    have_misbehaving(operator)
    with platform.client("acme-developer") as developer:
        run_id = get_stuck(developer)
    app = open_app(color_scheme=scheme, reduced_motion="reduce").open().sign_in()
    page = app.open(f"/runs/{run_id}").page
    governor = page.get_by_role("region", name="Governor")
    picture = governor.get_by_role("img", name=re.compile("halted at step 5: STAGNATION by repetition"))
    picture.get_by_text("Halted: STAGNATION").wait_for()
    governor.get_by_text("Show as a table").click()
    assert "5 of 5 (repetition)" in governor.get_by_role("row").last.inner_text()
    page.get_by_role("region", name="Budget").get_by_text("Show as a table").click()
    assert app.violations() == []
    app.screenshot(f"run-halted-{scheme}")


def test_runs_are_narrowed_by_agent_and_status_and_the_address_keeps_it(
    platform: LocalStack, operator: httpx.Client, dev: WebApp
) -> None:
    have_misbehaving(operator)
    with platform.client("acme-developer") as developer:
        run_id = get_stuck(developer)
    page = dev.open("/runs").page
    page.get_by_label("Agent", exact=True).select_option(MISBEHAVING)
    page.get_by_label("Status").select_option("halted")
    page.get_by_label("Started").select_option("1h")
    page.get_by_role("link", name=re.compile(run_id[-10:])).wait_for()
    assert {"agent=faulty-agent", "status=halted", "period=1h"} == set(page.url.partition("?")[2].split("&"))
    page.reload()
    page.get_by_role("link", name=re.compile(run_id[-10:])).wait_for()
    assert page.get_by_role("row").count() == page.get_by_role("row").filter(has_text="Halted").count() + 1


def test_an_administrator_stops_a_run_that_goes_on_once_its_id_was_typed(
    platform: LocalStack, operator: httpx.Client, open_app: Callable[..., WebApp]
) -> None:
    have_misbehaving(operator)
    admin = open_app().open().sign_in("admin@acme.test")
    with platform.client("acme-developer") as developer:
        run_id = begin_stuck(developer, calls=60, delayMs=5000)
        page = admin.open(f"/runs/{run_id}").page
        page.get_by_role("button", name="Stop at once").click()
        box = page.get_by_role("dialog", name=f"Stop run {run_id}")
        box.get_by_label("Reason").fill("a test")
        box.get_by_role("button", name="Set kill switch").click()
        box.get_by_text("exactly as it is written").wait_for()
        assert admin.violations() == []
        box.get_by_label("to confirm").fill(run_id)
        box.get_by_role("button", name="Set kill switch").click()
        box.wait_for(state="detached")
        page.get_by_text("Failed", exact=True).first.wait_for(timeout=60_000)
    admin.open("/kill-switches")
    row = page.get_by_role("row", name=re.compile(run_id))
    row.get_by_role("button", name="Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear switch").click()
    row.wait_for(state="detached")


def code_of(client: httpx.Client) -> str | None:
    """Why a run is refused; None when it is not."""
    code = client.post("/v1/agents/echo-agent/invoke", json={"input": "x"}).json().get("code")
    return None if code is None else str(code)


def test_an_administrator_stops_all_agents_with_the_tenants_id_and_lets_them_go_on(
    platform: LocalStack, open_app: Callable[..., WebApp]
) -> None:
    admin = open_app().open().sign_in("admin@globex.test")
    page = admin.open("/kill-switches").page
    page.get_by_label("What").select_option("tenant")
    page.get_by_label("Reason").fill("a test")
    page.get_by_role("button", name="Stop it").click()
    box = page.get_by_role("dialog", name="Stop all agents of the tenant")
    box.get_by_label("to confirm").fill("globex")
    box.get_by_role("button", name="Set kill switch").click()
    row = page.get_by_role("row", name=re.compile("globex"))
    row.wait_for()
    assert admin.violations() == []
    try:
        with platform.client("globex-developer") as globex:
            eventually(lambda: code_of(globex) == "KILL_SWITCH", seconds=10)
        with platform.client("acme-developer") as acme:
            assert code_of(acme) is None
    finally:
        row.get_by_role("button", name="Clear").click()
        page.get_by_role("dialog").get_by_role("button", name="Clear switch").click()
        row.wait_for(state="detached")
