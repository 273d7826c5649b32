"""The runbook of the runtime region, carried out as it stands: away from home by hand, and back.

What becomes of traffic in between is for `make failover-drill` to show.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.failover_drill.platform import Drilled
from scripts.local_platform import parts, processes
from scripts.local_platform.layout import REGION, STANDBY_REGION, layout_from_environment
from tests.e2e.test_runbooks import carry_out
from tests.local_stack import LocalStack

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
TENANT = "acme"


@pytest.fixture
def two_regions(platform: LocalStack) -> Iterator[Drilled]:
    """A second agent host, an agent in both regions, and a tenant that agrees; as it was before in the end."""
    drilled = Drilled(layout_from_environment())
    before = drilled.prepare(TENANT, ("echo-agent",))
    yield drilled
    if drilled.standing()[0]["active"] != REGION:
        drilled.switch(REGION, "a test's end", hold=False)
    drilled.agree(TENANT, before)
    processes.stop(drilled.layout, parts.STANDBY)


def test_an_operator_leaves_a_region_and_comes_back(two_regions: Drilled, tmp_path: Path) -> None:
    printed = carry_out("runtime-failover", tmp_path, TENANT=TENANT, REASON="a test")
    away, home = printed.index(f'"active": "{STANDBY_REGION}"'), printed.index("at home again")
    assert away < home
    standing, _ = two_regions.standing()
    assert (standing["active"], standing["held"], standing["reason"]) == (REGION, False, "a test")
