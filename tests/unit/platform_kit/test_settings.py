import pytest

from platform_kit.settings import Settings, SettingsError


class Mine(Settings):
    stage: str
    sync_timeout_seconds: int = 25


def test_variables_are_read_in_upper_case() -> None:
    found = Mine.from_environment({"STAGE": "dev", "SYNC_TIMEOUT_SECONDS": "7", "OTHER": "x", "stage": "no"})
    assert (found.stage, found.sync_timeout_seconds) == ("dev", 7)


def test_a_default_stands_in() -> None:
    assert Mine.from_environment({"STAGE": "dev"}).sync_timeout_seconds == 25


def test_the_process_environment_is_the_default_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "local")
    assert Mine.from_environment().stage == "local"


def test_bad_and_missing_variables_are_named_and_their_values_are_not() -> None:
    with pytest.raises(SettingsError) as caught:
        Mine.from_environment({"SYNC_TIMEOUT_SECONDS": "hunter2"})
    assert str(caught.value) == "bad or missing environment variables: STAGE, SYNC_TIMEOUT_SECONDS"
    assert caught.value.__cause__ is None
