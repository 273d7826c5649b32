import pytest
from pydantic import ValidationError

from lambdas.api_keys.models import SCOPES, CreateApiKey, CreateAwsCaller, RotateApiKey
from platform_kit.access import ROUTES

GOOD = {"name": "ci", "scopes": ["agents:invoke"]}


def test_the_scopes_are_those_of_the_routes() -> None:
    assert set(SCOPES) == {route.scope for route in ROUTES} - {None}
    assert "agents:invoke" in SCOPES


def test_what_is_left_out_is_not_limited() -> None:
    found = CreateApiKey.model_validate(GOOD)
    assert found.domains is None
    assert (found.agents, found.ip_allow, found.rate_per_second, found.environment) == (None, None, None, "prod")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("192.0.2.1", "192.0.2.1/32"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("2001:DB8:0:0::1", "2001:db8::1/128"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
    ],
)
def test_a_block_is_kept_in_one_spelling(written: str, kept: str) -> None:
    assert CreateApiKey.model_validate({**GOOD, "ipAllow": [written]}).ip_allow == [kept]


def test_a_role_is_kept_without_its_path() -> None:
    wanted = {**GOOD, "roleArn": "arn:aws:iam::123456789012:role/team/ci"}
    assert CreateAwsCaller.model_validate(wanted).role_arn == "arn:aws:iam::123456789012:role/ci"


def test_an_overlap_is_a_day_unless_told() -> None:
    assert RotateApiKey.model_validate({}).overlap_seconds == 86_400
    assert RotateApiKey.model_validate({"overlapSeconds": 604_800}).overlap_seconds == 604_800
    with pytest.raises(ValidationError):
        RotateApiKey.model_validate({"overlapSeconds": 604_801})


@pytest.mark.parametrize("text", ["2027-01-01T00:00:00Z", "2027-01-01T00:00:00.123+02:00", "2027-01-01T00:00:00-11:30"])
def test_a_time_has_a_zone(text: str) -> None:
    assert CreateApiKey.model_validate({**GOOD, "expiresAt": text}).expires_at == text
    with pytest.raises(ValidationError):
        CreateApiKey.model_validate({**GOOD, "expiresAt": text[:19]})
