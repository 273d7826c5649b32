"""What the run workflow does next, as its functions tell it: the document it keeps at `$.lead`.

    next              start, again (another attempt), approve (wait for people), settle, over
    delaySeconds      before another attempt
    timeoutSeconds    how long the attempt may work
    heartbeatSeconds  how long it may give no sign of life
    waitSeconds       how long people may take

Step Functions reads each number by its path, so each is always there, and a heartbeat is shorter than its timeout.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from governance import recovery
from governance.job_limits import DEFAULT_HEARTBEAT_SECONDS
from platform_kit.clock import from_milliseconds

Lead = dict[str, Any]
START: Final = "start"
AGAIN: Final = "again"
APPROVE: Final = "approve"
_NOTHING: Final = {"delaySeconds": 0, "timeoutSeconds": 2, "heartbeatSeconds": 1, "waitSeconds": 1}
SETTLE: Final[Lead] = {**_NOTHING, "next": "settle"}
OVER: Final[Lead] = {**_NOTHING, "next": "over"}
_LED_SECONDS: Final = 60
"""What the platform, leading another agent's answer, has to write the run's end before its workflow gives up."""


def to_work(run: Mapping[str, Any], now: datetime, *, following: str = START, delay: int = 0) -> Lead:
    """An attempt, the first or another one."""
    led = 0 if run["agentMode"] == "async" else _LED_SECONDS
    timeout = max(2, recovery.seconds_left(run, now) + led)
    silence = int(run.get("heartbeatSeconds") or DEFAULT_HEARTBEAT_SECONDS)
    bounds = {"timeoutSeconds": timeout, "heartbeatSeconds": min(silence, timeout - 1)}
    return {**_NOTHING, **bounds, "next": following, "delaySeconds": delay}


def to_wait(approval: Mapping[str, Any], now: datetime) -> Lead:
    """Wait for people until they have decided about this, or cannot any more."""
    left = (from_milliseconds(int(approval["expiresAt"])) - now).total_seconds()
    return {**_NOTHING, "next": APPROVE, "waitSeconds": max(1, math.ceil(left))}
