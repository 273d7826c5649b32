import pytest

from lambdas.authoriser.settings import AuthoriserSettings, SettingsError

GOOD = {"CONTROL_TABLE": "t", "RUN_TOKEN_KEY_ARN": "arn", "AUDIENCE": "ambit-api", "STS_HOSTS": "a.b c.d"}
GOOD |= {"AWS_REGION": "eu-west-1", "OTHER": "x"}


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    hosts = frozenset({"a.b", "c.d"})
    expected = AuthoriserSettings("t", "arn", "ambit-api", frozenset(), hosts, "eu-west-1")
    assert AuthoriserSettings.from_environment() == expected


def test_an_origin_may_be_allowed_although_it_is_not_public() -> None:
    origin = "http://127.0.0.1:8090"
    assert AuthoriserSettings.from_environment(GOOD | {"OUTBOUND_ALLOW": origin}).outbound_allow == {origin}


@pytest.mark.parametrize("missing", ["CONTROL_TABLE", "RUN_TOKEN_KEY_ARN", "AUDIENCE", "STS_HOSTS", "AWS_REGION"])
def test_a_missing_or_empty_variable_is_named(missing: str) -> None:
    with pytest.raises(SettingsError, match=f": {missing}$"):
        AuthoriserSettings.from_environment(GOOD | {missing: ""})


def test_values_are_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        AuthoriserSettings.from_environment({"AUDIENCE": "hunter2"})
    assert "hunter2" not in str(caught.value)
