"""What the exit code says, so that scripts can act on it without reading text.

0  done
1  the run ended otherwise than `succeeded`, a replay differed, or a check of `doctor` failed
2  the command line is wrong (also: a bad value that was noticed before anything was sent)
3  not authenticated, or not allowed
4  not found
5  refused for what was sent or for the state of things (other 4xx)
6  over a limit: wait and retry
7  the platform is not reachable, or failed (5xx)
130  interrupted
"""

from enum import IntEnum
from typing import NoReturn

import typer


class Exit(IntEnum):
    """The exit codes."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_ALLOWED = 3
    NOT_FOUND = 4
    REFUSED = 5
    LIMITED = 6
    UNAVAILABLE = 7
    INTERRUPTED = 130


def of_status(status: int) -> Exit:
    """The exit code for an HTTP status of 400 or above."""
    special = {401: Exit.NOT_ALLOWED, 403: Exit.NOT_ALLOWED, 404: Exit.NOT_FOUND, 429: Exit.LIMITED}
    return special.get(status, Exit.UNAVAILABLE if status >= 500 else Exit.REFUSED)  # noqa: PLR2004 - HTTP's own line


def fail(message: str, code: Exit = Exit.USAGE) -> NoReturn:
    """Say on standard error what is wrong and what to do, and leave."""
    typer.echo(f"ambit: {message}", err=True)
    raise typer.Exit(code)
