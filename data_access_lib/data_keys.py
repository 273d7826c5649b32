"""The data keys in use by this process: unwrapped by KMS with the tenant's own session, kept for less than a minute.

The session is tagged with the tenant, and both the role's policy and the key's own policy let a session use the key of
its tag alone: another tenant's session cannot unwrap them, whatever our code asks for.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from data_access_lib.content import Content
from data_access_lib.errors import ContentErased, KeyUnavailable
from data_access_lib.failures import code_of
from data_access_lib.repositories.data_keys import DataKeys, KeyRing, Wrapped
from data_access_lib.table import TenantScopedTable
from platform_kit.observability import count, logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

    from data_access_lib.sealing import DataKey
    from data_access_lib.signals import AccessSignals
    from data_access_lib.tenant import TenantContext, TenantId

KEPT_SECONDS: Final = 45.0
"""How long a process goes on with the keys it read: below the 60 s that a revocation may take."""
BOUND: Final = 256
"""How many tenants' keys a process keeps."""


def wrapping_context(tenant_id: TenantId, number: int) -> dict[str, str]:
    """What KMS binds a wrapped data key to, and writes into its trail (AWS: encryption context)."""
    return {"tenant": str(tenant_id), "use": "content", "number": str(number)}


class Sessions(Protocol):
    """Clients that reach one tenant only, as `sessions.TenantSessions` makes them."""

    def dynamodb(self, tenant_id: TenantId) -> DynamoDBClient: ...  # noqa: D102 - see there
    def kms(self, tenant_id: TenantId) -> KMSClient: ...  # noqa: D102 - see there


@dataclass
class _Slot:
    """One tenant's keys, behind a lock of its own: a slow KMS call delays nobody else."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    until: float = 0.0
    ring: KeyRing | None = None
    opened: dict[int, DataKey] = field(default_factory=dict)


class Keyrings:
    """The keys of the tenants that this process works for. Safe to share between threads."""

    def __init__(
        self,
        sessions: Sessions,
        control_table: str,
        signals: AccessSignals,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        bound: int = BOUND,
    ) -> None:
        self._sessions = sessions
        self._control_table = control_table
        self._signals = signals
        self._monotonic = monotonic
        self._bound = bound
        self._slots: OrderedDict[TenantId, _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def content(self, tenant: TenantContext) -> Content:
        """How this tenant's content is put away and taken out. No call is made here."""
        return Content(_Keyring(self, tenant))

    def ring(self, tenant: TenantContext) -> KeyRing | None:
        """The tenant's keys, read at most 45 s ago; None when it has none. ContentErased, StoreUnavailable."""
        slot = self._slot(tenant.tenant_id)
        with slot.lock:
            return self._fresh(slot, tenant)

    def key(self, tenant: TenantContext, number: int) -> DataKey:
        """One data key, ready for use. ContentErased when there is none of this number, KeyUnavailable."""
        slot = self._slot(tenant.tenant_id)
        with slot.lock:
            ring = self._fresh(slot, tenant)
            if number not in slot.opened:
                wrapped = ring.wrapped.get(number) if ring else None
                if wrapped is None:
                    raise ContentErased
                slot.opened[number] = self._unwrap(tenant.tenant_id, wrapped)
            return slot.opened[number]

    def secret(self, tenant: TenantContext, purpose: bytes) -> bytes:
        """A secret of the tenant's for one purpose, the same while its first data key lasts; b"" when it has none."""
        ring = self.ring(tenant)
        return self.key(tenant, min(ring.wrapped)).derive(purpose) if ring and ring.wrapped else b""

    def _fresh(self, slot: _Slot, tenant: TenantContext) -> KeyRing | None:
        if slot.until <= self._monotonic():
            slot.until, slot.ring, slot.opened = 0.0, None, {}
            slot.ring = self._read(tenant)
            slot.until = self._monotonic() + KEPT_SECONDS
        if slot.ring is not None and slot.ring.erased:
            raise ContentErased
        return slot.ring

    def _slot(self, tenant_id: TenantId) -> _Slot:
        with self._lock:
            slot = self._slots.setdefault(tenant_id, _Slot())
            self._slots.move_to_end(tenant_id)
            if len(self._slots) > self._bound:
                self._slots.popitem(last=False)
            return slot

    def _read(self, tenant: TenantContext) -> KeyRing | None:
        client = self._sessions.dynamodb(tenant.tenant_id)
        return DataKeys(TenantScopedTable(client, self._control_table, tenant, self._signals)).ring()

    def _unwrap(self, tenant_id: TenantId, wrapped: Wrapped) -> DataKey:
        from data_access_lib.sealing import DataKey

        answer = asked(
            lambda: self._sessions.kms(tenant_id).decrypt(
                KeyId=wrapped.key_arn,
                CiphertextBlob=wrapped.blob,
                EncryptionContext=wrapping_context(tenant_id, wrapped.number),
            )
        )
        return DataKey(tenant_id, wrapped.number, answer["Plaintext"])


class _Keyring:
    """One tenant's keys as a cipher."""

    def __init__(self, keyrings: Keyrings, tenant: TenantContext) -> None:
        self._keyrings = keyrings
        self._tenant = tenant

    @property
    def key_arn(self) -> str | None:
        """The tenant's KMS key; None when it has none."""
        ring = self._keyrings.ring(self._tenant)
        return ring.key_arn if ring else None

    def seal(self, plain: bytes, place: Sequence[str]) -> bytes | None:
        """The sealed bytes; None when the tenant has no key yet."""
        ring = self._keyrings.ring(self._tenant)
        return self._keyrings.key(self._tenant, ring.current).seal(plain, place) if ring else None

    def open(self, sealed: bytes, place: Sequence[str]) -> bytes:
        """What was sealed for this place."""
        from data_access_lib.sealing import number_of

        return self._keyrings.key(self._tenant, number_of(sealed)).open(sealed, place)


def asked(call: Callable[[], Any]) -> Any:
    """The answer of the key service; KeyUnavailable for anything else: refused, disabled, throttled, unreachable."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except (BotoCoreError, ClientError) as failure:
        code = code_of(failure) if isinstance(failure, ClientError) else type(failure).__name__
        count("TenantKeyUnavailable")
        logger().error("a tenant's key cannot be used", error=code)
        raise KeyUnavailable from None
