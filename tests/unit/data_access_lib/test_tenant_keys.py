import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from data_access_lib.data_keys import KEPT_SECONDS
from data_access_lib.errors import ContentErased, KeyUnavailable
from data_access_lib.keys import Key
from data_access_lib.repositories.data_keys import DataKeys, KeyRing, Wrapped
from data_access_lib.tenant import TenantId
from data_access_lib.tenant_keys import Destroyed, Held, Shredded, TenantKeys, key_policy
from tests.keyed import Keyed
from tests.stores import HandClock, WatchedClient, failure, raising

ACCOUNT = "123456789012"
RUN = Key("TENANT#acme#RUN#run_1", "META")
LATER = "2026-03-04T05:06:08.000Z"


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> str:
    """A stage of its own for every test: moto's keys outlive one."""
    return f"t{abs(hash(request.node.name)) % 10**8}"


@pytest.fixture
def data_keys(keyed: Keyed, clock: HandClock) -> DataKeys:
    return DataKeys(keyed.stores.table(keyed.stores.control), clock)


@pytest.fixture
def tenant_keys(keyed: Keyed, data_keys: DataKeys, stage: str) -> TenantKeys:
    kms: Any = keyed.kms
    return TenantKeys(kms, data_keys, TenantId("acme"), stage=stage, account=ACCOUNT)


def described(kms: WatchedClient, key: str) -> dict[str, Any]:
    found: dict[str, Any] = kms.describe_key(KeyId=key)["KeyMetadata"]
    return found


def ring_of(data_keys: DataKeys) -> KeyRing:
    ring = data_keys.ring()
    assert ring is not None
    return ring


def test_a_tenant_is_given_a_named_tagged_and_rotating_key_and_a_first_data_key(
    tenant_keys: TenantKeys, keyed: Keyed, data_keys: DataKeys, stage: str
) -> None:
    arn = tenant_keys.ensure()
    assert tenant_keys.alias == f"alias/ambit-{stage}-tenant-acme"
    found = described(keyed.kms, tenant_keys.alias)
    assert (found["Arn"], found["KeySpec"], found["KeyState"]) == (arn, "SYMMETRIC_DEFAULT", "Enabled")
    tags = {tag["TagKey"]: tag["TagValue"] for tag in keyed.kms.list_resource_tags(KeyId=arn)["Tags"]}
    assert tags == {"tenant": "acme", "ambit-stage": stage}
    assert keyed.kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"] is True
    assert json.loads(keyed.kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"]) == key_policy(
        ACCOUNT, TenantId("acme")
    )
    ring = ring_of(data_keys)
    assert (ring.current, ring.key_arn, list(ring.wrapped)) == (1, arn, [1])


def test_its_data_key_works_and_was_never_seen(tenant_keys: TenantKeys, keyed: Keyed) -> None:
    tenant_keys.ensure()
    assert "generate_data_key_without_plaintext" in keyed.kms.operations
    assert "generate_data_key" not in keyed.kms.operations
    stored = keyed.content().put_away(RUN, {"input": "hello"})
    assert keyed.content().take_out({**RUN._asdict(), **stored})["input"] == "hello"


def test_giving_again_changes_nothing(tenant_keys: TenantKeys, keyed: Keyed, data_keys: DataKeys) -> None:
    arn, ring = tenant_keys.ensure(), data_keys.ring()
    assert tenant_keys.ensure() == arn
    assert data_keys.ring() == ring
    assert keyed.kms.operations.count("create_key") == 1


