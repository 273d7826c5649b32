import pytest

from data_access_lib.errors import RunClosed
from platform_kit.errors import Conflict
from tests.unit.lambdas.gateway.gateway_fakes import world


def test_a_running_run_gives_its_record() -> None:
    assert world().desk.running()["status"] == "running"


@pytest.mark.parametrize("status", ["succeeded", "failed", "halted", "cancelled", "timed_out"])
def test_an_ended_run_says_how_it_ended(status: str) -> None:
    with pytest.raises(RunClosed) as closed:
        world(status=status).desk.running()
    assert closed.value.run_status == status


@pytest.mark.parametrize("status", ["queued", "awaiting_approval", "paused", "retrying"])
def test_a_run_that_stands_still_may_go_on_later(status: str) -> None:
    with pytest.raises(Conflict) as refused:
        world(status=status).desk.running()
    assert not isinstance(refused.value, RunClosed)
    assert status in refused.value.detail


def test_the_present_is_told_as_records_hold_it() -> None:
    assert world().desk.now() == "2026-01-02T03:04:05.000Z"
