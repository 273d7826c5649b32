"""A tenant's own KMS key: made, named, rotated, and destroyed, with a session that is tagged with the tenant.

IAM binds every call to the tag: a session can make a key for its own tenant alone, and touch no other's. The key's own
policy lets the account administer it and lets nobody use it but a session of this tenant, whatever IAM allows.
Every verb may be repeated: what was done before is found by the key's alias.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.data_keys import asked, wrapping_context
from data_access_lib.errors import KeyUnavailable
from data_access_lib.failures import code_of
from data_access_lib.repositories.data_keys import DataKeys, KeyRing, Wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from mypy_boto3_kms import KMSClient

    from data_access_lib.tenant import TenantId

TENANT_TAG: Final = "tenant"
STAGE_TAG: Final = "ambit-stage"
SHORTEST_DAYS: Final = 7
LONGEST_DAYS: Final = 30
"""How long KMS may keep a key that is to be deleted (AWS: ScheduleKeyDeletion)."""
_ABSENT: Final = "NotFoundException"
_TAKEN: Final = "AlreadyExistsException"
_PENDING: Final = "KMSInvalidStateException"
_DOOMED: Final = "PendingDeletion"
GONE: Final = "Deleted"
"""The state of a key that KMS does not know (any more)."""
_ADMINISTERED: Final = (
    *("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"),
    *("kms:DescribeKey", "kms:EnableKey", "kms:DisableKey", "kms:UpdateKeyDescription"),
    *("kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:ListKeyPolicies", "kms:ListGrants", "kms:RevokeGrant"),
    *("kms:EnableKeyRotation", "kms:GetKeyRotationStatus", "kms:ListKeyRotations"),
    *("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"),
    *("kms:TagResource", "kms:UntagResource", "kms:ListResourceTags"),
)
_USED: Final = ("kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")


@dataclass(frozen=True, slots=True)
class Held:
    """The keys of a tenant: ARNs of its KMS keys, and how many wrapped data keys there are."""

    key_arns: tuple[str, ...]
    data_keys: int


@dataclass(frozen=True, slots=True)
class Destroyed:
    """A KMS key that nothing is unwrapped with any more. `state` is KMS's word for it, or `Deleted` when it is gone.

    `deleted_at` is when it is gone for good, None when it is already.
    """

    arn: str
    state: str
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shredded:
    """What crypto-shredding did: to which KMS keys, and how many wrapped data keys were erased now."""

    keys: tuple[Destroyed, ...]
    erased: int


class TenantKeys:
    """The keys of one tenant. `stage` keeps the stages of one account apart, `account` is that account's id.

    KeyUnavailable when the key service refuses or does not answer; the same verb may then be tried again.
    """

    def __init__(self, kms: KMSClient, data_keys: DataKeys, tenant_id: TenantId, *, stage: str, account: str) -> None:
        self._kms = kms
        self._data_keys = data_keys
        self._tenant = tenant_id
        self._stage = stage
        self._account = account

    @property
    def alias(self) -> str:
        """The name of the tenant's KMS key."""
        return f"alias/ambit-{self._stage}-tenant-{self._tenant}"

    def ensure(self) -> str:
        """Give the tenant a KMS key and a first data key, unless it has them; the key's ARN."""
        arn = self._find() or self._make()
        asked(lambda: self._kms.enable_key_rotation(KeyId=arn))
        ring = self._data_keys.ring()
        if ring is None or ring.erased or ring.key_arn != arn:
            self._add(ring, arn)
        return arn

    def rotate(self, asked_at: str) -> int:
        """Take a new data key into use; its number. Values sealed before stay readable.

        One that was taken since `asked_at` (RFC 3339) is it already: the step may be repeated.
        """
        arn = self.ensure()
        ring = self._data_keys.ring()
        return ring.current if ring and ring.since >= asked_at else self._add(ring, arn)

    def dismiss(self) -> None:
        """Undo `ensure` for a tenant that was never let in: nothing was sealed with its keys."""
        arn = self._find()
        if arn is not None:
            asked(lambda: self._schedule(arn, SHORTEST_DAYS))
        self._unless((_ABSENT,), lambda: self._kms.delete_alias(AliasName=self.alias))
        self._data_keys.forget()

    def held(self) -> Held:
        """What there is to shred: the KMS key of the tenant's name, and every one that wraps a data key of its."""
        ring = self._data_keys.ring()
        wrapping = {ring.key_arn, *(wrapped.key_arn for wrapped in ring.wrapped.values())} if ring else set()
        named = self._describe()
        arns = tuple(sorted(wrapping | ({named["Arn"]} if named else set())))
        return Held(arns, len(ring.wrapped) if ring else 0)

    def shred(self, days: int = LONGEST_DAYS, *, noted: Iterable[str] = ()) -> Shredded:
        """Crypto-shredding. From now on KMS unwraps nothing of this tenant's; processes let go within 60 s.

        Its KMS keys are disabled and deleted after `days` (7 to 30), until when an account's administrator could still
        bring them back; its wrapped data keys are erased, which leaves them in backups only (docs/encryption.md).
        `noted` are ARNs that `held` told before: a shredding that was broken off no longer finds all of them.
        """
        if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
            raise ValueError(f"a key is deleted after {SHORTEST_DAYS} to {LONGEST_DAYS} days")
        arns = sorted({*self.held().key_arns, *noted})
        return Shredded(tuple(self._destroy(arn, days) for arn in arns), self._data_keys.erase())

    def _destroy(self, arn: str, days: int) -> Destroyed:
        """Disable the key and have it deleted. A restored table may name keys that are gone: those need nothing."""
        done = (_PENDING, _ABSENT)
        self._unless(done, lambda: self._kms.disable_key(KeyId=_id(arn)))
        self._unless(done, lambda: self._schedule(arn, days))
        found = self._unless((_ABSENT,), lambda: self._kms.describe_key(KeyId=arn))
        if found is None:
            return Destroyed(arn, GONE, None)
        if found["KeyMetadata"]["KeyState"] != _DOOMED:  # KMS was busy with it (AWS: key states)
            raise KeyUnavailable
        return Destroyed(arn, _DOOMED, found["KeyMetadata"]["DeletionDate"])

    def _add(self, ring: KeyRing | None, arn: str) -> int:
        """Take the next data key into use; this function never sees it unwrapped."""
        number = ring.current + 1 if ring else 1
        context = wrapping_context(self._tenant, number)
        made = asked(
            lambda: self._kms.generate_data_key_without_plaintext(
                KeyId=arn, KeySpec="AES_256", EncryptionContext=context
            )
        )
        self._data_keys.add(Wrapped(number, arn, made["CiphertextBlob"]))
        return number

    def _find(self) -> str | None:
        """The tenant's key by its alias; None when there is none that can be used."""
        found = self._describe()
        return str(found["Arn"]) if found and found["KeyState"] == "Enabled" else None

    def _describe(self) -> dict[str, Any] | None:
        answer = self._unless((_ABSENT,), lambda: self._kms.describe_key(KeyId=self.alias))
        return answer["KeyMetadata"] if answer else None

    def _make(self) -> str:
        made: str = asked(
            lambda: self._kms.create_key(
                Description=f"Ambit {self._stage}: tenant {self._tenant}",
                Policy=json.dumps(key_policy(self._account, self._tenant)),
                Tags=[
                    {"TagKey": TENANT_TAG, "TagValue": self._tenant},
                    {"TagKey": STAGE_TAG, "TagValue": self._stage},
                ],
            )
        )["KeyMetadata"]["Arn"]
        return self._name(made)

    def _name(self, made: str) -> str:
        """Name the new key. The name may be left of a key that is being deleted, or another was faster: then that."""
        if self._unless((_TAKEN,), lambda: self._kms.create_alias(AliasName=self.alias, TargetKeyId=made)) is not None:
            return made
        usable = self._find()
        if usable is None:
            asked(lambda: self._kms.update_alias(AliasName=self.alias, TargetKeyId=made))
            return made
        asked(lambda: self._schedule(made, SHORTEST_DAYS))
        return usable

    def _schedule(self, arn: str, days: int) -> Any:
        return self._kms.schedule_key_deletion(KeyId=_id(arn), PendingWindowInDays=days)

    @staticmethod
    def _unless(codes: tuple[str, ...], call: Callable[[], Any]) -> Any:
        """The answer; None when the key service says one of `codes`."""
        from botocore.exceptions import ClientError

        def answered() -> Any:
            try:
                return call()
            except ClientError as failure:
                if code_of(failure) in codes:
                    return None
                raise

        return asked(answered)


def _id(arn: str) -> str:
    """A key's id, which KMS takes as well as its ARN, and KMS's doubles take everywhere."""
    return arn.rpartition("/")[2]


def key_policy(account: str, tenant_id: TenantId) -> dict[str, Any]:
    """A tenant key's policy. The account administers it, and cannot use it without the tenant's session tag.

    Whoever would read past that must change this policy first, which the trail shows.
    """
    administrator = {"AWS": f"arn:aws:iam::{account}:root"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AccountAdministers",
                "Effect": "Allow",
                "Principal": administrator,
                "Action": list(_ADMINISTERED),
                "Resource": "*",  # in a key policy: this key
            },
            {
                "Sid": "TenantsSessionUses",
                "Effect": "Allow",
                "Principal": administrator,
                "Action": list(_USED),
                "Resource": "*",
                "Condition": {"StringEquals": {f"aws:PrincipalTag/{TENANT_TAG}": str(tenant_id)}},
            },
        ],
    }
