"""Waiting for the evaluations that a version's approval asks for, with progress."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scripts.agent_push.errors import PushError
from scripts.bootstrap.progress import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.agent_push.registry import Pending, Registry

LOOK_SECONDS = 0.5
BEGIN_SECONDS = 15.0
"""By then a new candidate's evaluations have begun by themselves; what has not is asked for."""
MOST_SECONDS = 900.0


def wait_until_evaluated(
    registry: Registry,
    agent: str,
    version_id: str,
    *,
    at_once: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    tell: Callable[[str], None] = say,
) -> str:
    """Stay until every required suite has come to its end on this version; how that went, in a few words.

    Whether it passed is the gate's to say. One that stopped before is begun again, once. What does not begin by itself
    is asked for, `at_once` for a version that was a candidate before. PushError when an evaluation does not end, or
    stops again.
    """
    started, shown, asked, seen = monotonic(), "", dict[str, int](), set[str]()
    required, patience = registry.required_suites(version_id), 0.0 if at_once else BEGIN_SECONDS
    while pending := registry.pending_suites(agent, version_id, required):
        seen |= {one.suite for one in pending}
        spent = monotonic() - started
        if spent > MOST_SECONDS:
            names = ", ".join(one.suite for one in pending)
            raise PushError(
                f"{names} did not end in {MOST_SECONDS:.0f} s: ambit evaluations list --version {version_id}"
            )
        line = ", ".join(_progress(one) for one in pending)
        if line != shown:
            tell(f"    {line}")
            shown = line
        for one in pending:
            if one.stopped > asked.get(one.suite, one.stopped):
                raise PushError(f"{one.suite} stopped again: ambit evaluations list --version {version_id}")
            if one.suite not in asked and (one.stopped or (not one.begun and spent >= patience)):
                registry.evaluate(version_id, one.suite)
                asked[one.suite] = one.stopped
        sleep(LOOK_SECONDS)
    return f"through: {', '.join(sorted(seen))}" if seen else "nothing to wait for"


def _progress(pending: Pending) -> str:
    if pending.stopped:
        return f"{pending.suite}: stopped before, begins again"
    if not pending.begun:
        return f"{pending.suite}: begins"
    return f"{pending.suite}: {pending.decided} of {pending.cases} cases"
