"""What bounds and records what agents do: who may do what, one function here for each function."""

from dataclasses import dataclass
from typing import Final

from infra import permissions as may
from infra.constructs.platform_function import PlatformFunction
from infra.stacks.access.grants import Grants

_SWITCH: Final = (*may.READ_ONE, "dynamodb:PutItem", *may.DELETE_ITEMS)


@dataclass(frozen=True)
class GovernanceAccess(Grants):
    """What bounds and records what agents do."""

    def policies(self, function: PlatformFunction) -> None:
        """A tenant's policies and the answers already given; the catalogue, for what agents may do before them.

        And its runs with their events, to read, for what would have become of their calls.
        """
        data = self.data
        self._read_catalogue(function)
        kept = ("POLICY#*", "POLICYBINDING")
        function.allow_tenant(
            may.tenant_kinds(kept, ("dynamodb:GetItem", "dynamodb:BatchGetItem"), data.control.table_arn),
            may.tenant_kinds(kept, ("dynamodb:PutItem", "dynamodb:UpdateItem"), data.control.table_arn),
            may.tenant_kinds(("POLICIES",), may.QUERY_INDEX, data.control.index_arn),
            may.tenant_kinds(("INSTANCE",), ("dynamodb:GetItem",), data.control.table_arn),
            may.tenant_kinds(("RUNS#*",), may.QUERY_INDEX, data.runs.index_arn),
            may.tenant_kinds(("RUN#*",), may.QUERY, data.runs.table_arn),
            may.tenant_kinds(("IDEM#*",), (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS), data.ops.table_arn),
            may.tenant_kinds(("KEYUSE",), ("dynamodb:UpdateItem",), data.ops.table_arn),
        )
        self._record_platform_event(function)
        self._tenant_table_key(function)

    def approvals(self, function: PlatformFunction) -> None:
        """What is held for approval; of the run that waits for it, whether it runs, and an event in its log.

        Who made a machine's credential is read by the grant of `seals`: a tenant's own records of the control table.
        """
        data = self.data
        runs = ("dynamodb:GetItem", "dynamodb:ConditionCheckItem", "dynamodb:UpdateItem", "dynamodb:PutItem")
        function.allow_tenant(
            may.tenant_kinds(("APPROVAL#*",), ("dynamodb:GetItem", "dynamodb:UpdateItem"), data.runs.table_arn),
            may.tenant_kinds(("APPROVALS#*",), may.QUERY_INDEX, data.runs.index_arn),
            may.tenant_kinds(("RUN#*",), (*runs, "dynamodb:Query"), data.runs.table_arn),
            may.tenant_kinds(("IDEM#*",), (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS), data.ops.table_arn),
            may.tenant_kinds(("KEYUSE",), ("dynamodb:UpdateItem",), data.ops.table_arn),
        )
        self._record_platform_event(function)
        self._tenant_table_key(function)
        self._table_key(function)

    def incidents(self, function: PlatformFunction) -> None:
        """A tenant's incidents, holds and kill switches; its runs, to end them; its API keys, to revoke them.

        What opens the door to a key is the platform's record of it: that can be closed here, and not opened.
        """
        data = self.data
        self._record_platform_event(function)
        self._read_catalogue(function)
        function.allow_tenant(
            may.tenant_items((*may.READ_ITEMS, *may.WRITE_ITEMS), data.runs.table_arn, data.runs.index_arn),
            may.tenant_items((*may.READ_ITEMS, *may.WRITE_ITEMS, *may.DELETE_ITEMS), data.ops.table_arn),
            may.tenant_kinds(("APIKEY",), ("dynamodb:UpdateItem",), data.control.table_arn),
            may.tenant_kinds(("KILLSWITCH",), _SWITCH, data.control.table_arn),
            may.tenant_kinds(("INSTANCE",), (*may.READ_ONE, "dynamodb:UpdateItem"), data.control.table_arn),
        )
        function.allow(
            may.items("TENANT#platform#CREDENTIAL#*", ("dynamodb:UpdateItem",), data.control.table_arn),
            may.allow(may.STOP_AGENT, *self.runtime_arns),
        )

    def tenant_instances(self, function: PlatformFunction) -> None:
        """Holds of any tenant's agents, for operators: nothing that a tenant runs or uploads can be reached by it.

        Partition by partition, because what is there besides (answers already given, chains of others) is content.
        """
        data = self.data
        holds = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", *may.DELETE_ITEMS)
        chain = ("AUDITHEAD", "AUDITDETAIL")
        self._read_catalogue(function)
        function.allow_tenant(
            may.tenant_kinds(("INSTANCE",), (*may.READ_ONE, "dynamodb:UpdateItem"), data.control.table_arn),
            may.tenant_kinds(("CANARY",), ("dynamodb:GetItem",), data.ops.table_arn),
            may.tenant_kinds(("HOLD", "HOLDBAR#*"), holds, data.ops.table_arn),
            may.tenant_kinds(chain, ("dynamodb:GetItem", "dynamodb:PutItem"), data.ops.table_arn),
            may.tenant_kinds(("AUDIT",), may.APPEND, data.ledger.table_arn),
        )
        self._record_platform_event(function)
        self._tenant_table_key(function)
        self._table_key(function)

    def budgets(self, function: PlatformFunction) -> None:
        """A tenant's shared budgets, what is used of them, and the answers already given."""
        data = self.data
        function.allow_tenant(
            may.tenant_kinds(("POOL",), (*may.READ_ITEMS, *may.WRITE_ITEMS, *may.DELETE_ITEMS), data.control.table_arn),
            may.tenant_kinds(("POOLMONTH#*",), ("dynamodb:GetItem",), data.ops.table_arn),
            may.tenant_kinds(("IDEM#*",), (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS), data.ops.table_arn),
            may.tenant_kinds(("KEYUSE",), ("dynamodb:UpdateItem",), data.ops.table_arn),
        )
        self._record_platform_event(function)
        self._tenant_table_key(function)

    def model_registry(self, function: PlatformFunction) -> None:
        """What a tenant says of the models that its agents ask for, and nothing else that agents are bound by."""
        data = self.data
        entries = ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem")
        function.allow_tenant(
            may.tenant_kinds(("MODEL",), entries, data.control.table_arn),
            may.tenant_kinds(("KEYUSE",), ("dynamodb:UpdateItem",), data.ops.table_arn),
        )
        self._record_platform_event(function)
        self._tenant_table_key(function)

    def audit(self, function: PlatformFunction) -> None:
        """A tenant's audit log, to read and to note the reading: see `audits`; the use of its keys: `count_use`."""
        function.allow_tenant(may.tenant_kinds(("KEYUSE",), ("dynamodb:UpdateItem",), self.data.ops.table_arn))
        self._record_platform_event(function)
        self._table_key(function)

    def checkpoints(self, function: PlatformFunction) -> None:
        """Reads a tenant's chain, signs where it ends and keeps that in the locked bucket; nobody else may do either.

        The platform's own chain by the function's own role. It puts entries of its own (a repair), and the chain's end
        when that lies behind.
        """
        data = self.data
        own = f"{data.audit.bucket_arn}/{may.TENANT_PREFIX}audit/*"
        function.allow(
            may.items("TENANT#platform#TENANT", may.READ_ONE, data.control.table_arn),
            may.allow((*may.SIGN_TOKENS, *may.VERIFY_TOKENS), self.identity.audit_key.key_arn),
            may.items("TENANT#platform#AUDIT", (*may.READ_ONE, *may.APPEND), data.ledger.table_arn),
            may.items("TENANT#platform#AUDITHEAD", (*may.READ_ITEMS, *may.APPEND), data.ops.table_arn),
            may.items("TENANT#platform#AUDITDETAIL", (*may.READ_ITEMS, *may.APPEND), data.ops.table_arn),
            may.allow((*may.READ_OBJECTS, *may.WRITE_OBJECTS), f"{data.audit.bucket_arn}/{may.PLATFORM_AUDIT}*"),
            may.listing(data.audit.bucket_arn, may.PLATFORM_AUDIT),
            may.use_key_through("s3", self._region, data.key.key_arn),
        )
        function.allow_tenant(
            may.allow((*may.READ_OBJECTS, *may.WRITE_OBJECTS), own),
            may.tenant_listing(data.audit.bucket_arn),
            may.tenant_kinds(("AUDIT",), (*may.READ_ONE, *may.APPEND), data.ledger.table_arn),
            may.tenant_kinds(("AUDITHEAD", "AUDITDETAIL"), (*may.READ_ITEMS, *may.APPEND), data.ops.table_arn),
            may.tenant_kinds(("KEYUSE",), ("dynamodb:UpdateItem",), data.ops.table_arn),
        )
        self._record_platform_event(function)
        self._table_key(function)
        self._tenant_data_key(function)

    def sequencer(self, function: PlatformFunction) -> None:
        """Enters acts of runs in their tenants' chains, and reads runs' events; whose, the tenants' records say.

        Its own role reads the stream of the runs table, where tenants' content is sealed.
        """
        data = self.data
        function.allow(may.items("TENANT#platform#TENANT", ("dynamodb:GetItem",), data.control.table_arn))
        chain = ("AUDITHEAD", "AUDITDETAIL", "AUDITEVENT")
        function.allow_tenant(
            may.tenant_kinds(("AUDIT",), may.APPEND, data.ledger.table_arn),
            may.tenant_kinds(
                chain, ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"), data.ops.table_arn
            ),
            may.tenant_kinds(("RUN#*",), may.QUERY, data.runs.table_arn),
        )
        self._record_platform_event(function)
        self._table_key(function)

    @property
    def runs_stream_arn(self) -> str:
        """The stream of the runs table."""
        arn = self.data.runs.table_stream_arn
        assert arn is not None  # noqa: S101 - the table is declared with one
        return arn

    def tells(self, function: PlatformFunction) -> None:
        """Enters acts in a tenant's audit chain; its head and details are in the ops table."""
        function.allow_tenant(may.tenant_kinds(("AUDIT",), may.APPEND, self.data.ledger.table_arn))

    def break_glass(self, function: PlatformFunction) -> None:
        """Grants, answers to repeated requests, and appending to both audit chains; it reads runs as it does anyway.

        The chains are named by their partitions, so that whoever serves tenants' calls can write nothing else there.
        """
        ops, ledger = self.data.ops.table_arn, self.data.ledger.table_arn
        answers = (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS)
        grants = (*may.READ_ONE, "dynamodb:PutItem", "dynamodb:UpdateItem")
        function.allow(
            may.items("TENANT#platform#BREAKGLASS#*", grants, ops),
            may.items("TENANT#platform#IDEM#*", answers, ops),
            may.items("TENANT#platform#AUDITHEAD", ("dynamodb:GetItem", "dynamodb:PutItem"), ops),
            may.items("TENANT#platform#AUDITDETAIL", may.APPEND, ops),
            may.items("TENANT#platform#AUDIT", may.APPEND, ledger),
        )
