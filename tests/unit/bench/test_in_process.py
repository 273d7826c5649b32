"""The measurements that need no platform go through what they say they measure: nothing is refused on the way."""

from collections.abc import Callable

import pytest

from bench import authoriser, bridge
from bench.measure import Result


@pytest.mark.parametrize("part", [bridge.first_byte, authoriser.decision], ids=lambda part: part.__module__)
def test_a_measurement_comes_to_its_end(part: Callable[[], list[Result]]) -> None:
    assert all(result.ours > 0 and result.reference > 0 for result in part())
