"""How a version comes before tenants, and a second one beside it, as operators and administrators see it."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.agent_versions import candidate, draft, published
from tests.browser.test_registry import AGENT, closed_gates, give_reason
from tests.e2e.test_push import COMMAND, ENVIRONMENT
from tests.local_stack import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx
    from playwright.sync_api import Page

    from tests.browser.web_app import WebApp
    from tests.local_stack import LocalStack

SLOW_MS = 60_000
"""An answer's longest time while candidates of these tests are evaluated beside."""
PATIENT = 180
"""Seconds that an evaluation of a few cases may take on a busy machine."""


@pytest.fixture
def boss(open_app: Callable[..., WebApp]) -> WebApp:
    """A tab where an administrator of the platform is signed in."""
    app = open_app().open().sign_in("admin@ambit.test")
    app.page.set_default_timeout(SLOW_MS)
    return app


def gate(page: Page, name: str) -> str:
    """What the panel says of a gate."""
    return page.get_by_role("list", name="Gates").get_by_role("listitem").filter(has_text=name).first.inner_text()


@pytest.mark.timeout(300)
def test_a_version_of_high_risk_is_certified_approved_by_two_and_refused_with_every_gate_until_then(
    platform: LocalStack, operator: httpx.Client, boss: WebApp
) -> None:
    version, page = candidate(operator, AGENT, "grave", tools=["http.send"]), boss.page
    boss.open(f"/versions/{version}")
    page.get_by_role("list", name="Gates").wait_for()
    assert "Closed" in gate(page, "Approvals")
    page.get_by_role("button", name="Approve as the default").click()
    box = give_reason(boss, "Approve as the default")
    box.get_by_text("PROMOTION_REFUSED").wait_for()
    refused = box.get_by_role("alert").inner_text()
    assert all(f"{one.capitalize()}: " in refused for one in closed_gates(operator, version))
    assert boss.violations() == []
    box.get_by_role("button", name="Keep as it is").click()

    page.get_by_role("button", name="Certify it").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Note").fill("read all of it")
    assert boss.violations() == []
    box.get_by_role("button", name="Certify", exact=True).click()
    box.wait_for(state="detached")
    page.get_by_role("list", name="Certifications").get_by_text("Security review").first.wait_for()

    with platform.client("platform-operator-2") as asks, platform.client("platform-admin") as votes:
        asked = asks.post(f"/v1/versions/{version}/approvals", json={"reason": "ready"}).raise_for_status().json()
        path = f"/v1/versions/{version}/approvals/{asked['approvalId']}/decision"
        votes.post(path, json={"decision": "approve", "reason": "looked at it"}).raise_for_status()
    page.reload()
    page.get_by_text("1 of 2 approvals").wait_for()
    page.get_by_role("button", name="Approve", exact=True).click()
    give_reason(boss, "Approve").wait_for(state="detached")
    page.get_by_text("2 of 2 approvals").wait_for()
    page.get_by_text("Every gate holds.").wait_for(timeout=PATIENT * 1000)
    boss.screenshot("promotion")
    assert boss.violations() == []
    assert boss.problems == []


def test_who_asked_for_an_approval_sees_why_others_decide(operator: httpx.Client, ops: WebApp) -> None:
    version, page = candidate(operator, AGENT, "mine", tools=["http.send"]), ops.page
    ops.open(f"/versions/{version}")
    page.get_by_role("button", name="Ask for an approval").click()
    give_reason(ops, "Ask").wait_for(state="detached")
    page.get_by_text("You asked for it: two others have to decide.").wait_for()
    assert page.get_by_role("button", name="Approve", exact=True).is_disabled()
    assert ops.violations() == []


