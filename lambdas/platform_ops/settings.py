from platform_kit.settings import Settings


class PlatformOpsSettings(Settings):
    """The environment of the `platform_ops` function."""

    stage: str
    version: str
    control_table: str
    runs_table: str
    ops_table: str
    tenant_bucket: str
    cursor_secret_arn: str
    aws_region: str = "us-east-1"
