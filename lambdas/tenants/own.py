"""A tenant's own settings, for its own people: the tenant is the caller's, whatever the request says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from data_access_lib.errors import StaleVersion
from data_access_lib.recorded import recorded
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.tenants import Tenants
from data_access_lib.tenant import TenantId
from lambdas.tenants.models import OwnTenantReply, UpdateOwnTenant
from lambdas.tenants.views import own_tenant_reply, told_of
from platform_kit.clock import Clock, rfc3339
from platform_kit.identity import Identity


@dataclass(frozen=True)
class OwnTenant:
    """`tenants` is the function's own door to tenant records; `log` opens a tenant's audit chain."""

    tenants: Tenants
    clock: Clock
    log: Callable[[Identity, TenantId], AuditLog]

    def get(self, who: Identity) -> tuple[OwnTenantReply, int]:
        """The caller's tenant and its version."""
        return _versioned(self.tenants.get(TenantId(who.tenant()), consistent=True))

    def update(self, who: Identity, etag: int, wanted: UpdateOwnTenant) -> tuple[OwnTenantReply, int]:
        """Change what is the tenant's to change; StaleVersion when it is not of version `etag`."""
        tenant_id = TenantId(who.tenant())
        record = self.tenants.get(tenant_id, consistent=True)
        if int(record["etag"]) != etag:
            raise StaleVersion
        changes = wanted.model_dump(by_alias=True, exclude_none=True)
        fields = {**changes, "updatedAt": rfc3339(self.clock.now())}
        draft = AuditDraft("tenant.settings_changed", tenant_id, detail=told_of(record, changes))
        log = self.log(who, tenant_id)
        return _versioned(recorded(log, draft, lambda: self.tenants.update(tenant_id, etag, fields)))


def _versioned(record: Mapping[str, Any]) -> tuple[OwnTenantReply, int]:
    return own_tenant_reply(record), int(record["etag"])
