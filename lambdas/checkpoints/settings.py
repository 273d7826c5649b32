from platform_kit.settings import Settings


class CheckpointsSettings(Settings):
    """The environment of the function `checkpoints`."""

    control_table: str
    ledger_table: str
    ops_table: str
    audit_bucket: str
    audit_key_arn: str
    tenant_role_arn: str
    cursor_secret_arn: str
    aws_region: str = "us-east-1"
