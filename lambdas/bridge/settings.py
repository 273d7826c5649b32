from pydantic import PositiveInt

from run_lifecycle.settings import RunSettings


class BridgeSettings(RunSettings):
    """The environment of the functions `bridge` and `stream`. Times in seconds."""

    cursor_secret_arn: str
    run_state_machine_arn: str
    sync_timeout_seconds: PositiveInt = 25
    stream_timeout_seconds: PositiveInt = 840
