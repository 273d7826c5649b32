from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.platform_incidents import report_tampered, table_of
from data_access_lib.repositories.incidents import Incidents
from data_access_lib.signals import PACKAGE, OpsAccessSignals, Tampered
from data_access_lib.verified_versions import VerifiedVersions
from platform_kit.errors import NotFound, VersionTampered
from platform_kit.ids import new_id
from tests.stores import HandClock, SeenAudit, Stores
from tests.version_records import version_item

AGENT = "echo-agent"
VERSION = new_id("ver")
HASHED = sorted(set(version_item(AGENT, VERSION, parent=VERSION, approvedAt="x")) - {"pk", "sk", "gsi1pk", "gsi1sk"})


@pytest.fixture
def table(stores: Stores) -> AdminTable:
    admin = AdminContext("usr:1:ops", ("Platform.Admin",), "test")
    return AdminTable(stores.client, stores.control, admin, SeenAudit(), stores.signals)  # type: ignore[arg-type]


@pytest.fixture
def versions(table: AdminTable, stores: Stores) -> VerifiedVersions:
    table.put(version_item(AGENT, VERSION, {"policy": "strict"}, parent=VERSION, approvedAt="x"))
    return VerifiedVersions(table, stores.signals)


def test_a_version_as_it_was_written_is_given(versions: VerifiedVersions, stores: Stores) -> None:
    assert versions.get(AGENT, VERSION) == versions.by_id(VERSION)
    assert versions.get(AGENT, VERSION)["manifest"] == {"policy": "strict"}
    assert versions.find(AGENT, new_id("ver")) is None
    with pytest.raises(NotFound):
        versions.by_id(new_id("ver"))
    assert stores.signals.refused == []


@pytest.mark.parametrize("value", ["other", '{"policy":"permissive"}', 1, None, {"a": [1]}, "{"])
@pytest.mark.parametrize("name", HASHED)
def test_with_any_field_changed_it_is_refused(
    name: str, value: Any, table: AdminTable, versions: VerifiedVersions, stores: Stores
) -> None:
    stored = version_item(AGENT, VERSION, {"policy": "strict"}, parent=VERSION, approvedAt="x") | {name: value}
    table.put(stored)
    for look in (lambda: versions.get(AGENT, VERSION), lambda: versions.find(AGENT, VERSION)):
        with pytest.raises(VersionTampered) as refused:
            look()
        assert refused.value.code == "VERSION_TAMPERED"
        assert str(value) not in refused.value.detail or value in {1, "{"}
    assert [found.version_id for found in stores.signals.refused] == [VERSION] * 2


def test_another_versions_record_in_its_place_is_refused(table: AdminTable, versions: VerifiedVersions) -> None:
    other = new_id("ver")
    table.put(version_item(AGENT, other) | {"sk": VERSION})
    with pytest.raises(VersionTampered):
        versions.get(AGENT, VERSION)


def test_an_index_that_says_something_else_is_not_believed(table: AdminTable, versions: VerifiedVersions) -> None:
    stored = version_item(AGENT, VERSION, {"policy": "strict"}, parent=VERSION, approvedAt="x")
    table.put(stored | {"status": "retired"})
    with pytest.raises(VersionTampered):
        versions.by_id(VERSION)


def test_each_refusal_opens_one_incident_of_the_gravest_kind(
    stores: Stores, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    client: Any = stores.client
    signals = OpsAccessSignals(lambda: client, stores.ops, clock=clock, emit=print)
    for _ in range(3):
        signals.tampered(Tampered(AGENT, VERSION, "recordHash"))
    [incident] = Incidents(table_of(client, stores.ops, signals)).list().items
    told = {name: incident[name] for name in ("kind", "severity", "about", "agent", "count")}
    about = f"version:{VERSION}"
    assert told == {"kind": "version-tampered", "severity": "S1", "about": about, "agent": AGENT, "count": 1}
    printed = capsys.readouterr().out
    assert printed.count('"VersionTampered": 1') == 3
    clock.advance(seconds=61)
    report_tampered(table_of(client, stores.ops, signals), Tampered(AGENT, VERSION, "recordHash"), clock.now())
    [incident] = Incidents(table_of(client, stores.ops, signals)).list().items
    assert incident["count"] == 2


def test_a_package_with_other_bytes_is_refused_and_told_as_its_record_would_be(
    versions: VerifiedVersions, stores: Stores
) -> None:
    record = {**versions.get(AGENT, VERSION), "artifactDigest": "a" * 64}
    versions.confirm_package(record, "a" * 64)
    assert stores.signals.refused == []
    with pytest.raises(VersionTampered, match=f"The package of the version {VERSION}"):
        versions.confirm_package(record, "b" * 64)
    assert stores.signals.refused == [Tampered(AGENT, VERSION, PACKAGE)]


def test_what_was_changed_of_a_version_is_in_the_incidents_title(stores: Stores, clock: HandClock) -> None:
    client: Any = stores.client
    signals = OpsAccessSignals(lambda: client, stores.ops, clock=clock, emit=lambda _: None)
    signals.tampered(Tampered(AGENT, VERSION, PACKAGE))
    [incident] = Incidents(table_of(client, stores.ops, signals)).list().items
    assert (
        incident["title"] == f"The package of version {VERSION} of {AGENT} is not what was registered (artifactDigest)."
    )


def test_a_refusal_that_cannot_be_written_down_is_a_refusal_all_the_same(
    table: AdminTable, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> Any:
        raise OSError("down")

    table.put(version_item(AGENT, VERSION) | {"runtimeArn": "arn:mine"})
    with pytest.raises(VersionTampered):
        VerifiedVersions(table, OpsAccessSignals(broken, "ops", clock=clock, emit=print)).get(AGENT, VERSION)
    assert "SecurityEventLost" in capsys.readouterr().out
