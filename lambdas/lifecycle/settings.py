from typing import Final

from platform_kit.settings import Settings

_AWS_DEFAULT: Final = "us-east-1"


class LifecycleSettings(Settings):
    """The environment of the function `lifecycle`."""

    control_table: str
    runs_table: str
    ledger_table: str
    ops_table: str
    tenant_bucket: str
    tenant_role_arn: str
    artifact_bucket: str
    run_state_machine_arn: str
    stage: str
    lifecycle_state_machine_arn: str
    quiet_seconds: int
    schedule_group: str
    aws_region: str = _AWS_DEFAULT
