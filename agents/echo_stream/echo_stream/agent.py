from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from ambit_agent import AgentApp, Invocation, delta

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DELAY_MS = 5_000
app = AgentApp()


@app.entrypoint
def echo(invocation: Invocation) -> Iterator[dict[str, Any]]:
    """Say the input word by word, `context.delayMs` (0 to 5 000) between two; whitespace is kept."""
    delay = delay_seconds(invocation.context.get("delayMs", 0))
    for index, word in enumerate(re.findall(r"\s*\S+\s*", invocation.input) or [invocation.input]):
        if index and delay:
            time.sleep(delay)
        yield delta(word)


def delay_seconds(value: object) -> float:
    """The delay in seconds; raises ValueError for what is not 0 to 5 000 milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_DELAY_MS:
        raise ValueError(f"context.delayMs must be a number from 0 to {MAX_DELAY_MS}")
    return value / 1000
