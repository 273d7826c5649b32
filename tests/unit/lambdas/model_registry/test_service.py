from typing import Any, cast

import pytest

from data_access_lib.errors import ConditionFailed, StaleVersion
from lambdas.model_registry.models import PutModel
from lambdas.model_registry.service import Desk, RegistryService
from platform_kit.errors import Unprocessable
from platform_kit.identity import Identity
from tests.functional.moto_platform import person
from tests.stores import HandClock

WHO = Identity.from_context(person("acme", "Tenant.Admin"))
PROVIDERS = frozenset({"local", "bedrock"})
NOVA = "bedrock/amazon.nova-lite-v1:0"


class FakeModels:
    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}

    def list(self) -> list[dict[str, Any]]:
        return list(self.entries.values())

    def find(self, alias: str) -> dict[str, Any] | None:
        return self.entries.get(alias)

    def put_in(self, _transaction: object, record: dict[str, Any], *, etag: int | None) -> dict[str, Any]:
        return {**record, "etag": (etag or 0) + 1}


class FakeAudit:
    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure

    def commit(self, _draft: object, build: Any) -> Any:
        if self.failure:
            raise self.failure
        return build(None), {}


def service(audit: FakeAudit | None = None) -> RegistryService:
    desk = Desk(cast("Any", FakeModels()), cast("Any", audit or FakeAudit()))
    return RegistryService(lambda _who: desk, PROVIDERS, HandClock())


def test_bedrock_is_not_bound_to_a_credential() -> None:
    with pytest.raises(Unprocessable) as refused:
        service().put(WHO, "fast", None, PutModel(targets=[NOVA], own_keys=True))
    assert [place.pointer for place in refused.value.errors] == ["/ownKeys"]
    assert service().put(WHO, "fast", None, PutModel(targets=[NOVA])).model.usable


def test_every_target_that_is_not_offered_is_named() -> None:
    with pytest.raises(Unprocessable) as refused:
        service().put(WHO, "fast", None, PutModel(targets=["x/y", NOVA, "openai/gpt-4.1"]))
    assert [place.pointer for place in refused.value.errors] == ["/targets/0", "/targets/2"]


def test_the_platforms_name_with_own_keys_is_not_usable_by_bedrock_alone() -> None:
    made = service().put(WHO, "small", None, PutModel(own_keys=True))
    assert made.model.usable is False


def test_somebody_who_was_faster_makes_it_stale() -> None:
    with pytest.raises(StaleVersion):
        service(FakeAudit(ConditionFailed(label="model"))).put(WHO, "small", None, PutModel())


def test_what_else_fails_is_not_taken_for_that() -> None:
    with pytest.raises(ConditionFailed):
        service(FakeAudit(ConditionFailed(label="other"))).put(WHO, "small", None, PutModel())
