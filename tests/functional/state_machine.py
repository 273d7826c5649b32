"""Runs executions of our state machines by their real definitions, as far as we use the states language."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

WORKFLOWS: Final = Path(__file__).parents[2] / "infra" / "workflows"
_MOST_STATES: Final = 10_000
Task = Callable[[dict[str, Any]], Any]


class ExecutionFailed(Exception):
    """The execution ended in a Fail state."""


class TaskEnded(Exception):
    """A task that ends in an error of this name."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass
class Callbacks:
    """Step Functions' operations on task tokens, as boto3's client has them, for the tokens that wait."""

    waiting: dict[str, Any] = field(default_factory=dict)
    beats: int = 0

    def send_task_heartbeat(self, *, taskToken: str) -> None:  # noqa: N803 - boto3's names
        self._known(taskToken)
        self.beats += 1

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803
        self._answer(taskToken, json.loads(output))

    def send_task_failure(self, *, taskToken: str, error: str, cause: str) -> None:  # noqa: N803
        self._answer(taskToken, TaskEnded(error))

    def _answer(self, token: str, answer: Any) -> None:
        self._known(token)
        self.waiting[token] = self.waiting[token] or answer

    def _known(self, token: str) -> None:
        from botocore.exceptions import ClientError

        if token not in self.waiting:
            raise ClientError({"Error": {"Code": "TaskTimedOut", "Message": ""}}, "SendTask")


@dataclass
class StateMachine:
    """`functions` are what tasks invoke, by the placeholder that names them. Waits are noted and not waited.

    While a task waits with a token of `callbacks`, `meanwhile` is called with the state's name until it is answered or
    raises what the task then ends with.
    """

    name: str
    functions: Mapping[str, Task]
    callbacks: Callbacks = field(default_factory=Callbacks)
    meanwhile: Callable[[str], None] = lambda _: None
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
            name = failure.error if isinstance(failure, TaskEnded) else type(failure).__name__
            cause = json.dumps({"errorType": name, "errorMessage": "internal text"})
            data["error"] = {"Error": name, "Cause": cause}
            return str(state["Catch"][0]["Next"])
        if state.get("ResultPath") and "ResultSelector" not in state:
            data[state["ResultPath"].removeprefix("$.")] = answer
        elif state.get("ResultPath"):
            chosen = {key.removesuffix(".$"): _resolve(path, answer) for key, path in state["ResultSelector"].items()}
            data[state["ResultPath"].removeprefix("$.")] = chosen
        return state.get("Next")

    def _attempt(self, state: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        """A task with the retries of its definition."""
        if state["Type"] == "Map":
            return self._map(state, data)
        payload = state["Parameters"]["Payload"]
        token = uuid.uuid4().hex
        known = {**data, "Token": token}
        sent = {key.removesuffix(".$"): _resolve(_own(value), known) for key, value in payload.items()}
        function = self.functions[state["Parameters"]["FunctionName"].strip("${}")]
        left = {error: retry["MaxAttempts"] for retry in state["Retry"] for error in retry["ErrorEquals"]}
        waits = state["Resource"].endswith(".waitForTaskToken")
        while True:
            try:
                return self._waited(token, function, sent) if waits else _answered(function, sent)
            except Exception as failure:
                error = failure.error if isinstance(failure, TaskEnded) else type(failure).__name__
                name = next((one for one in (error, "States.ALL") if left.get(one, 0) > 0), None)
                if name is None:
                    raise
                left[name] -= 1

    def _waited(self, token: str, function: Task, sent: dict[str, Any]) -> Any:
        """What the token was answered with."""
        self.callbacks.waiting[token] = None
        try:
            function(sent)
            while self.callbacks.waiting[token] is None:
                self.meanwhile(self.entered[-1])
            answer = self.callbacks.waiting[token]
        finally:
            del self.callbacks.waiting[token]
        if isinstance(answer, TaskEnded):
            raise answer
        return answer

    def _map(self, state: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        """Each item by the processor's states, one after the other."""
        for item in _resolve(state["ItemsPath"], data):
            whole = {**data, "item": item}
            places = {key.removesuffix(".$"): path for key, path in state["ItemSelector"].items()}
            chosen = {key: _resolve(path.replace("$$.Map.Item.Value", "$.item"), whole) for key, path in places.items()}
            self._lead(state["ItemProcessor"], chosen)
        return {}


def _answered(function: Task, sent: dict[str, Any]) -> dict[str, Any]:
    return {"Payload": json.loads(json.dumps(function(sent)))}


def _own(value: Any) -> Any:
    """The token of a task, where the definition names it."""
    return "$.Token" if value == "$$.Task.Token" else value


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
