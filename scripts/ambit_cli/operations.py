"""Long operations: polled to their end."""

import time
from typing import TYPE_CHECKING, Any, Final

import typer

from scripts.ambit_cli.exits import Exit, fail

if TYPE_CHECKING:
    from scripts.ambit_cli.client import Client

_RUNNING: Final = frozenset({"queued", "running"})
_POLL_SECONDS: Final = 0.3


def wait_for(client: "Client", operation: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Poll an operation to its end, telling its progress on standard error; leaves after so many seconds."""
    deadline, told = time.monotonic() + seconds, -1
    while operation["status"] in _RUNNING:
        if time.monotonic() > deadline:
            fail(f"still going on: look at it with GET /v1/operations/{operation['operationId']}.", Exit.UNAVAILABLE)
        if operation.get("progress", 0) > max(told, 0):
            told = operation["progress"]
            typer.echo(f"{operation['operationId']} {told} %", err=True)
        time.sleep(_POLL_SECONDS)
        operation = client.get(f"/v1/operations/{operation['operationId']}")
    return operation
