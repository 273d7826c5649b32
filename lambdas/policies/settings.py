from platform_kit.settings import Settings


class PoliciesSettings(Settings):
    """The environment of the `policies` function."""

    control_table: str
    runs_table: str
    ledger_table: str
    ops_table: str
    tenant_role_arn: str
    cursor_secret_arn: str
    aws_region: str = "us-east-1"
