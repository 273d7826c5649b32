"""Evaluations in the web app: started, watched, looked into, compared, cancelled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.agent_versions import candidate, draft
from tests.local_stack import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.browser.web_app import WebApp

AGENT, SUITE = "echo-agent", "echo-basics"
_OVER = {"succeeded", "failed", "cancelled"}
PATIENT = 180
"""Seconds that an evaluation of a few cases may take on a busy machine."""


def evaluations_of(operator: httpx.Client, version: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = operator.get("/v1/evaluation-runs", params={"versionId": version}).json()["items"]
    return found


def ended(operator: httpx.Client, version: str) -> dict[str, Any]:
    """The version's evaluation by the suite, when it has come to its end; others' suites may be of the agent, too."""

    def look() -> dict[str, Any] | None:
        mine = (one for one in evaluations_of(operator, version) if one["suite"] == SUITE)
        return next((one for one in mine if one["status"] in _OVER), None)

    return eventually(look, seconds=PATIENT, every=1)


@pytest.mark.timeout(300)
def test_an_evaluation_is_started_watched_and_looked_into(operator: httpx.Client, ops: WebApp) -> None:
    version, page = candidate(operator, AGENT, "looked into"), ops.page
    ops.open(f"/evaluations/new?version={version}")
    page.get_by_role("button", name="Start evaluation").click()
    page.get_by_text("Choose a suite.").wait_for()
    page.get_by_label("Suite").select_option(SUITE)
    page.get_by_role("button", name="Start evaluation").click()
    page.wait_for_url(re.compile(r"/evaluations/evl_"))
    page.get_by_role("progressbar", name="Cases decided").wait_for()
    page.get_by_text("The evaluation has ended: passed.").wait_for(state="attached", timeout=PATIENT * 1000)
    polls = len(ops.api_calls)
    page.get_by_role("button", name=re.compile("hello")).click()
    case = page.get_by_role("article", name="hello")
    case.get_by_role("heading", name="Answer").first.wait_for()
    case.get_by_text("exact", exact=True).first.wait_for()
    assert "case=hello" in page.url
    page.get_by_role("img", name="Distribution of latency").wait_for()
    page.get_by_text("Show as a table").first.click()
    ops.screenshot("evaluation")
    assert ops.violations() == []
    page.reload()
    page.get_by_role("article", name="hello").wait_for()
    page.wait_for_timeout(3000)
    evaluation_id = page.url.split("/evaluations/")[1].split("?")[0]
    once = [call for call in ops.api_calls[polls:] if call.startswith(f"GET /v1/evaluation-runs/{evaluation_id} ")]
    assert len(once) == 1, "what is over is asked for once"


@pytest.mark.timeout(300)
def test_two_evaluations_are_compared(operator: httpx.Client, ops: WebApp) -> None:
    version, page = candidate(operator, AGENT, "compared"), ops.page
    evaluation = ended(operator, version)
    ops.open(f"/evaluations/{evaluation['evaluationId']}")
    page.get_by_role("link", name="Compare").click()
    page.get_by_text(re.compile(r"Of 6 cases ")).wait_for()
    page.get_by_role("img", name="Distribution of latency").wait_for()
    ops.screenshot("evaluations-compared")
    assert ops.violations() == []


def test_a_draft_is_refused_and_the_form_says_why(operator: httpx.Client, ops: WebApp) -> None:
    version, page = draft(operator, AGENT, "not yet"), ops.page
    ops.open(f"/evaluations/new?version={version}&suite={SUITE}")
    page.get_by_role("button", name="Start evaluation").click()
    page.get_by_role("alert").get_by_text("bring it to candidate").wait_for()
    assert page.url.split("?")[0].endswith("/evaluations/new")
    assert ops.violations() == []


def test_an_evaluation_is_cancelled_and_the_list_is_filtered(
    operator: httpx.Client, open_app: Callable[..., WebApp]
) -> None:
    app = open_app(color_scheme="dark", viewport={"width": 390, "height": 844}).open().sign_in("ops@ambit.test")
    version, page = candidate(operator, AGENT, "cancelled"), app.page
    started = operator.post("/v1/evaluation-runs", json={"versionId": version, "suite": SUITE}).json()
    app.open(f"/evaluations/{started['evaluationId']}")
    page.get_by_role("button", name="Cancel evaluation").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel evaluation").click()
    page.get_by_text("The evaluation has ended: cancelled.").wait_for(state="attached")
    assert app.violations() == []
    app.open(f"/evaluations?version={version}&outcome=cancelled")
    page.get_by_role("link", name=re.compile(started["evaluationId"])).wait_for()
    page.get_by_label("Outcome").select_option("running")
    assert "outcome=running" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert app.violations() == []
    assert app.problems == []
