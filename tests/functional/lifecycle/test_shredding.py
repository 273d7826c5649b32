"""What a deletion leaves of a tenant's keys, and what is left to read for whoever kept a copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core.exceptions import JsonRESTError
from moto.kms.models import KmsBackend, kms_backends

from data_access_lib.codec import Item
from data_access_lib.content import Content
from data_access_lib.data_keys import wrapping_context
from data_access_lib.errors import ContentErased, KeyUnavailable, StoreUnavailable
from data_access_lib.repositories.data_keys import DataKeys
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.runs import Runs
from data_access_lib.tenant import TenantId
from data_access_lib.tenant_keys import TenantKeys
from lambdas.lifecycle import deletion, handler
from platform_kit.errors import DependencyUnavailable
from platform_kit.ids import new_id
from tests.functional.lifecycle.conftest import ACCOUNT, World
from tests.functional.lifecycle.test_deletion import DELETE, left_of, sent
from tests.functional.moto_platform import REGION, TENANT_BUCKET
from tests.functional.state_machine import ExecutionFailed
from tests.furnished import furnish, stored_items
from tests.keyed import Keyed
from tests.stores import WatchedClient

WORDS = "nobody may ever read this again"
DOCUMENT = "tenants/acme/runs/run_1/output.json"


@pytest.fixture(autouse=True)
def _keys_in_their_states(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto unwraps with any key it has; KMS only with one that is enabled (AWS: key states)."""
    stock = KmsBackend.decrypt

    def decrypt(self: Any, *sent: Any, **named: Any) -> Any:
        plain, arn = stock(self, *sent, **named)
        if self.keys[arn.rpartition("/")[2]].key_state != "Enabled":
            raise JsonRESTError("KMSInvalidStateException", "it is not enabled")
        return plain, arn

    monkeypatch.setattr(KmsBackend, "decrypt", decrypt)


@dataclass
class Sealed:
    """A tenant whose content is sealed, and a copy of all it has, as a backup holds it."""

    world: World
    arn: str
    run_id: str
    items: list[Item]
    document: bytes

    @property
    def wrapped(self) -> list[Item]:
        return [item for item in self.items if "blob" in item]

    def restore(self, *, but: str = "none") -> None:
        """Bring the tables back, but one kind, and the object, all as they were."""
        stores = self.world.stores
        tables = {"RUN": stores.runs, "SESSION": stores.runs, "JOB": stores.runs, "FILE": stores.runs}
        tables |= {"DATAKEY": stores.control, "INSTANCE": stores.control}
        for item in self.items:
            kind = item["pk"]["S"].split("#")[2]
            if kind in tables and kind != but:
                boto3.client("dynamodb").put_item(TableName=tables[kind], Item=item)
        boto3.client("s3").put_object(Bucket=TENANT_BUCKET, Key=DOCUMENT, Body=self.document)

    def content(self) -> Content:
        """As a process opens it that has read no key yet."""
        return Keyed(self.world.stores, WatchedClient(boto3.client("kms"))).content()

    def read_run(self) -> str:
        table = self.world.stores.table(self.world.stores.runs, content=self.content())
        return str(Runs(table).get(self.run_id)["input"])

    def read_document(self) -> str:
        return str(self.content().take_out_object(DOCUMENT, self.document).decode())

    def unwrap(self) -> list[bytes]:
        """Past all of our code: KMS itself, with every wrapped key of the copy and all permissions there are."""
        kms = boto3.client("kms")
        return [
            kms.decrypt(CiphertextBlob=item["blob"]["B"], EncryptionContext=_context(item))["Plaintext"]
            for item in self.wrapped
        ]


def _context(item: Item) -> dict[str, str]:
    return wrapping_context(TenantId("acme"), int(item["number"]["N"]))


def tenant_keys(world: World) -> TenantKeys:
    data_keys = DataKeys(world.stores.table(world.stores.control))
    return TenantKeys(boto3.client("kms"), data_keys, TenantId("acme"), stage="test", account=ACCOUNT)


