from platform_kit.outbound_settings import Origins
from platform_kit.settings import Settings


class ToolsSettings(Settings):
    """The environment of the `tools` function.

    `outbound_allow` are the origins that tools may have although they are not public: none in the cloud.
    """

    control_table: str
    ops_table: str
    ledger_table: str
    tenant_role_arn: str
    cursor_secret_arn: str
    outbound_allow: Origins = frozenset()
    aws_region: str = "us-east-1"
