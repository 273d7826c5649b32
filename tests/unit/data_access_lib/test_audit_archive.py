import pytest

from data_access_lib import keys
from data_access_lib.audit_archive import AuditArchive
from data_access_lib.tenant import TenantId
from governance.audit.checkpoint import NoCheckpoint
from tests.audit_logs import attested, log
from tests.stores import Stores

ACME = TenantId("acme")
ENTRIES = log(9)
POINTS = attested(ENTRIES, [3, 9])


@pytest.fixture
def archive(stores: Stores) -> AuditArchive:
    made = AuditArchive(stores.objects())
    made.keep(POINTS[0], ENTRIES[:3])
    made.keep(POINTS[1], ENTRIES[3:])
    return made


def test_what_is_kept_comes_back(archive: AuditArchive) -> None:
    assert archive.checkpoint(3) == POINTS[0]
    assert list(archive.counts()) == [3, 9]
    assert list(archive.counts(3)) == [9]
    assert list(archive.counts(limit=1)) == [3]


@pytest.mark.parametrize("near", [0, 1, 9, 10, 500, 5_000_000])
def test_the_newest_is_found_from_wherever_one_looks(near: int, archive: AuditArchive) -> None:
    assert archive.newest(near) == POINTS[1]


def test_where_nothing_is_kept_there_is_no_newest(stores: Stores) -> None:
    assert AuditArchive(stores.objects("globex")).newest(7) is None


def test_a_segment_holds_the_entries_without_what_can_be_erased(archive: AuditArchive) -> None:
    kept = archive.segment(1, 3)
    assert [entry["hash"] for entry in kept] == [entry["hash"] for entry in ENTRIES[:3]]
    assert {"detail", "salt", "principalId"}.isdisjoint(kept[0])
    assert archive.segment(1, 4) == []


def test_nothing_is_kept_twice_and_each_write_has_a_checksum(archive: AuditArchive, stores: Stores) -> None:
    other = attested(log(3, note="other"), [3])[0]
    assert not archive.keep(other, ENTRIES[:3])
    assert archive.checkpoint(3) == POINTS[0]
    puts = [request for name, request in stores.s3.calls if name == "put_object"]
    assert {(put["IfNoneMatch"], put["ChecksumAlgorithm"]) for put in puts} == {("*", "SHA256")}


def test_what_is_no_checkpoint_is_said_to_be_none(archive: AuditArchive, stores: Stores) -> None:
    stores.objects().put(keys.audit_checkpoint_object(ACME, 10), b"{}")
    for count in (10, 11):
        with pytest.raises(NoCheckpoint):
            archive.checkpoint(count)