def test_the_policy_lets_no_one_use_the_key_without_the_tenants_tag() -> None:
    administers, uses = key_policy(ACCOUNT, TenantId("acme"))["Statement"]
    use = {"kms:Decrypt", "kms:Encrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:CreateGrant"}
    assert use.isdisjoint(administers["Action"])
    assert "kms:PutKeyPolicy" in administers["Action"]  # KMS refuses a policy that locks the account out
    assert uses["Condition"] == {"StringEquals": {"aws:PrincipalTag/tenant": "acme"}}
    assert not [action for statement in (administers, uses) for action in statement["Action"] if "*" in action]
    for statement in (administers, uses):
        assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def test_a_crash_after_the_key_was_made_is_gone_on_from(
    tenant_keys: TenantKeys, keyed: Keyed, data_keys: DataKeys
) -> None:
    keyed.kms.answers["generate_data_key_without_plaintext"] = raising(failure("AccessDeniedException"), times=1)
    with pytest.raises(KeyUnavailable):
        tenant_keys.ensure()
    tenant_keys.ensure()
    assert keyed.kms.operations.count("create_key") == 1
    assert ring_of(data_keys).current == 1


@pytest.mark.parametrize("operation", ["describe_key", "create_key", "create_alias", "enable_key_rotation"])
def test_what_the_key_service_refuses_is_a_failure_that_may_be_tried_again(
    operation: str, tenant_keys: TenantKeys, keyed: Keyed, data_keys: DataKeys
) -> None:
    keyed.kms.answers[operation] = raising(failure("AccessDeniedException"), times=1)
    with pytest.raises(KeyUnavailable):
        tenant_keys.ensure()
    assert data_keys.ring() is None
    tenant_keys.ensure()


def test_a_rotation_takes_the_next_data_key_into_use_once(
    tenant_keys: TenantKeys, data_keys: DataKeys, clock: HandClock
) -> None:
    arn = tenant_keys.ensure()
    clock.advance(seconds=10)
    assert [tenant_keys.rotate(LATER) for _ in range(3)] == [2, 2, 2]
    ring = ring_of(data_keys)
    assert (ring.current, ring.key_arn, sorted(ring.wrapped)) == (2, arn, [1, 2])
    clock.advance(seconds=10)
    assert tenant_keys.rotate("2026-03-04T05:06:20.000Z") == 3


def test_a_rotation_gives_a_tenant_without_a_key_its_first(tenant_keys: TenantKeys, data_keys: DataKeys) -> None:
    assert tenant_keys.rotate("2026-03-04T05:06:00.000Z") == 1
    assert ring_of(data_keys).current == 1


def test_what_was_sealed_before_a_rotation_is_read_after_it(tenant_keys: TenantKeys, keyed: Keyed) -> None:
    tenant_keys.ensure()
    old = keyed.content().put_away(RUN, {"input": "old"})
    tenant_keys.rotate("2099-01-01T00:00:00.000Z")
    new = keyed.content().put_away(RUN, {"input": "new"})
    assert [value["input"][4] for value in (old, new)] == [1, 2]  # type: ignore[index]  # sealed bytes
    for stored, said in ((old, "old"), (new, "new")):
        assert keyed.content().take_out({**RUN._asdict(), **stored})["input"] == said


def test_dismissing_leaves_a_key_that_is_being_deleted_and_nothing_else(
    tenant_keys: TenantKeys, keyed: Keyed, data_keys: DataKeys
) -> None:
    arn = tenant_keys.ensure()
    tenant_keys.dismiss()
    assert described(keyed.kms, arn)["KeyState"] == "PendingDeletion"
    assert data_keys.ring() is None
    with pytest.raises(Exception, match="NotFound"):
        keyed.kms.describe_key(KeyId=tenant_keys.alias)
    tenant_keys.dismiss()
    assert tenant_keys.ensure() != arn


def test_dismissing_what_was_never_made_does_nothing(tenant_keys: TenantKeys, data_keys: DataKeys) -> None:
    tenant_keys.dismiss()
    assert data_keys.ring() is None


