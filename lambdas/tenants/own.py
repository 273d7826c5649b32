"""A tenant's own settings, for its own people: the tenant is the caller's, whatever the request says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data_access_lib.repositories.tenants import Tenants
from data_access_lib.tenant import TenantId
from lambdas.tenants.models import OwnTenantReply, UpdateOwnTenant
from lambdas.tenants.views import own_tenant_reply
from platform_kit.clock import Clock, rfc3339
from platform_kit.identity import Identity


@dataclass(frozen=True)
class OwnTenant:
    """`tenants` is the function's own door to tenant records."""

    tenants: Tenants
    clock: Clock

    def get(self, who: Identity) -> tuple[OwnTenantReply, int]:
        """The caller's tenant and its version."""
        return _versioned(self.tenants.get(TenantId(who.tenant()), consistent=True))

    def update(self, who: Identity, etag: int, wanted: UpdateOwnTenant) -> tuple[OwnTenantReply, int]:
        """Change what is the tenant's to change; StaleVersion when it is not of version `etag`."""
        fields = wanted.model_dump(by_alias=True, exclude_none=True)
        now = rfc3339(self.clock.now())
        return _versioned(self.tenants.update(TenantId(who.tenant()), etag, {**fields, "updatedAt": now}))


def _versioned(record: Mapping[str, Any]) -> tuple[OwnTenantReply, int]:
    return own_tenant_reply(record), int(record["etag"])
