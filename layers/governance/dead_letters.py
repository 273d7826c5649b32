"""How dead letters are done again by those who failed at them: whoever serves operators tells, and invokes nobody.

Leave to invoke a function is leave to forge any of its events (ADR 0073). So an event on the bus says what to do again,
and rules lead it to the function: an event can say no more than its rule's pattern and its function's model let it.
"""

from collections.abc import Mapping
from typing import Any, Final

SOURCE: Final = "ambit.dead-letters"
"""The source of those events: only the function of dead letters may put it on the bus."""
STEP: Final = "Step To Be Done Again"
"""`detail` is {"step": …}: what a rule asks a function for by schedule, at another time."""
ACTS: Final = "Acts To Be Entered"
"""`detail` is {"lost": {streamArn, shardId, …}} or {"tenantId", "runId"}: acts of runs that no audit log holds."""
FACTS: Final = "Facts To Be Told"
"""`detail` is {"lost": {streamArn, shardId, …}}: what happened, and no event tells of."""

STEPS: Final[Mapping[str, str]] = {
    "reap": "jobs",
    "watch": "evaluations",
    "checkpoint": "checkpoints",
    "retain": "lifecycle",
    "failover": "failover",
    "inspect": "agents",
}
"""Which function does what rules ask for by schedule: an invocation that failed names its step, not its function."""


LETTER: Final = "deadLetterId"
"""The attribute of a message that was put back in its queue: the id that it had as a dead letter."""


def asked_again(step: str) -> dict[str, Any]:
    """The pattern of events that ask for a step between its times; LookupError for a step that nobody does."""
    if step not in STEPS:
        raise LookupError(step)
    return {"source": [SOURCE], "detail-type": [STEP], "detail": {"step": [step]}}
