from platform_kit.settings import Settings


class AuditSettings(Settings):
    """The environment of the `audit` function."""

    ledger_table: str
    ops_table: str
    tenant_role_arn: str
    cursor_secret_arn: str
    aws_region: str = "us-east-1"
