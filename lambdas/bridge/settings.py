from pydantic import PositiveInt

from run_lifecycle.settings import RunSettings


class StreamSettings(RunSettings):
    """The environment of the function `stream`, and of `bridge`. Times in seconds.

    In the audit chains of the ledger stand inputs that guardrails blocked, canaries that were rolled back, and
    break-glass access.
    """

    cursor_secret_arn: str
    run_state_machine_arn: str
    sync_timeout_seconds: PositiveInt = 25
    stream_timeout_seconds: PositiveInt = 840


class SchedulerSettings(StreamSettings):
    """The environment of the function `scheduler`: its queue, and the group of EventBridge Scheduler."""

    schedule_queue_url: str
    schedule_group: str


class BridgeSettings(StreamSettings):
    """The environment of the function `bridge`."""
