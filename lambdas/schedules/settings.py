from platform_kit.settings import Settings


class SchedulesSettings(Settings):
    """The environment of the `schedules` function."""

    control_table: str
    ops_table: str
    ledger_table: str
    tenant_role_arn: str
    cursor_secret_arn: str
    schedule_group: str
    schedule_queue_arn: str
    schedule_queue_url: str
    schedule_role_arn: str
    schedule_letters_arn: str
    aws_region: str = "us-east-1"
