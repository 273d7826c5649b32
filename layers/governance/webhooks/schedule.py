"""When a message is tried again, and when an endpoint is given up.

Eight attempts over about 28 hours, as Standard Webhooks suggests: at once, then after 5 s, 5 min, 30 min, 2 h, 5 h,
10 h and 10 h. Each wait is lengthened by up to a tenth, so that what failed together is not tried again together.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

WAITS_SECONDS: Final = (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
"""Before each attempt, counted from the one before it."""
ATTEMPTS: Final = len(WAITS_SECONDS)
MOST_ASKED_SECONDS: Final = 3600
"""How long an endpoint may ask for more patience (`Retry-After`)."""
GIVEN_UP_AFTER: Final = timedelta(days=5)
_JITTER: Final = 0.1
_MILLISECOND: Final = 1000


def wait_ms(attempt: int, random: Callable[[], float], asked_seconds: int = 0) -> int | None:
    """Milliseconds to wait before the attempt of this number, from 1; None when there is none of it.

    `random` gives a number from 0 to 1; `asked_seconds` is what the endpoint asked for, an hour of it at most.
    """
    if attempt > ATTEMPTS:
        return None
    own = WAITS_SECONDS[attempt - 1] * (1 + _JITTER * random())
    return round(max(own, min(asked_seconds, MOST_ASKED_SECONDS)) * _MILLISECOND)


def is_given_up(failing_since: datetime, now: datetime) -> bool:
    """Whether an endpoint that has failed ever since then is sent nothing any more."""
    return now - failing_since >= GIVEN_UP_AFTER
