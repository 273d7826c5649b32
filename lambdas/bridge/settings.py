from pydantic import PositiveInt

from run_lifecycle.settings import RunSettings


class StreamSettings(RunSettings):
    """The environment of the function `stream`, and what `bridge` shares with it. Times in seconds."""

    cursor_secret_arn: str
    run_state_machine_arn: str
    sync_timeout_seconds: PositiveInt = 25
    stream_timeout_seconds: PositiveInt = 840


class BridgeSettings(StreamSettings):
    """The environment of the function `bridge`: break-glass access is entered in the audit chains of the ledger."""

    ledger_table: str