@pytest.fixture
def sealed(world: World) -> Sealed:
    world.put_tenant("acme")
    keys = tenant_keys(world)
    arn = keys.ensure()
    assert keys.rotate("2099-01-01T00:00:00.000Z") == 2
    furnish(world.stores, world.clock, "acme", runs=1)
    content = Keyed(world.stores, WatchedClient(boto3.client("kms"))).content()
    table = world.stores.table(world.stores.runs, content=content)
    run_id = new_id("run")
    transaction = table.transaction()
    run = {"runId": run_id, "status": "running", "agent": "one", "sessionId": new_id("ses"), "input": WORDS}
    Runs(table, world.clock).start(transaction, run, [EventDraft("lifecycle", "started", {"said": WORDS})])
    transaction.commit()
    document = content.put_away_object(DOCUMENT, WORDS.encode())
    boto3.client("s3").put_object(Bucket=TENANT_BUCKET, Key=DOCUMENT, Body=document)
    return Sealed(world, arn, run_id, stored_items(world.stores, "acme"), document)


def described(arn: str) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", boto3.client("kms").describe_key(KeyId=arn)["KeyMetadata"])


def final_hour(arn: str) -> None:
    """The waiting time is over: KMS has deleted the key."""
    kms_backends[ACCOUNT][REGION].delete_key(arn.rpartition("/")[2])


def test_before_its_deletion_the_copy_can_be_read(sealed: Sealed) -> None:
    """So that the tests below show what the deletion did."""
    assert WORDS not in repr(sealed.items)
    assert WORDS.encode() not in sealed.document
    assert WORDS in sealed.read_run()
    assert sealed.read_document() == WORDS
    assert [len(key) for key in sealed.unwrap()] == [32, 32]


def test_nothing_reads_a_copy_that_was_made_before_the_deletion(sealed: Sealed) -> None:
    assert sealed.world.carry_out(DELETE, **sent(sealed.world))["status"] == "succeeded"
    sealed.restore(but="DATAKEY")
    for read in (sealed.read_run, sealed.read_document):
        with pytest.raises(ContentErased):
            read()
    sealed.restore()
    for read in (sealed.read_run, sealed.read_document):
        with pytest.raises(KeyUnavailable):
            read()
    with pytest.raises(ClientError, match="KMSInvalidStateException"):
        sealed.unwrap()


def test_the_certificate_names_the_keys_and_when_they_are_gone(sealed: Sealed) -> None:
    certificate = sealed.world.carry_out(DELETE, **sent(sealed.world))["certificate"]
    (key,) = certificate["keys"]["kms"]
    assert (key["arn"], key["state"], certificate["keys"]["dataKeysErased"]) == (sealed.arn, "PendingDeletion", 2)
    gone = datetime.fromisoformat(key["deletedAt"])
    assert timedelta(days=6, hours=23) < gone - datetime.now(UTC) <= timedelta(days=7)
    assert described(sealed.arn)["KeyState"] == "PendingDeletion"
    assert certificate["closedAt"] <= certificate["keys"]["shreddedAt"] <= certificate["completedAt"]
    assert "cannot be read" in certificate["backups"]["sealed"]
    assert certificate["erased"]["items"]["DATAKEY"] == 3  # two, and what says which is in use
    assert left_of(sealed.world) == {"AUDIT", "AUDITHEAD"}


def test_a_tenant_that_never_had_a_key_is_deleted_and_its_certificate_claims_none(world: World) -> None:
    world.put_tenant("acme")
    furnish(world.stores, world.clock, "acme", runs=1)
    ended = world.carry_out(DELETE, **sent(world))
    assert ended["status"] == "succeeded"
    assert (ended["certificate"]["keys"]["kms"], ended["certificate"]["keys"]["dataKeysErased"]) == ([], 0)
    assert "cannot be read" not in ended["certificate"]["backups"]["sealed"]


