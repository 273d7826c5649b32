"""Runs executions of our state machines by their real definitions, as far as we use the states language."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

WORKFLOWS: Final = Path(__file__).parents[2] / "infra" / "workflows"
_MOST_STATES: Final = 10_000
Task = Callable[[dict[str, Any]], Any]


class ExecutionFailed(Exception):
    """The execution ended in a Fail state."""


@dataclass
class StateMachine:
    """`functions` are what tasks invoke, by the placeholder that names them. Waits are noted and not waited."""

    name: str
    functions: Mapping[str, Task]
    waits: list[float] = field(default_factory=list)
    entered: list[str] = field(default_factory=list)

    def run(self, given: Mapping[str, Any]) -> None:
        """One execution from start to end. ExecutionFailed."""
        self._lead(json.loads((WORKFLOWS / f"{self.name}.asl.json").read_text()), given)

    def _lead(self, definition: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        states, data, name = definition["States"], dict(given), definition["StartAt"]
        for _ in range(_MOST_STATES):
            self.entered.append(name)
            state = states[name]
            if state["Type"] == "Succeed":
                return
            if state["Type"] == "Fail":
                raise ExecutionFailed(data["error"])
            name = self._next(state, data)
            if name is None:
                return
        raise AssertionError("the execution does not end")

    def _next(self, state: Mapping[str, Any], data: dict[str, Any]) -> str | None:
        if state["Type"] == "Choice":
            return _chosen(state, data)
        if state["Type"] == "Wait":
            self.waits.append(float(_resolve(state["SecondsPath"], data)))
            return str(state["Next"])
        try:
            answer = self._attempt(state, data)
        except Exception as failure:
            if "Catch" not in state:
                raise
            name = type(failure).__name__
            cause = json.dumps({"errorType": name, "errorMessage": "internal text"})
            data["error"] = {"Error": name, "Cause": cause}
            return str(state["Catch"][0]["Next"])
        if state.get("ResultPath"):
            chosen = {key.removesuffix(".$"): _resolve(path, answer) for key, path in state["ResultSelector"].items()}
            data[state["ResultPath"].removeprefix("$.")] = chosen
        return state.get("Next")

    def _attempt(self, state: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        """A task with the retries of its definition."""
        if state["Type"] == "Map":
            return self._map(state, data)
        payload = state["Parameters"]["Payload"]
        sent = {key.removesuffix(".$"): _resolve(value, data) for key, value in payload.items()}
        function = self.functions[state["Parameters"]["FunctionName"].strip("${}")]
        left = {error: retry["MaxAttempts"] for retry in state["Retry"] for error in retry["ErrorEquals"]}
        while True:
            try:
                return {"Payload": json.loads(json.dumps(function(sent)))}
            except Exception as failure:
                name = next((one for one in (type(failure).__name__, "States.ALL") if left.get(one, 0) > 0), None)
                if name is None:
                    raise
                left[name] -= 1

    def _map(self, state: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        """Each item by the processor's states, one after the other."""
        for item in _resolve(state["ItemsPath"], data):
            whole = {**data, "item": item}
            places = {key.removesuffix(".$"): path for key, path in state["ItemSelector"].items()}
            chosen = {key: _resolve(path.replace("$$.Map.Item.Value", "$.item"), whole) for key, path in places.items()}
            self._lead(state["ItemProcessor"], chosen)
        return {}


def _chosen(state: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    for choice in state["Choices"]:
        if _resolve(choice["Variable"], data) == choice["StringEquals"]:
            return str(choice["Next"])
    return str(state["Default"])


def _resolve(value: Any, data: Any) -> Any:
    if not isinstance(value, str) or not value.startswith("$."):
        return value
    for name in value.removeprefix("$.").split("."):
        data = data[name]
    return data
