from platform_kit.settings import Settings


class ApprovalsSettings(Settings):
    """The environment of the `approvals` function."""

    control_table: str
    runs_table: str
    ops_table: str
    ledger_table: str
    tenant_role_arn: str
    cursor_secret_arn: str
    aws_region: str = "us-east-1"
