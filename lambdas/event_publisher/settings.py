from platform_kit.settings import Settings


class EventPublisherSettings(Settings):
    """The environment of the function `event_publisher`."""

    control_table: str
    runs_table: str
    ops_table: str
    tenant_role_arn: str
    event_bus: str
    dispatch_queue_url: str
    aws_region: str = "us-east-1"
