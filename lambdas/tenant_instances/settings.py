from platform_kit.settings import Settings


class TenantInstancesSettings(Settings):
    """The environment of the `tenant_instances` function."""

    control_table: str
    ledger_table: str
    ops_table: str
    tenant_role_arn: str
    cursor_secret_arn: str
    quarantine_queue_url: str
    aws_region: str = "us-east-1"
