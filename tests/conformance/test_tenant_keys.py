"""Correction `key_resources`, and what tenants' keys rest on: tags bind a KMS key to one tenant's session.

The statements are those of the stacks (`infra.permissions`), rendered; the keys are made by the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from data_access_lib.data_keys import wrapping_context
from data_access_lib.repositories.data_keys import KeyRing, Wrapped
from data_access_lib.tenant import TenantId
from data_access_lib.tenant_keys import TenantKeys
from infra import permissions as may
from platform_kit.errors import DependencyUnavailable
from scripts.local_platform.layout import ACCOUNT, REGION

if TYPE_CHECKING:
    from tests.conformance.conftest import Emulator

STAGE = "conf"
KEYS = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"
ALIASES = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/ambit-{STAGE}-tenant-"


class Ring:
    """A tenant's data keys, in memory."""

    def __init__(self) -> None:
        self.kept: KeyRing | None = None

    def ring(self) -> KeyRing | None:
        return self.kept

    def add(self, wrapped: Wrapped) -> None:
        before = self.kept.wrapped if self.kept else {}
        kept = {**before, wrapped.number: wrapped}
        self.kept = KeyRing(wrapped.number, wrapped.key_arn, "", erased=False, wrapped=kept)

    def erase(self) -> int:
        assert self.kept is not None
        self.kept = KeyRing(self.kept.current, self.kept.key_arn, "", erased=True, wrapped={})
        return 1

    def forget(self) -> None:
        self.kept = None


def statements(*made: Any) -> list[dict[str, Any]]:
    return [statement.to_statement_json() for statement in made]


@pytest.fixture(scope="module")
def keeper(emulator: Emulator) -> str:
    """What provisioning's tenant role may do with tenants' keys."""
    new = may.new_tenant_key(KEYS, STAGE)
    keep = may.tenant_key((*may.KEEP_KEY, *may.SHRED_KEY), KEYS, STAGE)
    return emulator.role("keeper", *statements(*new, may.tenant_key_name(ALIASES, KEYS), keep))


@pytest.fixture(scope="module")
def user(emulator: Emulator) -> str:
    """What a tenant role that reads content may do."""
    return emulator.role("user", *statements(may.tenant_key(may.ENCRYPT_OBJECTS, KEYS, STAGE)))


def kms(emulator: Emulator, role: str, tenant: str | None) -> Any:
    return emulator.client("kms", emulator.assume(role, **({"tenant": tenant} if tenant else {})))


def keys_of(emulator: Emulator, keeper: str, tenant: str) -> tuple[TenantKeys, Ring]:
    ring: Any = Ring()
    client = kms(emulator, keeper, tenant)
    return TenantKeys(client, ring, TenantId(tenant), stage=STAGE, account=ACCOUNT), ring


@pytest.fixture(scope="module")
def wrapped(emulator: Emulator, keeper: str) -> dict[str, Wrapped]:
    """A first data key of two tenants, made with each one's own session."""
    made = {}
    for tenant in ("acme", "globex"):
        keys, ring = keys_of(emulator, keeper, tenant)
        keys.ensure()
        made[tenant] = ring.kept.wrapped[1]
    return made


def unwrap(client: Any, tenant: str, key: Wrapped) -> bytes:
    context = wrapping_context(TenantId(tenant), key.number)
    answer = client.decrypt(KeyId=key.key_arn, CiphertextBlob=key.blob, EncryptionContext=context)
    return bytes(answer["Plaintext"])


def refused(call: Any) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


def test_a_tenants_session_unwraps_its_own_data_key(emulator: Emulator, user: str, wrapped: dict[str, Wrapped]) -> None:
    assert len(unwrap(kms(emulator, user, "acme"), "acme", wrapped["acme"])) == 32


@pytest.mark.parametrize("tenant", ["globex", "acme-2", "acm", None, "*", "?cme"])
def test_another_session_does_not(
    tenant: str | None, emulator: Emulator, user: str, wrapped: dict[str, Wrapped]
) -> None:
    client = kms(emulator, user, tenant)
    assert refused(lambda: unwrap(client, "acme", wrapped["acme"])) == "AccessDeniedException"
    arn = wrapped["acme"].key_arn
    assert refused(lambda: client.generate_data_key(KeyId=arn, KeySpec="AES_256")) == "AccessDeniedException"
    named = f"alias/ambit-{STAGE}-tenant-acme"
    assert refused(lambda: client.generate_data_key(KeyId=named, KeySpec="AES_256")) == "AccessDeniedException"


