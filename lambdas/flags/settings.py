from platform_kit.settings import Settings


class FlagsSettings(Settings):
    """The environment of the `flags` function."""

    control_table: str
    ops_table: str
    ledger_table: str
    cursor_secret_arn: str
    aws_region: str = "us-east-1"
