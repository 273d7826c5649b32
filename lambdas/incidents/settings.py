from platform_kit.settings import Settings


class IncidentsSettings(Settings):
    """The environment of the `incidents` function."""

    control_table: str
    runs_table: str
    ledger_table: str
    ops_table: str
    tenant_bucket: str
    tenant_role_arn: str
    cursor_secret_arn: str
    run_state_machine_arn: str
    aws_region: str = "us-east-1"
    standby_region: str = ""
    standby_runtime_url: str = ""
