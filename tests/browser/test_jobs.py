from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from tests.browser.web_app import WebApp

SLOW = {"input": "a long job", "context": {"steps": 200, "stepMs": 500}}


def test_a_job_is_followed_cancelled_and_done_again(dev: WebApp, acme: httpx.Client) -> None:
    job = acme.post("/v1/agents/echo-async/invoke", json=SLOW).raise_for_status().json()["jobId"]
    dev.open("/jobs?agent=echo-async")
    row = dev.page.get_by_role("row").filter(has=dev.page.get_by_label(f"Choose {job}"))
    row.get_by_role("progressbar").wait_for()
    row.get_by_text("Running").wait_for()
    dev.screenshot("jobs")
    dev.page.set_viewport_size({"width": 390, "height": 844})
    dev.screenshot("jobs-narrow")
    assert dev.page.evaluate("document.documentElement.scrollWidth") <= 390
    row.get_by_role("link").click()
    dev.page.get_by_role("region", name="Attempts").get_by_text("The beginning").wait_for()
    dev.screenshot("job-narrow")
    assert dev.page.evaluate("document.documentElement.scrollWidth") <= 390
    dev.page.set_viewport_size({"width": 1280, "height": 860})
    dev.screenshot("job")
    dev.page.get_by_role("button", name="Cancel job").click()
    dev.page.get_by_role("button", name="Requeue", exact=True).click()
    dev.page.wait_for_url(lambda url: "/jobs/job_" in url and not url.endswith(job))
    successor = dev.page.url.rpartition("/")[2]
    dev.page.get_by_role("button", name="Cancel job").click()
    dev.page.get_by_role("button", name="Requeue", exact=True).wait_for()
    assert not dev.violations()
    told = acme.get(f"/v1/jobs/{successor}").json()
    assert (told["requeuedFrom"], told["status"]) == (job, "cancelled")
    dev.page.get_by_role("link", name=re.compile("^job_")).first.click()
    dev.page.get_by_role("link", name=re.compile(f"{successor[-6:]}$")).wait_for()
