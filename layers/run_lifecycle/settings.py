"""The environment that every function which leads runs reads."""

from platform_kit.settings import Settings


class RunSettings(Settings):
    """Tables, the tenants' bucket and role, the run token's key, and where agents find the gateway."""

    control_table: str
    runs_table: str
    ops_table: str
    tenant_bucket: str
    tenant_role_arn: str
    run_token_key_arn: str
    gateway_url: str
    aws_region: str = "us-east-1"
