"""Tenants with keys of their own on moto: what provisioning would have made, and the sessions that use it."""

from dataclasses import dataclass, field
from typing import Any, cast

from data_access_lib.content import Content
from data_access_lib.data_keys import Keyrings, wrapping_context
from data_access_lib.repositories.data_keys import DataKeys, Wrapped
from data_access_lib.tenant import TenantContext, TenantId
from tests.stores import Stores, WatchedClient


@dataclass
class HandTime:
    """Monotonic seconds that a test moves."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Keyed:
    """A stage whose tenants have keys. moto does not evaluate IAM: that is shown on the emulator."""

    stores: Stores
    kms: WatchedClient
    time: HandTime = field(default_factory=HandTime)
    arns: dict[str, str] = field(default_factory=dict)

    def keyrings(self, bound: int = 256) -> Keyrings:
        sessions = cast("Any", _Sessions(self))
        return Keyrings(sessions, self.stores.control, self.stores.signals, monotonic=self.time, bound=bound)

    def content(self, tenant: str = "acme", keyrings: Keyrings | None = None) -> Content:
        return (keyrings or self.keyrings()).content(TenantContext(TenantId(tenant), "usr:1:ada"))

    def data_keys(self, tenant: str = "acme") -> DataKeys:
        return DataKeys(self.stores.table(self.stores.control, tenant))

    def add_key(self, tenant: str = "acme", number: int = 1) -> str:
        """A data key for the tenant, under the KMS key it has or is given now; that key's ARN."""
        if tenant not in self.arns:
            self.arns[tenant] = self.kms.create_key()["KeyMetadata"]["Arn"]
        arn = self.arns[tenant]
        context = wrapping_context(TenantId(tenant), number)
        made = self.kms.generate_data_key_without_plaintext(KeyId=arn, KeySpec="AES_256", EncryptionContext=context)
        self.data_keys(tenant).add(Wrapped(number, arn, made["CiphertextBlob"]))
        return arn


@dataclass
class _Sessions:
    keyed: Keyed

    def dynamodb(self, _tenant: TenantId) -> Any:
        return self.keyed.stores.client

    def kms(self, _tenant: TenantId) -> Any:
        return self.keyed.kms
