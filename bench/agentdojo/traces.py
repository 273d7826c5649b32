"""What `record.py` has written: the calls of users' tasks and of attacks, and their answers."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """A call and its answer, a text."""

    tool: str
    arguments: dict[str, Any]
    answer: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A user's task; `attack` is None in peace. `reached` is the index of the first call that shows the attack, if any.

    An attack that no answer shows has no calls: nobody would have made them.
    """

    user: str
    attack: str | None
    calls: tuple[Step, ...]
    reached: int | None = None
    attack_calls: tuple[Step, ...] = ()
    prompt: str = ""
    """What the user asks for."""


def read(path: Path) -> dict[str, list[Trace]]:
    """The traces by suite."""
    document = json.loads(path.read_text(encoding="utf-8"))
    texts = document["texts"]
    return {name: [_trace(found, texts) for found in traces] for name, traces in document["suites"].items()}


def _trace(found: dict[str, Any], texts: dict[str, str]) -> Trace:
    calls, attacks = (
        tuple(Step(call["tool"], call["arguments"], texts[call["answer"]]) for call in found[name])
        for name in ("calls", "attackCalls")
    )
    return Trace(found["user"], found["attack"], calls, found["reached"], attacks, found["prompt"])
