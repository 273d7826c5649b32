"""Step Functions: task tokens keep their promises.

Stock behaviour: `HeartbeatSeconds` is never enforced, and bounds given by a path are not read; a token is accepted
after `StopExecution`; the failed call that should hand the token over is swallowed and the task waits for ever. Here a
silent task fails with `States.HeartbeatTimeout` (which `States.Timeout` matches too, as AWS documents), a stopped
execution's tokens are `TaskTimedOut`, and a failed call fails the task.
"""

from __future__ import annotations

import threading
import time
from contextvars import ContextVar
from typing import Any

from scripts.local_platform.emulator.seam import module, require

POLL_SECONDS = 0.1
BOUNDS = ("TimeoutSeconds", "HeartbeatSeconds")
GONE = "Task Timed Out: 'Provided task does not exist anymore'"
_execution: ContextVar[Any] = ContextVar("execution", default=None)
_token: ContextVar[str] = ContextVar("token", default="")
_executions_of_tokens: dict[str, Any] = {}


def machine_of_token(token: str) -> str | None:
    """The ARN of the state machine whose execution handed out the token; None for a token that is not waiting."""
    execution = _executions_of_tokens.get(token)
    return str(execution["stateMachineArn"]) if execution is not None else None


def fail(info: dict[str, Any], error: str, cause: str) -> None:
    """Wake the waiting task with an error, unless it has an answer."""
    if not info["event"].is_set():
        info["error"] = {"Error": error, "Cause": cause}
        info["event"].set()


def watch(info: dict[str, Any], execution: Any, heartbeat: float | None) -> None:
    """Until the task has its answer: end it when its execution stops or its worker falls silent."""
    seen, last = info["heartbeat"], time.monotonic()
    while not info["event"].wait(POLL_SECONDS):
        if execution is not None and execution["status"] != "RUNNING":
            fail(info, "States.ExecutionStopped", "")
        if info["heartbeat"] != seen:
            seen, last = info["heartbeat"], time.monotonic()
        if heartbeat is not None and time.monotonic() - last > heartbeat:
            fail(info, "States.HeartbeatTimeout", f"No heartbeat for {heartbeat} seconds")


def watched_tokens(states: Any) -> Any:
    """`_invoke_with_callback` with a watcher beside it that begins when the token exists."""
    invoke = states._invoke_with_callback  # noqa: SLF001

    def begin_watching(token: str, heartbeat: float | None, execution: Any) -> None:
        while (info := states._task_tokens.get(token)) is None:  # noqa: SLF001
            time.sleep(POLL_SECONDS / 10)
        watch(info, execution, heartbeat)

    def invoke_watched(resource: str, data: Any, token: str, state: dict[str, Any]) -> Any:
        execution = _execution.get()
        _executions_of_tokens[token] = execution
        _token.set(token)
        run_beside(begin_watching, token, state.get("HeartbeatSeconds"), execution)
        try:
            return invoke(resource, data, token, state)
        finally:
            _token.set("")
            _executions_of_tokens.pop(token, None)
            if execution is not None and execution["status"] != "RUNNING":
                raise SystemExit  # ends only this thread: nothing of a stopped execution runs on

    return invoke_watched


def run_beside(target: Any, *args: Any) -> None:
    """Run in a daemon thread that sees this thread's account and region."""
    import contextvars

    threading.Thread(target=contextvars.copy_context().run, args=(target, *args), daemon=True).start()


def remember_execution(states: Any) -> Any:
    """`_execute_task` that tells the callback which execution it belongs to."""
    execute = states._execute_task  # noqa: SLF001

    def execute_remembered(state: Any, data: Any, execution: Any, ctx: Any) -> Any:
        mark = _execution.set(execution)
        try:
            return execute(with_bounds(states, state, data), data, execution, ctx)
        finally:
            _execution.reset(mark)

    return execute_remembered


def with_bounds(states: Any, state: dict[str, Any], data: Any) -> dict[str, Any]:
    """The state with the bounds that it says by a path; the task fails where there is no number of seconds."""
    paths = {name: state[f"{name}Path"] for name in BOUNDS if f"{name}Path" in state}
    found = {name: states._resolve_path(path, data) for name, path in paths.items()}  # noqa: SLF001
    for name, seconds in found.items():
        if type(seconds) is not int or seconds < 1:
            raise states._ExecutionError("States.Runtime", f"{paths[name]} is no {name}")  # noqa: SLF001
    return {**state, **found}


def failing_calls(states: Any) -> Any:
    """`_call_lambda` whose error reaches the task that waits for a token."""
    call = states._call_lambda  # noqa: SLF001

    def call_or_fail(reference: Any, event: Any) -> Any:
        try:
            return call(reference, event)
        except states._ExecutionError as error:  # noqa: SLF001
            info = states._task_tokens.get(_token.get())  # noqa: SLF001
            if info:
                fail(info, error.error, error.cause)
            raise

    return call_or_fail


def refusing(states: Any, send: Any) -> Any:
    """A SendTask* operation that refuses the token of an execution that is over."""

    def send_if_running(data: dict[str, Any]) -> Any:
        execution = _executions_of_tokens.get(data.get("taskToken", ""))
        if execution is not None and execution["status"] != "RUNNING":
            return states.error_response_json("TaskTimedOut", GONE, 400)
        return send(data)

    return send_if_running


def replace_sends(states: Any) -> None:
    """The request handler looks the operations up by module name, so they are replaced there."""
    for name in ("_send_task_success", "_send_task_failure", "_send_task_heartbeat"):
        require(getattr(states, name), '"TaskDoesNotExist"')
        setattr(states, name, refusing(states, getattr(states, name)))


def match_timeouts(states: Any) -> None:
    """`States.Timeout` matches a heartbeat timeout, and `States.TaskFailed` does not."""
    matches = states._error_matches  # noqa: SLF001

    def error_matches(names: list[str], error: str) -> bool:
        if error == "States.HeartbeatTimeout":
            return bool({"States.ALL", "States.Timeout", "States.HeartbeatTimeout"} & set(names))
        return bool(matches(names, error))

    states._error_matches = error_matches  # noqa: SLF001


def apply() -> None:
    """Replace the task, its callback, the call inside it and the three operations on tokens."""
    states = module("services.stepfunctions")
    require(states._invoke_with_callback, "evt.wait(timeout=timeout)", "except _ExecutionError:")  # noqa: SLF001
    require(states._execute_task, "_invoke_with_callback(\n", "if is_callback:")  # noqa: SLF001
    require(states._resolve_path, 'if not path.startswith("$")')  # noqa: SLF001
    require(states._error_matches, "States.TaskFailed")  # noqa: SLF001
    states._invoke_with_callback = watched_tokens(states)  # noqa: SLF001
    states._execute_task = remember_execution(states)  # noqa: SLF001
    states._call_lambda = failing_calls(states)  # noqa: SLF001
    replace_sends(states)
    match_timeouts(states)