def test_shredding_disables_and_schedules_the_key_and_erases_the_data_keys(
    tenant_keys: TenantKeys, keyed: Keyed, data_keys: DataKeys, clock: HandClock
) -> None:
    arn = tenant_keys.ensure()
    clock.advance(seconds=10)
    tenant_keys.rotate(LATER)
    assert tenant_keys.held() == Held((arn,), 2)
    done = tenant_keys.shred(7)
    (key,) = done.keys
    assert (key.arn, key.state, done.erased) == (arn, "PendingDeletion", 2)
    assert key.deleted_at is not None
    assert timedelta(days=6, hours=23) < key.deleted_at - datetime.now(UTC) <= timedelta(days=7)
    found = described(keyed.kms, arn)
    assert (found["KeyState"], found["Enabled"]) == ("PendingDeletion", False)
    assert keyed.kms.operations.index("disable_key") < keyed.kms.operations.index("schedule_key_deletion")
    ring = ring_of(data_keys)
    assert (ring.erased, ring.wrapped) == (True, {})


def test_shredding_again_changes_nothing(tenant_keys: TenantKeys, keyed: Keyed) -> None:
    tenant_keys.ensure()
    first = tenant_keys.shred()
    for name in ("disable_key", "schedule_key_deletion"):
        keyed.kms.answers[name] = raising(failure("KMSInvalidStateException"))  # as AWS answers; moto does not
    again = tenant_keys.shred()
    assert again == Shredded(first.keys, 0)


def test_a_tenant_without_keys_has_nothing_to_shred(tenant_keys: TenantKeys) -> None:
    assert tenant_keys.held() == Held((), 0)
    assert tenant_keys.shred() == Shredded((), 0)


def test_a_key_without_data_keys_is_destroyed_too(tenant_keys: TenantKeys, data_keys: DataKeys) -> None:
    arn = tenant_keys.ensure()
    data_keys.forget()
    assert [key.arn for key in tenant_keys.shred().keys] == [arn]


def test_a_key_that_is_gone_already_needs_nothing(tenant_keys: TenantKeys, data_keys: DataKeys) -> None:
    """As a table says that was restored after the key's time was up; the name is gone with the key."""
    gone = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"
    data_keys.add(Wrapped(1, gone, b"wrapped"))
    assert tenant_keys.shred() == Shredded((Destroyed(gone, "Deleted", None),), 1)
    assert ring_of(data_keys).erased


def test_what_was_noted_before_is_destroyed_even_where_nothing_names_it_any_more(
    tenant_keys: TenantKeys, keyed: Keyed, data_keys: DataKeys
) -> None:
    arn = tenant_keys.ensure()
    noted = tenant_keys.held().key_arns
    keyed.kms.delete_alias(AliasName=tenant_keys.alias)
    data_keys.forget()
    assert tenant_keys.shred().keys == ()
    assert [key.arn for key in tenant_keys.shred(noted=noted).keys] == [arn]
    assert described(keyed.kms, arn)["KeyState"] == "PendingDeletion"


def test_a_key_that_kms_does_not_give_up_now_is_tried_again(
    tenant_keys: TenantKeys, keyed: Keyed, data_keys: DataKeys
) -> None:
    """KMS refuses to change a key while it is busy with it, by the same error as for one that is being deleted."""
    tenant_keys.ensure()
    for name in ("disable_key", "schedule_key_deletion"):
        keyed.kms.answers[name] = raising(failure("KMSInvalidStateException"), times=1)
    with pytest.raises(KeyUnavailable):
        tenant_keys.shred()
    assert not ring_of(data_keys).erased
    assert tenant_keys.shred().erased == 1


@pytest.mark.parametrize("days", [-1, 0, 6, 31])
def test_kms_keeps_a_key_for_seven_to_thirty_days(days: int, tenant_keys: TenantKeys, keyed: Keyed) -> None:
    tenant_keys.ensure()
    with pytest.raises(ValueError, match="7 to 30 days"):
        tenant_keys.shred(days)
    assert "disable_key" not in keyed.kms.operations


