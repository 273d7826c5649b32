from platform_kit.outbound_settings import Origins
from platform_kit.settings import Settings


class IssuersSettings(Settings):
    """The environment of the `issuers` function.

    `outbound_allow` are the origins that may be reached although they are not public: none in the cloud.
    """

    control_table: str
    ops_table: str
    ledger_table: str
    cursor_secret_arn: str
    outbound_allow: Origins = frozenset()
