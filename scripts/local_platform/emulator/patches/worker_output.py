"""Lambda workers: survive and name an exception, keep what `logging` writes, and do not wait for silence.

Stock behaviour: every handler exception is `Runtime.HandlerError`, so Step Functions cannot match `Retry` and
`Catch` by class, and it ends the environment, so the next call pays a cold start (on AWS the environment lives on:
an authoriser refuses by raising); the root logger has no handler, so `logging` output is lost; and an invocation
that logs nothing waits 50 ms for output. Here the worker hands an exception over as a finished invocation, and
writes an end mark to stderr after each invocation, at which the reader stops.
"""

from __future__ import annotations

import functools
import os
import queue
import time
from pathlib import Path
from typing import Any

from scripts.local_platform.emulator.seam import module, replace_once, require

END_MARK = "\x1fambit-end-of-invocation\x1f"
DRAIN_SECONDS = 0.25  # how long a worker that died may take to hand over its last lines

LOGGING_SETUP = """
    sys.stdout = sys.stderr
    import logging
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="[%(levelname)s] %(name)s %(message)s")
"""
RESULT_WRITE = (
    '{"status": "error", "error": str(e), "trace": traceback.format_exc()}) + "\\n")\n        _real_stdout.flush()\n'
)
MARKED_WRITE = (
    '{"status": "ok", "error": str(e), "error_type": type(e).__name__, "trace": traceback.format_exc()}) + "\\n")\n'
    f'        sys.stderr.write("{END_MARK}\\n")\n'
    "        sys.stderr.flush()\n"
    "        _real_stdout.flush()\n"
)


def rewritten_script(script: str) -> str:
    """The worker's program with logging, end mark and exception class."""
    script = replace_once(script, "\n    sys.stdout = sys.stderr\n", LOGGING_SETUP)
    return replace_once(script, RESULT_WRITE, MARKED_WRITE)


def drain_to_mark(worker: Any, *_: float) -> str:
    """What the invocation wrote to stderr: up to the end mark, or what came until a dead worker fell silent."""
    lines: list[str] = []
    deadline = time.monotonic() + DRAIN_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        try:
            line = worker._stderr_queue.get(timeout=left)  # noqa: SLF001 - the emulator has no public way
        except queue.Empty:
            break
        if line == END_MARK:
            break
        lines.append(line)
    return "\n".join(lines)


def keep_log(function: str, text: str) -> None:
    """Add an invocation's output to the one file that `make dev-logs` follows (`AMBIT_FUNCTIONS_LOG`)."""
    path = os.environ.get("AMBIT_FUNCTIONS_LOG")
    if path and text.strip():
        lines = "".join(f"[{function}] {line}\n" for line in text.splitlines() if line.strip())
        with Path(path).open("a", encoding="utf-8") as log:
            log.write(lines)


def name_errors(runtime: Any, service: Any) -> None:
    """Put the class that the worker reported where Step Functions and callers of Invoke look for it."""
    invoke, execute = runtime.Worker.invoke, service._execute_function_warm  # noqa: SLF001

    @functools.wraps(invoke)
    def invoke_and_keep_type(worker: Any, *args: Any, **options: Any) -> Any:
        result = invoke(worker, *args, **options)
        if result.get("error_type"):
            result |= {"status": "error", "error": f"{result['error_type']}\x1f{result.get('error', '')}"}
        return result

    @functools.wraps(execute)
    def execute_and_name_error(func: Any, event: Any, request_id: str) -> Any:
        result = execute(func, event, request_id)
        keep_log(str((func.get("config") or func).get("FunctionName", "")), str(result.get("log") or ""))
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and "\x1f" in str(body.get("errorMessage")):
            body["errorType"], _, body["errorMessage"] = body["errorMessage"].partition("\x1f")
        return result

    runtime.Worker.invoke = invoke_and_keep_type
    service._execute_function_warm = execute_and_name_error  # noqa: SLF001


def apply() -> None:
    """Change the worker's program, its reader and the two places that build an error."""
    runtime, service = module("core.lambda_runtime"), module("services.lambda_svc")
    require(runtime.Worker._drain_stderr_bounded, "first_line_wait")  # noqa: SLF001
    require(runtime.Worker.invoke, 'response["log"] = self._drain_stderr_bounded()')
    require(service._execute_function_warm, 'error_type = "Runtime.HandlerError"')  # noqa: SLF001
    runtime._PYTHON_WORKER_SCRIPT = rewritten_script(runtime._PYTHON_WORKER_SCRIPT)  # noqa: SLF001
    runtime.Worker._drain_stderr_bounded = drain_to_mark  # noqa: SLF001
    name_errors(runtime, service)
