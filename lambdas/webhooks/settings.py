from platform_kit.outbound_settings import Origins
from platform_kit.settings import Settings


class WebhooksSettings(Settings):
    """The environment of the `webhooks` function.

    `webhook_allow` are the origins that endpoints may have although they are not public: none in the cloud.
    """

    control_table: str
    runs_table: str
    ops_table: str
    ledger_table: str
    tenant_role_arn: str
    cursor_secret_arn: str
    dispatch_queue_url: str
    webhook_allow: Origins = frozenset()
    aws_region: str = "us-east-1"
