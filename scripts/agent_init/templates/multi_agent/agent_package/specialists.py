"""The members of the team. Each does one kind of work, with the tools and the prompt that it needs and no others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from ambit_agent import Gateway, GatewayError

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL: Final = "local"  # as in the manifest
_SUM: Final = re.compile(r"[\d(][\d\s.()]*(?:[-+*/%]+[\d\s.()]+)+")


class Specialist(Protocol):
    """A member of the team."""

    @property
    def name(self) -> str:
        """What it is called in plans and results."""
        ...

    def takes(self, task: str) -> bool:
        """Whether this is its kind of work."""
        ...

    def work(self, task: str, gateway: Gateway) -> str:
        """Do it; GatewayError when the platform refuses what it needs."""
        ...


@dataclass(frozen=True)
class Calculator:
    """Works out the sum in a task."""

    name: str = "calculator"

    def takes(self, task: str) -> bool:
        """Tasks with a sum in them."""
        return _SUM.search(task) is not None

    def work(self, task: str, gateway: Gateway) -> str:
        """The sum and its result."""
        found = _SUM.search(task)
        expression = found[0].strip() if found else task
        return f"{expression} = {gateway.tools.call('calculator', expression=expression)['result']}"


@dataclass(frozen=True)
class Writer:
    """Writes with a model; the prompt decides whether it drafts or criticises."""

    name: str
    prompt: str

    def takes(self, task: str) -> bool:
        """Everything that is left."""
        return bool(task)

    def work(self, task: str, gateway: Gateway) -> str:
        """What the model says."""
        messages = [{"role": "system", "content": self.prompt}, {"role": "user", "content": task}]
        said = gateway.call("/openai/v1/chat/completions", {"model": MODEL, "messages": messages})
        return str(said["choices"][0]["message"]["content"])


def _prompt(name: str) -> str:
    return (Path(__file__).parent / f"{name}.md").read_text("utf-8")


TEAM: Final[Sequence[Specialist]] = (Calculator(), Writer("writer", _prompt("writer")))
CRITIC: Final = Writer("critic", _prompt("critic"))


def try_to(member: Specialist, task: str, gateway: Gateway) -> tuple[str, bool]:
    """What the member did, and whether it could: one that fails does not take the others down."""
    try:
        return member.work(task, gateway), True
    except GatewayError as refused:
        return str(refused), False
