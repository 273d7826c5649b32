"""Plans: a tenant that calls too fast gets 429 with Retry-After, and its neighbour does not notice."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.local_stack import LocalStack

pytestmark = pytest.mark.local_stack


@pytest.mark.timeout(180)
def test_a_tenant_over_its_plan_is_told_to_wait_and_its_neighbour_is_served(
    platform: LocalStack, acme: httpx.Client
) -> None:
    headers = {"authorization": f"Bearer {platform.token('globex-viewer')}"}

    def call(_: int) -> httpx.Response:
        return httpx.get(f"{platform.api_url}/v1/tenant", headers=headers, timeout=60)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(call, range(400)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} <= {200, 429}
    assert refused, "the plan of the tier basic was never reached"
    assert refused[0].headers["content-type"].startswith("application/problem+json")
    assert int(refused[0].headers["retry-after"]) > 0
    assert acme.get("/v1/tenant").status_code == 200
