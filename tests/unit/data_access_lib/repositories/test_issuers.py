import pytest

from data_access_lib import keys
from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.issuers import LABEL, Issuers
from platform_kit.errors import NotFound
from tests.stores import SeenAudit, Stores

ISS = "https://id.acme.test/"


@pytest.fixture
def table(stores: Stores) -> AdminTable:
    admin = AdminContext("usr:1:ops", ("Platform.Admin",), "test")
    return AdminTable(stores.client, stores.control, admin, SeenAudit(), stores.signals)  # type: ignore[arg-type]


@pytest.fixture
def issuers(table: AdminTable) -> Issuers:
    return Issuers(table)


def put(issuers: Issuers, table: AdminTable, record: dict[str, object]) -> None:
    transaction = table.transaction()
    issuers.create_in(transaction, record)
    transaction.commit()


def test_an_issuer_is_found_by_its_exact_name(issuers: Issuers, table: AdminTable) -> None:
    put(issuers, table, {"iss": ISS, "boundTo": "acme"})
    assert issuers.get(ISS) == {"iss": ISS, "boundTo": "acme", "etag": 1} == issuers.find(ISS)
    for other in (ISS.rstrip("/"), ISS.upper(), ISS + " ", ""):
        assert issuers.find(other) is None
        with pytest.raises(NotFound, match=r"^There is no such issuer\.$"):
            issuers.get(other)


def test_an_issuer_is_found_by_its_id(issuers: Issuers, table: AdminTable) -> None:
    put(issuers, table, {"iss": ISS, "boundTo": "acme"})
    assert issuers.by_id(keys.issuer_id(ISS))["iss"] == ISS
    for other in (keys.issuer_id("https://other/"), "", "x", ISS, keys.issuer_id(ISS).upper()):
        with pytest.raises(NotFound, match=r"^There is no such issuer\.$"):
            issuers.by_id(other)


def test_a_record_that_names_another_issuer_counts_for_nothing(issuers: Issuers, table: AdminTable) -> None:
    table.put({**keys.issuer_key(ISS)._asdict(), "iss": "https://evil.test/"})
    assert issuers.find(ISS) is None


def test_an_issuer_is_created_once(issuers: Issuers, table: AdminTable) -> None:
    put(issuers, table, {"iss": ISS, "boundTo": "acme"})
    with pytest.raises(ConditionFailed) as failed:
        put(issuers, table, {"iss": ISS, "boundTo": "globex"})
    assert failed.value.label == LABEL
    assert issuers.get(ISS)["boundTo"] == "acme"


def test_an_issuer_changes_from_the_version_that_was_read(issuers: Issuers, table: AdminTable) -> None:
    put(issuers, table, {"iss": ISS, "status": "active"})
    transaction = table.transaction()
    issuers.change_in(transaction, {"iss": ISS, "status": "disabled", "etag": 1}, 1)
    transaction.commit()
    assert issuers.get(ISS) == {"iss": ISS, "status": "disabled", "etag": 2}
    stale = table.transaction()
    issuers.change_in(stale, {"iss": ISS, "status": "active", "etag": 1}, 1)
    with pytest.raises(ConditionFailed) as failed:
        stale.commit()
    assert failed.value.label == LABEL


def test_a_record_without_a_version_is_version_zero(issuers: Issuers, table: AdminTable) -> None:
    table.put({**keys.issuer_key(ISS)._asdict(), "iss": ISS})
    for works in (True, False):
        transaction = table.transaction()
        issuers.change_in(transaction, {"iss": ISS, "status": "disabled"}, 0)
        if works:
            transaction.commit()
        else:
            with pytest.raises(ConditionFailed):
                transaction.commit()
    assert issuers.get(ISS)["etag"] == 1


def test_issuers_are_listed_in_pages(issuers: Issuers, table: AdminTable) -> None:
    for number in range(3):
        put(issuers, table, {"iss": f"https://id.test/{number}"})
    first = issuers.list(limit=2)
    rest = issuers.list(limit=2, after=first.next_id)
    assert {issuer["iss"] for issuer in (*first.items, *rest.items)} == {f"https://id.test/{n}" for n in range(3)}
    assert rest.next_id is None
    assert all("pk" not in issuer for issuer in first.items)


def test_a_list_shows_a_hundred_unless_told(issuers: Issuers, stores: Stores) -> None:
    issuers.list()
    issuers.list(limit=3)
    assert [request["Limit"] for _, request in stores.client.calls] == [100, 3]
