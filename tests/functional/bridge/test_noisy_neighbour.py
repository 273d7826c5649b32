"""A tenant at twenty times its plan moves its neighbour's p99 by at most half, even inside one process."""

import contextlib
import io

import pytest

from bench.noisy_neighbour import ratio, rounds

MOST = 1.5
SERIES = 3


@pytest.mark.timeout(240)
def test_a_tenant_at_twenty_times_its_plan_moves_anothers_p99_by_at_most_half() -> None:
    """Alone and beside in turns, the median of the rounds; a machine's own hiccups are given two more series."""
    found: list[float] = []
    with contextlib.redirect_stdout(io.StringIO()):
        while len(found) < SERIES and (not found or found[-1] > MOST):
            found.append(ratio(rounds(5, 60)))
    assert found[-1] <= MOST, found
