"""Measuring honestly: warm up, many samples, medians and high percentiles, and the same clock for both sides."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """One line of `bench/results/latest.json`. `ratio` is ours / reference."""

    name: str
    unit: str
    ours: float
    reference: float
    higher_is_better: bool = False

    def as_json(self) -> dict[str, Any]:
        """The line in the names of the file."""
        fields = asdict(self)
        better = fields.pop("higher_is_better")
        ratio = round(self.ours / self.reference, 3) if self.reference else None
        return {**fields, "ratio": ratio, "higherIsBetter": better}


def samples(work: Callable[[], object], count: int, *, warm: int = 20) -> list[float]:
    """Milliseconds of each of `count` calls after `warm` uncounted ones; the collector does not run between them."""
    for _ in range(warm):
        work()
    gc.collect()
    gc.disable()
    try:
        return [_timed(work) for _ in range(count)]
    finally:
        gc.enable()


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which this part (0 to 1) of the values lies: nearest rank."""
    ordered = sorted(values)
    return round(ordered[min(int(part * len(ordered)), len(ordered) - 1)], 4)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
