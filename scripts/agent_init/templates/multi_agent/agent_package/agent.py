"""A team behind one name: a coordinator splits the task, specialists work side by side, a critic looks at the texts."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from ambit_agent import AgentApp, Gateway, Invocation, finding, output

from .specialists import CRITIC, TEAM, Specialist, try_to

if TYPE_CHECKING:
    from collections.abc import Iterator

app = AgentApp()
MOST_TASKS: Final = 8


@app.entrypoint
def coordinate(invocation: Invocation, gateway: Gateway) -> Iterator[dict[str, Any]]:
    """A finding for the plan and for each part, and the parts put together as the output."""
    tasks = plan(invocation.input)
    yield finding(text=f"{len(tasks)} parts", plan=[{"task": task, "by": member.name} for task, member in tasks])
    parts = []
    with ThreadPoolExecutor(max_workers=4) as pool:
        for part in pool.map(lambda given: _part(given[0], given[1], gateway), tasks):
            yield finding(text=f"{part['by']}: {part['result']}")
            parts.append(part)
    yield output({"parts": parts, "complete": all(part["done"] for part in parts)})


def plan(text: str) -> list[tuple[str, Specialist]]:
    """The parts of a task (lines, or what semicolons part), each with the first of the team that takes it."""
    tasks = [part.strip() for part in re.split(r"[;\n]+", text) if part.strip()][:MOST_TASKS]
    return [(task, next(member for member in TEAM if member.takes(task))) for task in tasks]


def _part(task: str, member: Specialist, gateway: Gateway) -> dict[str, Any]:
    result, done = try_to(member, task, gateway)
    part: dict[str, Any] = {"task": task, "by": member.name, "result": result, "done": done}
    if done and member.name == "writer":
        part["critique"], _ = try_to(CRITIC, f"Task: {task}\n\nWritten: {result}", gateway)
    return part
