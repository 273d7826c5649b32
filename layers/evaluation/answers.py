"""What an agent did with a case, as the platform tells it: the agent itself says nothing here but `output`."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A finished run. Cost in pico-dollars; `tools` are those whose calls were carried out, in order."""

    output: Any
    run_id: str
    latency_ms: int
    cost_pico: int
    tools: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The output as text: its `text` when it is an object with one, canonical JSON for other values."""
        if isinstance(self.output, str):
            return self.output
        if isinstance(self.output, dict) and isinstance(self.output.get("text"), str):
            return str(self.output["text"])
        return json.dumps(self.output, sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True)
class Score:
    """What one scorer says: `value` from 0 to 1, and in words why it did not pass."""

    scorer: str
    passed: bool
    value: float
    reason: str = ""


def verdict(scorer: str, *, passed: bool, reason: str = "") -> Score:
    """A score of yes or no."""
    return Score(scorer, passed, 1.0 if passed else 0.0, "" if passed else reason)


def graded(scorer: str, value: float, threshold: float) -> Score:
    """A score by degrees, that is enough from `threshold` on."""
    bounded = min(1.0, max(0.0, value))
    passed = bounded >= threshold
    return Score(scorer, passed, bounded, "" if passed else f"{bounded:.3f} is below {threshold:.3f}")
