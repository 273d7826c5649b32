"""The environment that every function which leads runs reads."""

from pydantic import PositiveFloat

from platform_kit.settings import Settings


class RunSettings(Settings):
    """Tables, the tenants' bucket and role, the run token's key, and where agents find the gateway.

    `standby_region` is where agents run while the region itself has no runtime to offer, "" when there is none; and
    `standby_runtime_url` the address of its runtimes where that is not AWS's own.

    `catalogue_cache_seconds` is how long a record of the catalogue is kept: so much later a promotion takes effect.
    """

    control_table: str
    runs_table: str
    ops_table: str
    ledger_table: str
    tenant_bucket: str
    tenant_role_arn: str
    run_token_key_arn: str
    gateway_url: str
    catalogue_cache_seconds: PositiveFloat = 10
    aws_region: str = "us-east-1"
    standby_region: str = ""
    standby_runtime_url: str = ""
