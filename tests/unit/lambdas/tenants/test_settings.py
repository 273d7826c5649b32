import pytest

from lambdas.tenants.settings import ProvisioningSettings
from platform_kit.settings import SettingsError

GOOD = {
    "STAGE": "dev",
    "CONTROL_TABLE": "c",
    "OPS_TABLE": "o",
    "TENANT_BUCKET": "b",
    "TENANT_ROLE_ARN": "arn:role",
    "USAGE_PLAN_IDS": '{"basic": "p1", "standard": "p2", "premium": "p3"}',
}


def test_plans_are_read_from_json() -> None:
    settings = ProvisioningSettings.from_environment(GOOD)
    assert settings.usage_plan_ids == {"basic": "p1", "standard": "p2", "premium": "p3"}


@pytest.mark.parametrize("value", ["", "{", "[]", '{"basic": 7}'])
def test_plans_that_are_none_are_named(value: str) -> None:
    with pytest.raises(SettingsError, match="USAGE_PLAN_IDS"):
        ProvisioningSettings.from_environment({**GOOD, "USAGE_PLAN_IDS": value})
