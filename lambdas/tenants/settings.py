import json
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from platform_kit.settings import Settings

_AWS_DEFAULT: Final = "us-east-1"


def _parsed(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


class TenantsSettings(Settings):
    """The environment of the `tenants` function."""

    control_table: str
    ledger_table: str
    ops_table: str
    tenant_bucket: str
    tenant_role_arn: str
    cursor_secret_arn: str
    provision_state_machine_arn: str
    lifecycle_state_machine_arn: str
    aws_region: str = _AWS_DEFAULT


class ProvisioningSettings(Settings):
    """The environment of the `provisioning` function.

    `usage_plan_ids` maps a tier to its usage plan's id; from `own_usage_keys` keys on, new tenants share their tier's.
    """

    control_table: str
    ops_table: str
    tenant_bucket: str
    tenant_role_arn: str
    stage: str
    own_usage_keys: Annotated[int, Field(ge=0, le=9_900)] = 9_000
    usage_plan_ids: Annotated[Mapping[str, str], BeforeValidator(_parsed)]
    aws_region: str = _AWS_DEFAULT
