"""Tenants, people and credentials, and a tenant's whole life: who may do what, one function here for each function."""

from dataclasses import dataclass

from infra import permissions as may
from infra.constructs.platform_function import PlatformFunction
from infra.stacks.access.grants import Grants


@dataclass(frozen=True)
class TenancyAccess(Grants):
    """Tenants, their people and credentials, and a tenant's life from its beginning to its end."""

    def api_keys(self, function: PlatformFunction) -> None:
        """A tenant's API keys and AWS callers; and, as the platform's, the credentials that make them usable."""
        data = self.data
        credentials = ("dynamodb:PutItem", "dynamodb:UpdateItem")
        function.allow(may.items("TENANT#platform#CREDENTIAL#*", credentials, data.control.table_arn))
        function.allow_tenant(
            may.tenant_items((*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS), data.control.table_arn),
            may.tenant_items((*may.READ_ITEMS, *may.WRITE_ITEMS, *may.DELETE_ITEMS), data.ops.table_arn),
        )
        self._record_platform_event(function)
        self._table_key(function)
        self.audits(function)
        self.cursors(function)

    def tenants(self, function: PlatformFunction) -> None:
        """Tenant records and operations, which are the platform's; the caller's own tenant likewise."""
        self._record_platform_event(function)
        self._keep_catalogue(function)
        self._keep_operations(function)
        self._replay_answers(function)
        self.cursors(function)

    def members(self, function: PlatformFunction) -> None:
        """A tenant's people: their records, invites, and the answers already given."""
        data = self.data
        function.allow_tenant(
            may.tenant_kinds(("USER", "INVITE", "MEMBER#*"), (*may.READ_ONE, *may.WRITE_ITEMS), data.control.table_arn),
            may.tenant_kinds(("IDEM#*",), (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS), data.ops.table_arn),
        )
        self._record_platform_event(function)
        self._tenant_table_key(function)
        self._table_key(function)

    def provisioning(self, function: PlatformFunction) -> None:
        """Tenant records, operations and the tenant's budget."""
        self._record_platform_event(function)
        self._keep_catalogue(function)
        self._keep_operations(function)
        function.allow_tenant(
            may.tenant_items((*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS), self.data.ops.table_arn),
            may.tenant_objects(
                (*may.READ_OBJECTS, *may.WRITE_OBJECTS, *may.DELETE_OBJECTS), self.data.tenants.bucket_arn
            ),
        )
        self._tenant_data_key(function)

    def exports(self, function: PlatformFunction) -> None:
        """Hands out downloads of a tenant's exports, and says so in the tenant's audit chain."""
        self.audits(function)
        function.allow_tenant(may.allow(may.READ_OBJECTS, self._below_prefix("exports/*")))
        self._tenant_data_key(function)
        self._on_tenant_keys(function, "ReadTenantKey", self._tenant_key(function, may.UNWRAP))

    def lifecycle(self, function: PlatformFunction) -> None:
        """Operations; all that a tenant has, found by its roll, to export and to erase; but not in the ledger."""
        data = self.data
        self._keep_lifecycle_records(function)
        indexed = (data.control, data.runs, data.ops)
        erasable = tuple(table.table_arn for table in indexed)
        function.allow_tenant(
            may.tenant_items(may.READ_ITEMS, data.ledger.table_arn, *(table.table_arn for table in indexed)),
            may.tenant_items(may.QUERY_INDEX, *(table.roll_arn for table in indexed), data.runs.index_arn),
            may.tenant_items((*may.WRITE_ITEMS, *may.WRITE_BATCHES, *may.DELETE_ITEMS), *erasable),
            may.tenant_objects((*may.READ_OBJECTS, *may.DELETE_VERSIONS), data.tenants.bucket_arn),
            may.tenant_objects(may.WRITE_OBJECTS, data.tenants.bucket_arn),
            may.tenant_listing(data.tenants.bucket_arn, (*may.LIST_OBJECTS, *may.LIST_VERSIONS)),
        )
        self._tenant_data_key(function)

    def _keep_lifecycle_records(self, function: PlatformFunction) -> None:
        """What the platform has of tenants: records, issuers, credentials; its own audit chain; certificates."""
        data = self.data
        self._record_platform_event(function)
        self._keep_operations(function)
        self._keep_catalogue(function)
        credentials, issuers = "TENANT#platform#CREDENTIAL#*", "TENANT#platform#ISSUER"
        function.allow(
            may.items(credentials, may.DELETE_ITEMS, data.control.table_arn),
            may.items(issuers, may.DELETE_ITEMS, data.control.table_arn),
            may.items("TENANT#platform#AUDIT", may.APPEND, data.ledger.table_arn),
            may.allow(may.WRITE_OBJECTS, f"{data.artifacts.bucket_arn}/certificates/*"),
            may.use_key_through("s3", self._region, data.key.key_arn),
        )
