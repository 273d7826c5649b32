from platform_kit.settings import Settings


class ModelRegistrySettings(Settings):
    """The environment of the `model_registry` function. `model_providers` are those that this stage asks, by name."""

    control_table: str
    ops_table: str
    ledger_table: str
    tenant_role_arn: str
    model_providers: str
    aws_region: str = "us-east-1"
