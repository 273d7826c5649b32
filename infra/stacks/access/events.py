"""Events, webhooks and what is sent to them: who may do what, one function here for each function."""

from dataclasses import dataclass
from typing import Final

from infra import permissions as may
from infra.constructs.platform_function import PlatformFunction
from infra.stacks.access.grants import Grants

_RECORD: Final = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
_CHAIN: Final = ("AUDITHEAD", "AUDITDETAIL")


@dataclass(frozen=True)
class EventAccess(Grants):
    """What tells tenants of what happened, and what tenants say about that."""

    def event_publisher(self, function: PlatformFunction) -> None:
        """Reads how runs, incidents and budgets stand, by their plain attributes; no tenant's key, so no content.

        Its own role reads the streams of three tables and the catalogue.
        """
        data = self.data
        runs, ops, control = data.runs.table_arn, data.ops.table_arn, data.control.table_arn
        self._read_catalogue(function)
        function.allow_tenant(
            may.tenant_kinds(("RUN#*",), ("dynamodb:GetItem",), runs),
            may.tenant_kinds(("EVENTLOG", "EVENTMARK"), _RECORD, runs),
            may.tenant_kinds(("DELIVERY#*",), may.APPEND, runs),
            may.tenant_kinds(("INCIDENT",), ("dynamodb:GetItem",), ops),
            may.tenant_kinds(("BUDGET#*",), ("dynamodb:BatchGetItem",), ops),
            may.tenant_kinds(("INSTANCE",), ("dynamodb:GetItem",), control),
            may.tenant_kinds(("WEBHOOK",), may.READ_ONE, control),
        )
        self._record_platform_event(function)
        self._tenant_table_key(function)

    def webhook_dispatcher(self, function: PlatformFunction) -> None:
        """Endpoints with their secrets, what is on its way to them, and the audit log for one that it disables."""
        data = self.data
        function.allow(may.items("TENANT#platform#TENANT", ("dynamodb:GetItem",), data.control.table_arn))
        function.allow_tenant(
            may.tenant_kinds(("WEBHOOK",), (*may.READ_ONE, "dynamodb:UpdateItem"), data.control.table_arn),
            may.tenant_kinds(("DELIVERY#*",), ("dynamodb:GetItem", "dynamodb:UpdateItem"), data.runs.table_arn),
            may.tenant_kinds(("WEBHOOKGATE",), ("dynamodb:GetItem", "dynamodb:PutItem"), data.ops.table_arn),
            may.tenant_kinds(_CHAIN, ("dynamodb:GetItem", "dynamodb:PutItem"), data.ops.table_arn),
            may.tenant_kinds(("AUDIT",), may.APPEND, data.ledger.table_arn),
        )
        self._record_platform_event(function)
        self._table_key(function)

    def webhooks(self, function: PlatformFunction) -> None:
        """A tenant's endpoints, its log of events, what was sent, and the answers already given."""
        data = self.data
        answers = (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS)
        endpoints = (*may.READ_ONE, "dynamodb:PutItem", "dynamodb:UpdateItem", *may.DELETE_ITEMS)
        function.allow_tenant(
            may.tenant_kinds(("WEBHOOK",), endpoints, data.control.table_arn),
            may.tenant_kinds(("DELIVERY#*",), (*may.READ_ONE, *_RECORD), data.runs.table_arn),
            may.tenant_kinds(("EVENTLOG",), may.READ_ONE, data.runs.table_arn),
            may.tenant_kinds(("WEBHOOKGATE",), ("dynamodb:GetItem",), data.ops.table_arn),
            may.tenant_kinds(("IDEM#*",), answers, data.ops.table_arn),
        )
        self._record_platform_event(function)
        self._tenant_table_key(function)

    @property
    def ops_stream_arn(self) -> str:
        """The stream of the ops table: keys alone."""
        arn = self.data.ops.table_stream_arn
        assert arn is not None  # noqa: S101 - the table is declared with one
        return arn
