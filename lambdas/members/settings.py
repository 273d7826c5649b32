from platform_kit.settings import Settings


class MembersSettings(Settings):
    """The environment of the `members` function."""

    control_table: str
    ops_table: str
    ledger_table: str
    tenant_role_arn: str
    cursor_secret_arn: str
    aws_region: str = "us-east-1"
