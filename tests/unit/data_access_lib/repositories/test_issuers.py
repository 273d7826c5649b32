import pytest

from data_access_lib import keys
from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.repositories.issuers import Issuers
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


def test_an_issuer_is_found_by_its_exact_name(issuers: Issuers) -> None:
    issuers.put({"iss": ISS, "boundTo": "acme"})
    assert issuers.get(ISS) == {"iss": ISS, "boundTo": "acme"} == issuers.find(ISS)
    for other in (ISS.rstrip("/"), ISS.upper(), ISS + " ", ""):
        assert issuers.find(other) is None
        with pytest.raises(NotFound, match=r"^There is no such issuer\.$"):
            issuers.get(other)


def test_a_record_that_names_another_issuer_counts_for_nothing(issuers: Issuers, table: AdminTable) -> None:
    table.put({**keys.issuer_key(ISS)._asdict(), "iss": "https://evil.test/"})
    assert issuers.find(ISS) is None


def test_what_is_said_of_an_issuer_can_be_replaced_and_taken_back(issuers: Issuers) -> None:
    issuers.put({"iss": ISS, "boundTo": "acme"})
    issuers.put({"iss": ISS, "boundTo": "globex"})
    issuers.put({"iss": "https://other/", "boundTo": "platform"})
    assert {issuer["iss"]: issuer["boundTo"] for issuer in issuers.list()} == {
        ISS: "globex",
        "https://other/": "platform",
    }
    issuers.delete(ISS)
    assert [issuer["iss"] for issuer in issuers.list()] == ["https://other/"]
    assert all("pk" not in issuer for issuer in issuers.list())


def test_a_list_shows_a_hundred_unless_told(issuers: Issuers, stores: Stores) -> None:
    issuers.list()
    issuers.list(limit=3)
    assert [request["Limit"] for _, request in stores.client.calls] == [100, 3]
