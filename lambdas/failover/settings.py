from pydantic import PositiveInt

from platform_kit.settings import Settings


class FailoverSettings(Settings):
    """The environment of the function `failover`.

    `probe_runtime` is the ARN of a runtime that is nowhere, with `{region}` in the place of its region: whoever says
    that it is not there answers.
    """

    ops_table: str
    ledger_table: str
    probe_runtime: str
    runtime_failing_seconds: PositiveInt
    runtime_stable_seconds: PositiveInt
    aws_region: str = "us-east-1"
    standby_region: str = ""
    standby_runtime_url: str = ""
