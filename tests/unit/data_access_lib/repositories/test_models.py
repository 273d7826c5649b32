from typing import Any

import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.models import LABEL, MOST, Models
from platform_kit.errors import DependencyUnavailable, NotFound
from tests.stores import Stores


@pytest.fixture
def models(stores: Stores) -> Models:
    return Models(stores.table(stores.control, "acme"))


def put(models: Models, alias: str, etag: int | None = None, **fields: Any) -> Any:
    transaction = models._table.transaction()
    made = models.put_in(transaction, {"alias": alias, **fields}, etag=etag)
    transaction.commit()
    return made


def remove(models: Models, alias: str, etag: int) -> None:
    transaction = models._table.transaction()
    models.remove_in(transaction, alias, etag=etag)
    transaction.commit()


def test_an_entry_is_made_once_and_replaced_in_the_version_that_was_read(models: Models) -> None:
    assert put(models, "fast", targets=["a/b"])["etag"] == 1
    with pytest.raises(ConditionFailed) as refused:
        put(models, "fast")
    assert refused.value.label == LABEL

    assert put(models, "fast", 1, disabled=True)["etag"] == 2

    assert models.get("fast") == {"alias": "fast", "disabled": True, "etag": 2}
    with pytest.raises(ConditionFailed):
        put(models, "fast", 1)


def test_an_entry_is_removed_in_the_version_that_was_read(models: Models) -> None:
    put(models, "fast")
    with pytest.raises(ConditionFailed):
        remove(models, "fast", 2)
    remove(models, "fast", 1)

    assert models.find("fast") is None
    with pytest.raises(ConditionFailed):
        remove(models, "fast", 1)


def test_a_tenant_has_its_own(stores: Stores, models: Models) -> None:
    put(models, "fast")

    assert Models(stores.table(stores.control, "globex")).list() == []
    assert [entry["alias"] for entry in models.list()] == ["fast"]


def test_more_than_can_be_read_at_once_is_not_half_read(models: Models) -> None:
    for number in range(MOST + 1):
        put(models, f"m{number}")

    with pytest.raises(DependencyUnavailable):
        models.list()


@pytest.mark.parametrize("alias", ["", "Fast", "a b", "a#b", "-a", "a" * 65])
def test_a_name_that_no_model_can_have_is_not_found(models: Models, alias: str) -> None:
    with pytest.raises(NotFound):
        models.get(alias)
