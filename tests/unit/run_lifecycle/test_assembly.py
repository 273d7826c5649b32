import threading
from typing import Any

import pytest

from run_lifecycle.assembly import Clients, assemble
from run_lifecycle.settings import RunSettings

SETTINGS = RunSettings(
    control_table="control",
    runs_table="runs",
    ops_table="ops",
    ledger_table="ledger",
    tenant_bucket="bucket",
    tenant_role_arn="arn:aws:iam::123456789012:role/tenant",
    run_token_key_arn="arn:aws:kms:us-east-1:123456789012:key/k",
    gateway_url="https://api.test/v1/gateway",
)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def test_a_client_is_made_once_however_many_threads_ask() -> None:
    clients, found = Clients("us-east-1"), []
    threads = [threading.Thread(target=lambda: found.append(clients.get("kms"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({id(client) for client in found}) == 1


def test_an_invocation_is_never_retried_and_outlasts_the_longest_silence() -> None:
    parts = assemble(SETTINGS, longest_seconds=840)
    runtime: Any = parts.conductor.runtime
    config = runtime._client("").meta.config
    assert config.retries["total_max_attempts"] == 1
    assert config.read_timeout > 840


def test_assembling_calls_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a call was made")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse)
    assert assemble(SETTINGS, longest_seconds=1).clock.now().tzinfo is not None


def test_a_runtime_of_the_standby_region_is_called_there() -> None:
    settings = SETTINGS.model_copy(
        update={"standby_region": "us-west-2", "standby_runtime_url": "http://127.0.0.1:8097"}
    )
    runtime: Any = assemble(settings, longest_seconds=1).conductor.runtime
    here, there = runtime._client(settings.aws_region), runtime._client("us-west-2")

    assert (there.meta.region_name, there.meta.endpoint_url) == ("us-west-2", "http://127.0.0.1:8097")
    assert here.meta.region_name == settings.aws_region
    assert runtime._client("us-west-2") is there
