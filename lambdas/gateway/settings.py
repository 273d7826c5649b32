from platform_kit.settings import Settings


class GatewaySettings(Settings):
    """The environment of the `gateway` function."""

    control_table: str
    runs_table: str
    ops_table: str
    tenant_bucket: str
    tenant_role_arn: str
    run_token_key_arn: str
    version: str = "0"
    aws_region: str = "us-east-1"
