import pytest

from data_access_lib import key_uses
from platform_kit.identity import Identity
from platform_kit.key_tally import KeyTally

SEEN: list[tuple[str, str, int]] = []


def who(credential: str, principal: str, tenant: str | None = "acme") -> Identity:
    return Identity(principal, tenant, frozenset(), "basic", credential)


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    SEEN.clear()
    tally = KeyTally(lambda *use: SEEN.append(use))
    monkeypatch.setattr(key_uses, "tally", lambda: tally)


def test_a_key_is_counted_under_its_own_tenant_by_its_id() -> None:
    key_uses.count_use(who("key", "key:key_1"))
    key_uses.count_use(who("key", "key:key_1", "globex"))
    assert SEEN == [("acme", "key_1", 1), ("globex", "key_1", 1)]


@pytest.mark.parametrize("credential", ["jwt", "run", "aws", ""])
def test_nobody_else_is_counted(credential: str) -> None:
    key_uses.count_use(who(credential, "key:key_1"))
    assert SEEN == []
