"""What is the platform's own: who may do what, one function here for each function."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import Stack

from governance.dead_letters import SOURCE
from infra import permissions as may
from infra.constructs.platform_function import PlatformFunction
from infra.queues import DEAD_LETTERS, RETRIED
from infra.stacks.access.grants import CONTROLS, Grants

PACKS: Final = (
    *("TENANT#platform#PACKKEY", "TENANT#platform#TOOLPACK", "TENANT#platform#TOOLPACKNAME"),
    "TENANT#platform#TOOLPACKVERSION#*",
)
"""The partitions of tool packs and their publishers' keys."""


@dataclass(frozen=True)
class OperatorAccess(Grants):
    """What is the platform's own."""

    def agents(self, function: PlatformFunction) -> None:
        """Keeps the catalogue, which is the platform's, answers operators alike, and looks at packages and runtimes."""
        self._record_platform_event(function)
        self._keep_catalogue(function)
        self._replay_operators_answers(function)
        self.audits_platform(function)
        data = self.data
        function.allow(
            may.allow(may.READ_OBJECTS, f"{data.artifacts.bucket_arn}/agents/*"),
            may.allow(may.SEE_RUNTIME, *self.runtime_arns),
            # What a version has shown before it is promoted
            may.items("TENANT#platform#EVALUATIONS#*", may.QUERY_INDEX, data.ops.index_arn),
            may.use_key_through("s3", self._region, data.key.key_arn),
        )
        self.reads_evidence(function)
        self.cursors(function)
        # Of tenants' data only the use of their keys: `count_use`.
        function.allow_tenant(may.tenant_items(("dynamodb:UpdateItem",), data.ops.table_arn))
        self._tenant_table_key(function)

    def platform_ops(self, function: PlatformFunction) -> None:
        """Asks whether the tables are there; reads no tenant's item. Of the platform's own: its security events."""
        tables = (self.data.control, self.data.runs, self.data.ops)
        function.allow(
            may.allow(may.DESCRIBE_TABLE, *(table.table_arn for table in tables)),
            # Not HeadBucket: that is authorised as ListBucket, which shows what tenants have.
            may.allow(may.LOCATE_BUCKET, self.data.tenants.bucket_arn),
            may.items("TENANT#platform#SECURITY#*", may.QUERY, self.data.ops.table_arn),
            may.items("TENANT#platform#CIRCUIT", may.QUERY, self.data.ops.table_arn),
        )
        self._record_platform_event(function)
        self._table_key(function)
        self.cursors(function)

    def dead_letters(self, function: PlatformFunction) -> None:
        """Every queue of dead letters, and what it takes to have each kind of letter done again; no tenant's item.

        It invokes nobody: what others are to do again it says on the bus. By name, since it serves a route, and most
        of what it asks comes after the routes.
        """
        stage = f"ambit-{function.stage}"
        machines = (f"execution:{stage}-{name}-workflow:*" for name in ("run", "provision", "lifecycle", "evaluation"))
        letters = may.items(
            *("TENANT#platform#DEADLETTER#*", (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS)),
            self.data.ops.table_arn,
        )
        function.allow(
            may.allow(may.HANDLE_LETTERS, *(self._named("sqs", f"{stage}-{one.queue}") for one in DEAD_LETTERS)),
            may.allow(may.SEND_BACK, *(self._named("sqs", f"{stage}-{one.queue}") for one in RETRIED)),
            may.use_key_through("sqs", self._region, self.identity.platform_key.key_arn),
            may.allow(may.REDRIVE_WORKFLOW, *(self._named("states", machine) for machine in machines)),
            may.put_events(self._named("events", "event-bus/default"), SOURCE),
            letters,
        )
        self._record_platform_event(function)
        self._table_key(function)
        self.audits_platform(function)

    def failover(self, function: PlatformFunction) -> None:
        """Where agents run, its one lock, how the regions answer, and the platform's audit chain; no tenant's item.

        It asks runtimes for what is not there, which needs leave to stop a session, and invokes none.
        """
        ops, ledger = self.data.ops.table_arn, self.data.ledger.table_arn
        kept = ("dynamodb:GetItem", "dynamodb:PutItem")
        self._record_platform_event(function)
        self._table_key(function)
        function.allow(
            may.items(
                "TENANT#platform#LOCK#runtime-region",
                (*kept, "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"),
                ops,
            ),
            may.items("TENANT#platform#RUNTIMEROUTE", kept, ops),
            may.items("TENANT#platform#RUNTIMEHEALTH", kept, ops),
            may.items("TENANT#platform#IDEM#*", (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS), ops),
            may.items("TENANT#platform#AUDITHEAD", kept, ops),
            may.items("TENANT#platform#AUDITDETAIL", may.APPEND, ops),
            may.items("TENANT#platform#AUDIT", may.APPEND, ledger),
            may.allow(may.STOP_AGENT, *self.runtime_arns),
        )

    def _named(self, service: str, resource: str) -> str:
        stack = Stack.of(self.data)
        return f"arn:aws:{service}:{stack.region}:{stack.account}:{resource}"

    def flags(self, function: PlatformFunction) -> None:
        """Capability flags, kill switches and incidents, which are the platform's, with its audit chain."""
        self._record_platform_event(function)
        self._keep_catalogue(function)
        for partition in CONTROLS:
            function.allow(may.items(partition, may.DELETE_ITEMS, self.data.control.table_arn))
        self._replay_operators_answers(function)
        self.audits_platform(function)
        self.cursors(function)

    def tools(self, function: PlatformFunction) -> None:
        """The tools that operators register and the packs they come in, the platform's, with its audit chain."""
        data = self.data
        self._record_platform_event(function)
        self._table_key(function)
        keeping = (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS)
        function.allow(may.items("TENANT#platform#TOOL", keeping, data.control.table_arn))
        # What is published stays: it is put, and never taken away.
        for partition in PACKS:
            function.allow(may.items(partition, (*may.READ_ONE, *may.WRITE_ITEMS), data.control.table_arn))
        self._replay_operators_answers(function)
        self.audits_platform(function)
        self.cursors(function)
        # Of tenants' data only the use of their keys: `count_use`.
        function.allow_tenant(may.tenant_items(("dynamodb:UpdateItem",), data.ops.table_arn))
        self._tenant_table_key(function)

    def issuers(self, function: PlatformFunction) -> None:
        """The register of issuers, which is the platform's, with its audit chain."""
        self._record_platform_event(function)
        self._read_catalogue(function)
        function.allow(may.items("TENANT#platform#ISSUER", ("dynamodb:PutItem",), self.data.control.table_arn))
        self._replay_operators_answers(function)
        self.audits_platform(function)
        self.cursors(function)

    def bff(self, function: PlatformFunction) -> None:
        """Web sessions, under the platform's own keys, and the secret that encrypts them."""
        sessions = "TENANT#platform#BFFSESSION#*"
        actions = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
        function.allow(may.items(sessions, actions, self.data.ops.table_arn))
        self._record_platform_event(function)
        self._table_key(function)
        self.read_secret(function, self.identity.bff_secret_arn)