def test_the_glass_is_broken_by_two_administrators_and_by_nobody_alone(
    platform: LocalStack, operator: httpx.Client, boss: WebApp, ops: WebApp
) -> None:
    version, page = candidate(operator, AGENT, "an emergency", tools=["http.send"]), boss.page
    boss.open(f"/versions/{version}")
    page.get_by_role("button", name="Break the glass").click()
    box = page.get_by_role("dialog")
    box.get_by_label("to confirm").fill(AGENT)
    box.get_by_label("Reason").fill("short")
    box.get_by_role("button", name="Ask to go past closed gates").click()
    box.get_by_role("alert").wait_for()
    box.get_by_label("Reason").fill("customers wait for it")
    assert boss.violations() == []
    box.get_by_role("button", name="Ask to go past closed gates").click()
    box.wait_for(state="detached")
    page.get_by_text("You asked for it: another Platform.Admin confirms.").wait_for()
    assert page.get_by_role("button", name="Confirm and promote").is_disabled()
    boss.screenshot("break-glass")
    assert boss.violations() == []

    ops.open(f"/versions/{version}")
    ops.page.get_by_text("By another Platform.Admin than who asked.").wait_for()
    assert ops.page.get_by_role("button", name="Confirm and promote").is_disabled()
    assert ops.page.get_by_role("button", name="Break the glass").is_disabled()

    asked = operator.get(f"/v1/versions/{version}/break-glass").json()["items"][0]["requestId"]
    with platform.client("platform-operator") as alone:
        assert alone.post(f"/v1/versions/{version}/break-glass/{asked}/confirm").status_code == 403
    assert operator.get(f"/v1/versions/{version}").json()["status"] == "candidate"


def test_a_broken_glass_is_confirmed_in_the_page_by_the_other(
    platform: LocalStack, operator: httpx.Client, boss: WebApp
) -> None:
    agent, page = f"t-{uuid4().hex[:12]}", boss.page
    first = published(operator, agent, 1)
    second = draft(operator, agent, "an emergency", tools=["http.send"])
    operator.post(f"/v1/versions/{second}/promote", json={"to": "candidate"}).raise_for_status()
    with platform.client("platform-admin-2") as other:
        asked = {"reason": "customers wait for it"}
        other.post(f"/v1/versions/{second}/break-glass", json=asked).raise_for_status()
    boss.open(f"/versions/{second}")
    page.get_by_role("button", name="Confirm and promote").click()
    box = page.get_by_role("dialog")
    box.get_by_label("to confirm").fill(agent)
    box.get_by_role("button", name="Confirm and promote").click()
    box.wait_for(state="detached")
    page.get_by_role("img", name="The version is approved").wait_for()
    page.get_by_role("button", name="Roll back").click()
    give_reason(boss, "Roll back").wait_for(state="detached")
    page.get_by_role("img", name="The version is rolled back").wait_for()
    assert operator.get(f"/v1/templates/{agent}").json()["approvedVersionId"] == first


@pytest.fixture
def beside(operator: httpx.Client) -> Iterator[str]:
    """An approved version beside the echo agent's default, and its end."""
    version = candidate(operator, AGENT, "beside")
    eventually(lambda: not closed_gates(operator, version), seconds=PATIENT, every=1)
    body = {"to": "approved", "asDefault": False, "reason": "a test"}
    operator.post(f"/v1/versions/{version}/promote", json=body).raise_for_status()
    yield version
    operator.post(f"/v1/versions/{version}/rollback", json={"reason": "a test is over"})


