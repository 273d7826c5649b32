from collections.abc import Sequence
from typing import Any

import pytest

from data_access_lib.tenant import TenantContext, TenantId
from lambdas.models.registry import (
    ENTRIES_SECONDS,
    NO_SECRET_SECONDS,
    SECRET_SECONDS,
    Credentials,
    ModelRegistry,
)
from platform_kit.errors import DependencyUnavailable


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Records:
    """A tenant's entries; how often each tenant's were read."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.failing = False

    def of(self, tenant: TenantContext) -> Any:
        records = self

        class Own:
            def list(self) -> Sequence[dict[str, Any]]:
                records.read.append(str(tenant.tenant_id))
                if records.failing:
                    raise DependencyUnavailable("x")
                return [{"alias": f"of-{tenant.tenant_id}"}]

        return Own()


def tenant(name: str) -> TenantContext:
    return TenantContext(TenantId(name), "usr:1:x")


def test_entries_are_kept_for_a_while_and_by_tenant() -> None:
    records, time = Records(), Time()
    registry = ModelRegistry(records.of, monotonic=time)
    for name in ("acme", "globex", "acme"):
        assert list(registry.of(tenant(name))) == [f"of-{name}"]
    assert records.read == ["acme", "globex"]

    time.now += ENTRIES_SECONDS + 0.1
    registry.of(tenant("acme"))
    assert records.read == ["acme", "globex", "acme"]


def test_entries_that_cannot_be_read_are_not_guessed_and_not_kept() -> None:
    records = Records()
    registry = ModelRegistry(records.of, monotonic=Time())
    records.failing = True
    with pytest.raises(DependencyUnavailable):
        registry.of(tenant("acme"))

    records.failing = False
    assert list(registry.of(tenant("acme"))) == ["of-acme"]


def test_a_secret_is_read_again_after_a_while_sooner_when_there_was_none() -> None:
    time, texts, read = Time(), {"acme": None, "globex": '{"openai": {"apiKey": "g"}}'}, []
    credentials = Credentials(monotonic=time)

    def of(owner: str) -> Any:
        return credentials.of(owner, "openai", lambda: read.append(owner) or texts[owner])  # type: ignore[func-returns-value]  # counts

    assert (of("acme"), of("globex"), of("acme")) == ({}, {"apiKey": "g"}, {})
    time.now += NO_SECRET_SECONDS + 0.1
    of("acme")
    of("globex")
    assert read == ["acme", "globex", "acme"]
    time.now += SECRET_SECONDS
    of("globex")
    assert read[-1] == "globex"


@pytest.mark.parametrize("text", ["", "x", "[]", "5", '{"openai": "key"}', '{"openai": null}'])
def test_a_secret_that_makes_no_sense_is_none(text: str) -> None:
    assert Credentials().of("acme", "openai", lambda: text) == {}
