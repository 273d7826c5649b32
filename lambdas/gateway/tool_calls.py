"""A call of a tool, by way of the one pipeline."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from enforcement.actions import Action, Outcome
from enforcement.pipeline import perform
from enforcement.policies import InForce
from enforcement.run_desk import RunDesk
from lambdas.gateway.tools import Asked, Made


class Given(NamedTuple):
    """What the agent is given: the result as JSON, and words for a reader of text."""

    structured: Any
    text: str


def call_tool(desk: RunDesk, in_force: InForce, asked: Asked) -> Given:
    """What the tool returned, as the agent may have it. Raises as the pipeline does, and what the tool cannot do."""
    made: list[Made] = []

    def act(run: Mapping[str, Any], action: Action) -> Outcome:
        made.append(asked.act(desk, run, action))
        return made[0].outcome

    guarded = perform(desk, in_force, asked.action, act)
    found = made[0]
    if found.failure is not None:
        raise found.failure
    structured = found.structured if found.outcome.own else guarded.value
    return Given(structured, found.words(structured))
