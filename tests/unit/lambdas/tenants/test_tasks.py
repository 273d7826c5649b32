from typing import Any

import pytest
from pydantic import ValidationError

from data_access_lib.errors import StaleVersion, StoreUnavailable, TransactionConflict
from lambdas.tenants import tasks
from platform_kit.errors import Conflict, DependencyUnavailable

TASK = {"step": "reserve", "operationId": "opn_1", "tenantId": "acme"}


class FakeProvisioning:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.done: list[tuple[Any, ...]] = []

    def step(self, *given: Any) -> None:
        self.done.append(given)
        if self.error:
            raise self.error


def use(monkeypatch: pytest.MonkeyPatch, provisioning: FakeProvisioning) -> FakeProvisioning:
    monkeypatch.setattr(tasks, "build", lambda: provisioning)
    return provisioning


def test_a_task_is_handed_on_as_the_workflow_gave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    provisioning = use(monkeypatch, FakeProvisioning())
    assert tasks.handle(TASK, None) == {}
    error = {"Error": "Conflict", "Cause": "{}"}
    tasks.handle({**TASK, "step": "compensate", "error": error}, None)
    assert provisioning.done == [("reserve", "opn_1", "acme", None), ("compensate", "opn_1", "acme", error)]


@pytest.mark.parametrize("error", [StoreUnavailable(), StaleVersion(), TransactionConflict()])
def test_what_is_worth_another_try_has_the_name_that_the_workflow_retries(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, FakeProvisioning(error))
    with pytest.raises(DependencyUnavailable) as raised:
        tasks.handle(TASK, None)
    assert type(raised.value).__name__ == "DependencyUnavailable"


def test_what_cannot_be_done_keeps_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeProvisioning(Conflict("taken over")))
    with pytest.raises(Conflict):
        tasks.handle(TASK, None)


@pytest.mark.parametrize("change", [{"step": "destroy"}, {"step": None}, {"tenantId": None}, {"extra": 1}])
def test_a_task_of_another_shape_is_refused(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    provisioning = use(monkeypatch, FakeProvisioning())
    with pytest.raises(ValidationError):
        tasks.handle({**TASK, **change}, None)
    assert provisioning.done == []
