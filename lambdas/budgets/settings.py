from platform_kit.settings import Settings


class BudgetsSettings(Settings):
    """The environment of the `budgets` function."""

    control_table: str
    ops_table: str
    ledger_table: str
    tenant_role_arn: str
    aws_region: str = "us-east-1"
