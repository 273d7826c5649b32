import pytest

from platform_kit.outbound_settings import Origins
from platform_kit.settings import Settings, SettingsError


class Reaching(Settings):
    outbound_allow: Origins = frozenset()


def test_origins_are_read_and_there_are_none_unless_they_are_given() -> None:
    assert Reaching.from_environment({}).outbound_allow == frozenset()
    found = Reaching.from_environment({"OUTBOUND_ALLOW": "http://127.0.0.1:8090 http://127.0.0.1:8091"})
    assert found.outbound_allow == {"http://127.0.0.1:8090", "http://127.0.0.1:8091"}


@pytest.mark.parametrize("text", ["http://localhost:8090", "*", "http://127.0.0.1:8090/path", "not a url"])
def test_only_origins_of_literal_addresses_can_be_let_through(text: str) -> None:
    with pytest.raises(SettingsError, match="OUTBOUND_ALLOW"):
        Reaching.from_environment({"OUTBOUND_ALLOW": text})
