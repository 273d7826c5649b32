from __future__ import annotations

from datetime import date

import boto3
import pytest

from data_access_lib import keys
from data_access_lib.errors import TenantAccessViolation
from data_access_lib.tenant import PLATFORM
from lambdas.bff import handler
from lambdas.bff.settings import BffSettings
from tests.stores import WatchedClient

SETTINGS = BffSettings(
    ops_table="ops",
    bff_secret_arn="arn",
    public_url="https://app.example",
    oidc_issuer="https://id.example",
    oidc_client_id="ambit-spa",
)


def test_importing_the_function_builds_nothing() -> None:
    handler._bff.cache_clear()
    assert handler._bff.cache_info().currsize == 0


def test_the_function_reaches_sessions_and_no_other_item_of_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    client = WatchedClient()
    client.answers = {name: lambda _request: {} for name in ("get_item", "put_item", "update_item")}
    monkeypatch.setattr(boto3, "client", lambda _name: client)
    table = handler._sessions_table(SETTINGS)
    assert table.get(keys.bff_session_key("secret")) is None
    with pytest.raises(TenantAccessViolation):
        table.get(keys.security_event_key(PLATFORM, date(2026, 1, 1), "evt_" + "0" * 32))
    assert client.operations[:2] == ["get_item", "put_item"]  # the second one records the attempt
