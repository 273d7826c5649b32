import pytest

from lambdas.issuers.settings import IssuersSettings
from platform_kit.settings import SettingsError

GOOD = {"CONTROL_TABLE": "c", "OPS_TABLE": "o", "LEDGER_TABLE": "l", "CURSOR_SECRET_ARN": "arn"}


def test_nothing_is_allowed_unless_it_is_said() -> None:
    assert IssuersSettings.from_environment(GOOD).outbound_allow == frozenset()
    assert IssuersSettings.from_environment(GOOD | {"OUTBOUND_ALLOW": ""}).outbound_allow == frozenset()


def test_an_origin_may_be_allowed() -> None:
    origin = "http://127.0.0.1:8090"
    assert IssuersSettings.from_environment(GOOD | {"OUTBOUND_ALLOW": origin}).outbound_allow == {origin}


@pytest.mark.parametrize("text", ["*", "http://localhost:8090", "127.0.0.1"])
def test_an_allowance_that_is_no_origin_of_an_address_stops_the_function(text: str) -> None:
    with pytest.raises(SettingsError, match="OUTBOUND_ALLOW"):
        IssuersSettings.from_environment(GOOD | {"OUTBOUND_ALLOW": text})