def test_when_the_key_cannot_be_destroyed_its_data_keys_stay_so_that_it_can_be_tried_again(
    tenant_keys: TenantKeys, keyed: Keyed, data_keys: DataKeys
) -> None:
    tenant_keys.ensure()
    keyed.kms.answers["disable_key"] = raising(EndpointConnectionError(endpoint_url="http://kms"), times=1)
    with pytest.raises(KeyUnavailable):
        tenant_keys.shred()
    assert not ring_of(data_keys).erased
    assert tenant_keys.shred().erased == 1


def test_nothing_of_a_shredded_tenant_is_read_a_minute_later_in_any_process(
    tenant_keys: TenantKeys, keyed: Keyed
) -> None:
    tenant_keys.ensure()
    warm = keyed.content()
    item = {**RUN._asdict(), **warm.put_away(RUN, {"input": "hello", "output": "{}"})}
    document = warm.put_away_object("tenants/acme/runs/run_1/output.json", b"{}")
    tenant_keys.shred()
    keyed.time.seconds += KEPT_SECONDS
    for content in (warm, keyed.content()):
        attempts: list[Any] = [
            lambda content=content: content.take_out(item),
            lambda content=content: content.take_out_object("tenants/acme/runs/run_1/output.json", document),
            lambda content=content: content.put_away(RUN, {"input": "more"}),
        ]
        for attempt in attempts:
            with pytest.raises(ContentErased):
                attempt()


def test_data_keys_brought_back_from_a_backup_are_of_no_use_without_the_kms_key(
    tenant_keys: TenantKeys, keyed: Keyed
) -> None:
    """A restored table has the wrapped keys again; what unwraps them does not come back with it."""
    tenant_keys.ensure()
    item = {**RUN._asdict(), **keyed.content().put_away(RUN, {"input": "hello"})}
    ring = ring_of(keyed.data_keys())
    tenant_keys.shred()
    keyed.stores.table(keyed.stores.control).delete(Key("TENANT#acme#DATAKEY", "META"))
    keyed.data_keys().add(ring.wrapped[1])
    keyed.kms.answers["decrypt"] = raising(failure("KMSInvalidStateException"))  # as AWS; moto decrypts all the same
    with pytest.raises(KeyUnavailable):
        keyed.content().take_out(item)


def test_a_tenant_made_anew_has_another_key_and_reads_nothing_of_the_old(tenant_keys: TenantKeys, keyed: Keyed) -> None:
    old = tenant_keys.ensure()
    item = {**RUN._asdict(), **keyed.content().put_away(RUN, {"input": "hello"})}
    tenant_keys.shred()
    new = tenant_keys.ensure()
    assert new != old
    assert described(keyed.kms, tenant_keys.alias)["Arn"] == new
    assert keyed.content().put_away(RUN, {"input": "x"})["input"][4] == 2  # type: ignore[index]  # sealed bytes
    with pytest.raises(ContentErased):
        keyed.content().take_out(item)
    assert [key.arn for key in tenant_keys.shred().keys] == [new]


def test_whoever_comes_second_takes_the_key_of_the_first(tenant_keys: TenantKeys, keyed: Keyed) -> None:
    """Two at once: both found no alias; one of the two keys is given up."""
    first = tenant_keys.ensure()
    answers = iter([failure("NotFoundException")])
    keyed.kms.answers["describe_key"] = raising(next(answers), times=1)
    assert tenant_keys.ensure() == first
    given_up = [request["KeyId"] for name, request in keyed.kms.calls if name == "schedule_key_deletion"]
    assert len(given_up) == 1
    assert given_up != [first]


def test_stages_of_one_account_have_keys_of_their_own(tenant_keys: TenantKeys, keyed: Keyed, stage: str) -> None:
    kms: Any = keyed.kms
    other = TenantKeys(kms, keyed.data_keys("globex"), TenantId("acme"), stage=f"{stage}x", account=ACCOUNT)
    assert other.ensure() != tenant_keys.ensure()