def test_a_neighbours_key_goes_on(sealed: Sealed) -> None:
    world = sealed.world
    data_keys = DataKeys(world.stores.table(world.stores.control, "acme-2"))
    theirs = TenantKeys(boto3.client("kms"), data_keys, TenantId("acme-2"), stage="test", account=ACCOUNT).ensure()
    ring = data_keys.ring()
    world.carry_out(DELETE, **sent(world))
    assert described(theirs)["KeyState"] == "Enabled"
    assert data_keys.ring() == ring


def dying_once(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, *, before: bool) -> list[str]:
    """The function dies the first time it is there, before the work or after it; where that was."""
    stock, died = getattr(owner, name), []

    def dying(self: Any, *given: Any, **named: Any) -> Any:
        made = None if before and not died else stock(self, *given, **named)
        if not died:
            died.append(name)
            raise DependencyUnavailable("the function was killed")
        return made

    monkeypatch.setattr(owner, name, dying)
    return died


@pytest.mark.parametrize(
    ("owner", "name", "when"),
    [
        (TenantKeys, "shred", "before"),
        (TenantKeys, "_destroy", "after"),
        (DataKeys, "erase", "before"),
        (DataKeys, "erase", "after"),
        (deletion.Deletion, "_shred", "after"),
    ],
)
def test_a_shredding_that_was_broken_off_is_done_again_and_certified_alike(
    owner: Any, name: str, when: str, sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = dying_once(monkeypatch, owner, name, before=when == "before")
    ended = sealed.world.carry_out(DELETE, **sent(sealed.world))
    assert (died, ended["status"]) == ([name], "succeeded")
    keys = ended["certificate"]["keys"]
    assert ([key["arn"] for key in keys["kms"]], keys["dataKeysErased"]) == ([sealed.arn], 2)
    with pytest.raises(ClientError, match="KMSInvalidStateException"):
        sealed.unwrap()


def test_while_the_key_cannot_be_destroyed_nothing_is_erased_and_nothing_certified(
    sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or else the items that name the keys would be gone, and the keys would not."""
    world = sealed.world
    operation_id = world.begin(DELETE, **sent(world))
    with monkeypatch.context() as patched:
        patched.setattr(TenantKeys, "_destroy", lambda *_: (_ for _ in ()).throw(KeyUnavailable()))
        with pytest.raises(ExecutionFailed):
            world.run_workflows()
    failed = world.operation(operation_id)
    assert (failed["status"], "certificate" in failed) == ("failed", False)
    assert {"RUN", "DATAKEY"} <= left_of(world)
    again = world.carry_out(DELETE, **sent(world))
    assert (again["status"], again["certificate"]["keys"]["dataKeysErased"]) == ("succeeded", 2)


@pytest.mark.parametrize("record", ["active", "tombstone"])
@pytest.mark.parametrize("state", ["PendingDeletion", "Deleted"])
def test_what_a_restored_backup_brought_back_is_deleted_though_nobody_can_open_it(
    state: str, record: str, sealed: Sealed
) -> None:
    """Open runs among it: they are ended without being read. The tenant's record came back with it, or did not."""
    world = sealed.world
    world.carry_out(DELETE, **sent(world))
    if state == "Deleted":
        final_hour(sealed.arn)
    sealed.restore()
    if record == "active":
        world.put_tenant("acme")
    handler.build.cache_clear()  # a process that has no key in its memory from before
    ended = world.carry_out(DELETE, **sent(world))
    assert ended["status"] == "succeeded", ended
    (key,) = ended["certificate"]["keys"]["kms"]
    assert (key["arn"], key["state"]) == (sealed.arn, state)
    assert (key["deletedAt"] is None) == (state == "Deleted")
    assert ended["certificate"]["erased"]["runsCancelled"] == 2
    assert left_of(world) == {"AUDIT", "AUDITHEAD"}


def test_a_store_that_fails_in_the_middle_is_only_a_delay(sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    stock, failed = DataKeys.ring, []

    def failing(self: DataKeys) -> Any:
        if not failed:
            failed.append(1)
            raise StoreUnavailable
        return stock(self)

    monkeypatch.setattr(DataKeys, "ring", failing)
    assert sealed.world.carry_out(DELETE, **sent(sealed.world))["status"] == "succeeded"
    assert failed == [1]