def test_the_keys_own_policy_is_a_wall_behind_that_of_the_role(emulator: Emulator, wrapped: dict[str, Wrapped]) -> None:
    """A role that IAM lets use every key, and that acts for nobody or for another: the key refuses it."""
    everything = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}
    role = emulator.role("everything", everything)
    for tenant in (None, "globex"):
        client = kms(emulator, role, tenant)
        assert refused(lambda client=client: unwrap(client, "acme", wrapped["acme"])) == "AccessDeniedException"
    assert len(unwrap(kms(emulator, role, "acme"), "acme", wrapped["acme"])) == 32


def test_a_wrapped_key_is_bound_to_its_tenant_and_number(
    emulator: Emulator, user: str, wrapped: dict[str, Wrapped]
) -> None:
    client, key = kms(emulator, user, "acme"), wrapped["acme"]
    for context in ({}, wrapping_context(TenantId("acme"), 2), wrapping_context(TenantId("globex"), 1)):
        call = {"KeyId": key.key_arn, "CiphertextBlob": key.blob, "EncryptionContext": context}
        assert refused(lambda call=call: client.decrypt(**call)) == "InvalidCiphertextException"


def test_a_key_is_made_for_the_sessions_own_tenant_and_stage_only(emulator: Emulator, keeper: str) -> None:
    client = kms(emulator, keeper, "initech")

    def make(*tags: tuple[str, str]) -> Any:
        return client.create_key(Tags=[{"TagKey": name, "TagValue": value} for name, value in tags])

    for tags in ((), (("tenant", "acme"), ("ambit-stage", STAGE)), (("tenant", "initech"), ("ambit-stage", "prod"))):
        assert refused(lambda tags=tags: make(*tags)) == "AccessDeniedException"
    own = (("tenant", "initech"), ("ambit-stage", STAGE))
    assert refused(lambda: make(*own, ("other", "x"))) == "AccessDeniedException"
    assert make(*own)["KeyMetadata"]["Enabled"]


def test_no_session_touches_another_tenants_key(emulator: Emulator, keeper: str, wrapped: dict[str, Wrapped]) -> None:
    client, arn = kms(emulator, keeper, "globex"), wrapped["acme"].key_arn
    tags = [{"TagKey": "tenant", "TagValue": "globex"}, {"TagKey": "ambit-stage", "TagValue": STAGE}]
    calls: list[Any] = [
        lambda: client.describe_key(KeyId=arn),
        lambda: client.disable_key(KeyId=arn),
        lambda: client.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7),
        lambda: client.enable_key_rotation(KeyId=arn),
        lambda: client.generate_data_key_without_plaintext(KeyId=arn, KeySpec="AES_256"),
        lambda: client.tag_resource(KeyId=arn, Tags=tags),
        lambda: client.create_alias(AliasName=f"alias/ambit-{STAGE}-tenant-initech", TargetKeyId=arn),
        lambda: client.update_alias(AliasName=f"alias/ambit-{STAGE}-tenant-acme", TargetKeyId=arn),
        lambda: client.delete_alias(AliasName=f"alias/ambit-{STAGE}-tenant-acme"),
    ]
    assert {refused(call) for call in calls} == {"AccessDeniedException"}


def test_a_shredded_key_unwraps_nothing(emulator: Emulator, keeper: str, user: str) -> None:
    keys, ring = keys_of(emulator, keeper, "hooli")
    keys.ensure()
    assert ring.kept is not None
    key = ring.kept.wrapped[1]
    client = kms(emulator, user, "hooli")
    assert len(unwrap(client, "hooli", key)) == 32
    done = keys.shred(7)
    assert ([destroyed.arn for destroyed in done.keys], done.erased) == ([key.key_arn], 1)
    assert refused(lambda: unwrap(client, "hooli", key)) in {"KMSInvalidStateException", "DisabledException"}
    assert keys.shred(7).keys == done.keys  # again


def test_a_tenant_that_was_never_let_in_leaves_a_key_on_its_way_out(emulator: Emulator, keeper: str) -> None:
    keys, ring = keys_of(emulator, keeper, "piedpiper")
    keys.dismiss()
    first = keys.ensure()
    keys.dismiss()
    assert ring.kept is None
    assert keys.ensure() != first


def test_a_session_of_another_tenant_cannot_make_this_ones_key(emulator: Emulator, keeper: str) -> None:
    ring: Any = Ring()
    client = kms(emulator, keeper, "acme")
    foreign = TenantKeys(client, ring, TenantId("umbrella"), stage=STAGE, account=ACCOUNT)
    with pytest.raises(DependencyUnavailable):
        foreign.ensure()
    assert ring.kept is None
