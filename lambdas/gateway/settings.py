from enforcement.composition import DoorSettings
from platform_kit.outbound_settings import Origins


class GatewaySettings(DoorSettings):
    """The environment of the `gateway` function.

    `outbound_allow` are the origins that tools may reach although they are not public: none in the cloud.
    """

    run_token_key_arn: str
    stage: str
    outbound_allow: Origins = frozenset()
    version: str = "0"