@pytest.mark.timeout(400)
def test_an_administrator_starts_a_canary_changes_its_share_and_ends_it(
    connect_admin: httpx.Client, operator: httpx.Client, beside: str, admin: WebApp, open_app: Callable[..., WebApp]
) -> None:
    connect_admin.post(f"/v1/agents/{AGENT}/invoke", json={"input": "so that there is an instance"})
    page = admin.page
    admin.open(f"/instances/{AGENT}")
    page.get_by_role("button", name="Start a canary").click()
    box = page.get_by_role("dialog")
    box.get_by_role("button", name="Start the canary").click()
    box.get_by_text("Say why").wait_for()
    box.get_by_label("Share of sessions").fill("40")
    box.get_by_label("Reason").fill("a test wants it")
    assert admin.violations() == []
    box.get_by_role("button", name="Start the canary").click()
    page.get_by_text("40 % of sessions").wait_for()
    page.get_by_text(f"ambit versions promote {beside} approved").wait_for()

    viewer = open_app(viewport={"width": 390, "height": 844}, color_scheme="dark").open().sign_in("viewer@acme.test")
    viewer.open(f"/instances/{AGENT}")
    viewer.page.get_by_text("40 % of sessions").wait_for()
    assert viewer.page.get_by_role("button", name="End the canary").is_disabled()
    assert viewer.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert viewer.violations() == []

    page.get_by_role("button", name="Change the share").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Share of sessions").fill("100")
    box.get_by_label("Reason").fill("it does well")
    box.get_by_role("button", name="Change the share").click()
    page.get_by_text("100 % of sessions").wait_for()
    eventually(lambda: seen_of_candidate(connect_admin) > 0, seconds=60)
    page.get_by_text("No run of the candidate has ended yet.").wait_for(state="detached")
    admin.screenshot("canary")
    assert admin.violations() == []
    page.get_by_role("button", name="End the canary").click()
    page.get_by_role("dialog").get_by_role("button", name="End the canary").click()
    page.get_by_role("region", name="Canary").get_by_text("Ended", exact=True).first.wait_for()
    assert connect_admin.get(f"/v1/instances/{AGENT}/canary").json()["status"] == "ended"


@pytest.mark.timeout(300)
def test_an_operator_sets_a_tenant_s_canary_where_the_second_version_is(
    connect_admin: httpx.Client, beside: str, ops: WebApp
) -> None:
    connect_admin.post(f"/v1/agents/{AGENT}/invoke", json={"input": "so that there is an instance"})
    ops.open(f"/versions/{beside}")
    card = ops.page.get_by_role("region", name="Canary at a tenant")
    card.get_by_role("button", name="Set the share").click()
    card.get_by_text("Choose a tenant.").wait_for()
    card.get_by_role("option", name="(acme)").wait_for(state="attached")
    card.get_by_label("Tenant").select_option("acme")
    card.get_by_label("Reason").fill("a first look")
    card.get_by_role("button", name="Set the share").click()
    card.get_by_text("5 % of sessions").wait_for()
    assert ops.violations() == []
    assert connect_admin.get(f"/v1/instances/{AGENT}/canary").json()["candidate"]["versionId"] == beside
    card.get_by_label("Share of sessions").fill("0")
    card.get_by_role("button", name="Set the share").click()
    card.get_by_text("Ended", exact=True).wait_for()


def seen_of_candidate(client: httpx.Client) -> int:
    """How many runs of the candidate were counted, after one more run."""
    client.post(f"/v1/agents/{AGENT}/invoke", json={"input": "hello"}).raise_for_status()
    return int(client.get(f"/v1/instances/{AGENT}/canary").json()["candidate"]["runs"])


@pytest.mark.timeout(300)
def test_evidence_is_downloaded_and_holds_by_the_line_that_the_page_gives(
    operator: httpx.Client, ops: WebApp, tmp_path: Path
) -> None:
    listed = operator.get("/v1/evaluation-runs").json()["items"]
    evaluation = next(one for one in listed if one.get("evidenceDigest"))
    page = ops.page
    ops.open(f"/evaluations/{evaluation['evaluationId']}")
    with page.expect_download() as bundle:
        page.get_by_role("button", name="Download the bundle").click()
    assert bundle.value.suggested_filename == f"{evaluation['evidenceDigest']}.zip"
    bundle.value.save_as(tmp_path / bundle.value.suggested_filename)
    with page.expect_download() as key:
        page.get_by_role("button", name="Download the public key").click()
    key.value.save_as(tmp_path / key.value.suggested_filename)
    line = page.get_by_text(re.compile(r"^ambit evidence verify ")).inner_text()
    words = [*COMMAND, *line.split()[1:], "--json"]
    done = subprocess.run(words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["holds"] is True
    assert ops.violations() == []
