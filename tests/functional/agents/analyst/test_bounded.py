"""The forms that hold a bounded amount of a column of any size."""

from __future__ import annotations

import random

import numpy as np
import pytest
from analyst_agent.columns import Column
from analyst_agent.correlation import Correlations
from analyst_agent.distribution import quantiles
from analyst_agent.moments import Moments
from analyst_agent.profile import BUDGET, TableProfile
from analyst_agent.sketch import RANK_ERROR, K, QuantileSketch
from analyst_agent.tally import KEPT, Tally, shorten

LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@pytest.mark.parametrize("shape", ["normal", "exponential", "sorted", "reversed", "repeated"])
def test_a_sketchs_quantiles_are_within_their_rank_error(shape: str) -> None:
    rng = np.random.default_rng(3)
    data = {
        "normal": rng.normal(size=500_000), "exponential": rng.exponential(size=500_000),
        "sorted": np.arange(500_000.0), "reversed": np.arange(500_000.0)[::-1],
        "repeated": rng.integers(0, 7, 500_000).astype(float),
    }[shape]  # fmt: skip
    sketch = QuantileSketch()
    for part in np.array_split(data, 60):
        sketch.add(part)
    ordered = np.sort(data)
    for level, value in zip(LEVELS, quantiles(*sketch.weighted(), LEVELS), strict=True):
        low, high = np.searchsorted(ordered, value, "left"), np.searchsorted(ordered, value, "right")
        assert low / len(data) - RANK_ERROR <= level <= high / len(data) + RANK_ERROR


def test_a_sketch_counts_every_value_and_holds_few() -> None:
    sketch = QuantileSketch()
    for part in np.array_split(np.arange(1_000_000.0), 100):
        sketch.add(part)
    values, weights = sketch.weighted()
    assert weights.sum() == 1_000_000
    assert len(values) < 5 * K


def test_weighted_values_count_as_often_as_they_occurred() -> None:
    sketch = QuantileSketch()
    sketch.add_weighted(np.array([1.0, 2.0]), np.array([5, 1_000_000]))
    values, weights = sketch.weighted()
    assert weights[values == 1.0].sum() == 5
    assert weights[values == 2.0].sum() == 1_000_000


def test_moments_are_those_of_numpy_however_the_data_is_cut() -> None:
    data = np.random.default_rng(5).normal(1e9, 1, 10_000)
    moments = Moments()
    for part in np.array_split(data, 7):
        moments.add(part)
    assert (moments.count, moments.least, moments.greatest) == (10_000, np.min(data), np.max(data))
    assert moments.mean == pytest.approx(data.mean(), rel=1e-12)
    assert moments.std == pytest.approx(data.std(ddof=1), rel=1e-6)


def test_correlations_use_the_rows_where_both_are_present() -> None:
    rng = np.random.default_rng(11)
    data = rng.normal(1e6, 1, (3, 4_000))
    data[1] += data[0]
    data[rng.random(data.shape) < 0.2] = np.nan
    sums = Correlations(3)
    for part in np.array_split(data, 9, axis=1):
        sums.add(part)
    for first, second in ((0, 1), (0, 2), (1, 2)):
        both = ~np.isnan(data[first]) & ~np.isnan(data[second])
        expected = np.corrcoef(data[first][both], data[second][both])[0, 1]
        assert sums.matrix()[first, second] == pytest.approx(expected, abs=1e-9)


def test_a_constant_column_correlates_with_nothing() -> None:
    sums = Correlations(2)
    sums.add(np.array([[0.1] * 50, list(range(50))]))
    assert np.isnan(sums.matrix()[0, 1])


def test_a_degraded_tally_keeps_the_frequent_within_its_error() -> None:
    rng = random.Random(1)  # noqa: S311 - seeded test data
    tally = Tally()
    tally.degrade()
    for _ in range(60):
        cells = [f"rare{rng.getrandbits(60)}" for _ in range(2_000)] + ["often"] * 300 + ["sometimes"] * 100
        tally.add(cells, set(cells))
    assert [value for value, _ in tally.counts.most_common(2)] == ["often", "sometimes"]
    assert 18_000 - tally.error <= tally.counts["often"] <= 18_000
    assert len(tally.counts) <= 4 * KEPT
    assert tally.distinct() == pytest.approx(120_002, rel=0.1)


def test_long_cells_are_held_short_and_still_told_apart() -> None:
    one, other = shorten(("x" * 5_000 + "1", "x" * 5_000 + "2"))
    assert one != other
    assert len(one) < 80


def test_a_profile_stays_in_its_budget_and_exact_in_what_must_be() -> None:
    rng = random.Random(2)  # noqa: S311 - seeded test data
    profile, rows, total = TableProfile(["a", "b", "c", "d"]), 0, 0
    for _ in range(150):
        numbers = [rng.randrange(10**12) for _ in range(2_000)]
        cells = tuple(map(str, numbers))
        profile.add([cells, cells, tuple(f"{n}.5" for n in numbers), tuple(f"t{n}" for n in numbers)])
        total, rows = total + sum(numbers), rows + 2_000
        assert sum(column.weight for column in profile.columns) <= BUDGET + 4 * 2_000
    assert profile.columns[0].moments.mean == pytest.approx(total / rows, rel=1e-9)
    assert profile.columns[0].profile()["quantilesExact"] is False
    assert profile.columns[0].profile()["quantiles"]["0.5"] == pytest.approx(5e11, rel=0.02)


def test_a_column_that_was_not_counted_to_the_end_claims_no_counts() -> None:
    column = Column("x")
    column.add(("1.5", "2.5"))
    column.degrade()
    column.add(("3.5", "4.5"))
    assert "distinct" not in column.profile()
    assert "top" not in column.profile()
    assert column.profile()["max"] == 4.5
