"""What several functions are allowed alike: the pieces that a function's grants are put together from."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from infra import permissions as may
from infra.constructs.platform_function import PlatformFunction
from infra.stacks.data import DataStack
from infra.stacks.identity import IdentityStack
from infra.suppressions import suppress

CONTROLS: Final = ("TENANT#platform#FLAG", "TENANT#platform#KILLSWITCH")
"""The partitions of flags and of operators' kill switches."""


@dataclass(frozen=True)
class Grants:
    """The resources that grants name, and the grants that are given to more than one function."""

    data: DataStack
    identity: IdentityStack
    runtime_arns: tuple[str, ...]

    def audits(self, function: PlatformFunction) -> None:
        """Appends to a tenant's audit chain and reads it; nothing in the ledger can be changed."""
        function.allow_tenant(
            may.tenant_items((*may.READ_ITEMS, *may.APPEND), self.data.ledger.table_arn),
            may.tenant_items((*may.READ_ITEMS, *may.APPEND), self.data.ops.table_arn),
        )
        self._tenant_table_key(function)

    def audits_platform(self, function: PlatformFunction) -> None:
        """Appends to the platform's own audit chain; nothing there can be changed."""
        function.allow(
            may.platform_items((*may.READ_ITEMS, *may.APPEND), self.data.ledger.table_arn),
            may.platform_items(("dynamodb:GetItem", "dynamodb:PutItem"), self.data.ops.table_arn),
        )

    def reads_evidence(self, function: PlatformFunction) -> None:
        """Bundles of evidence, and the key that they are verified with."""
        function.allow(
            may.allow(may.READ_OBJECTS, f"{self.data.audit.bucket_arn}/{may.PLATFORM_EVIDENCE}*"),
            may.allow(may.VERIFY_TOKENS, self.identity.evidence_key.key_arn),
        )

    def seals(self, function: PlatformFunction) -> None:
        """Reads and writes tenants' content: the tenant's data keys, unwrapped, and objects under its key."""
        function.allow_tenant(may.tenant_items(may.READ_ONE, self.data.control.table_arn))
        self._tenant_table_key(function)
        self._on_tenant_keys(function, "UseTenantKey", self._tenant_key(function, may.ENCRYPT_OBJECTS))

    def provides_keys(self, function: PlatformFunction) -> None:
        """Gives a tenant its KMS key and data keys, and takes them back when provisioning fails."""
        self._keep_data_keys(function)
        named = may.tenant_key_name(self._arn(f"alias/ambit-{function.stage}-tenant-"), self._arn("key/*"))
        made = may.new_tenant_key(self._arn("key/*"), function.stage)
        self._on_tenant_keys(function, "KeepTenantKey", *made, named, self._tenant_key(function, may.KEEP_KEY))

    def shreds(self, function: PlatformFunction) -> None:
        """Destroys a tenant's keys: all that is sealed with them is unreadable from then on."""
        self._keep_data_keys(function)
        self._on_tenant_keys(function, "ShredTenantKey", self._tenant_key(function, may.SHRED_KEY))

    def _keep_data_keys(self, function: PlatformFunction) -> None:
        actions = (*may.READ_ONE, *may.WRITE_ITEMS, *may.WRITE_BATCHES, *may.DELETE_ITEMS)
        function.allow_tenant(may.tenant_items(actions, self.data.control.table_arn))
        self._tenant_table_key(function)

    def _tenant_key(self, function: PlatformFunction, actions: tuple[str, ...]) -> iam.PolicyStatement:
        return may.tenant_key(actions, self._arn("key/*"), function.stage)

    def _on_tenant_keys(self, function: PlatformFunction, name: str, *statements: iam.PolicyStatement) -> None:
        """A policy of its own, so that the exception covers nothing else."""
        policy = function.tenant_policy(name, *statements)
        reason = "KMS chooses a key's id when it is made, so no deployment can name it; the tenant's tag binds it."
        suppress(policy, "AMBIT_IAM_NO_WILDCARD_RESOURCE", reason)

    def _arn(self, resource: str) -> str:
        stack = Stack.of(self.data)
        return f"arn:aws:kms:{stack.region}:{stack.account}:{resource}"

    def cursors(self, function: PlatformFunction) -> None:
        """The key that signs pagination cursors."""
        self.read_secret(function, self.identity.cursor_secret_arn)

    def read_secret(self, function: PlatformFunction, secret_arn: str) -> None:
        """One secret, and its key by way of Secrets Manager."""
        function.allow(
            may.allow(may.READ_SECRET, secret_arn),
            may.use_key_through("secretsmanager", self._region, self.identity.platform_key.key_arn),
        )

    def _below_prefix(self, rest: str) -> str:
        """Some of the tagged tenant's objects."""
        return f"{self.data.tenants.bucket_arn}/{may.TENANT_PREFIX}{rest}"

    @property
    def _region(self) -> str:
        return Stack.of(self.data).region

    def _read_controls(self, function: PlatformFunction) -> None:
        """Flags and kill switches, to be obeyed."""
        for partition in CONTROLS:
            function.allow(may.items(partition, may.QUERY, self.data.control.table_arn))

    def _read_catalogue(self, function: PlatformFunction) -> None:
        control = self.data.control
        function.allow(may.platform_items(may.READ_ITEMS, control.table_arn, control.index_arn))
        self._table_key(function)

    def _keep_catalogue(self, function: PlatformFunction) -> None:
        control = self.data.control
        function.allow(
            may.platform_items((*may.READ_ITEMS, *may.WRITE_ITEMS), control.table_arn),
            may.platform_items(may.QUERY_INDEX, control.index_arn),
        )
        self._table_key(function)

    def _keep_operations(self, function: PlatformFunction) -> None:
        function.allow(may.platform_items((*may.READ_ONE, *may.WRITE_ITEMS), self.data.ops.table_arn))

    def _replay_answers(self, function: PlatformFunction) -> None:
        """Idempotency records: a platform operator's under the platform, a tenant's own under the tenant."""
        ops = self.data.ops.table_arn
        self._replay_operators_answers(function)
        function.allow_tenant(may.tenant_items((*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS), ops))
        self._tenant_table_key(function)

    def _replay_operators_answers(self, function: PlatformFunction) -> None:
        ops = self.data.ops.table_arn
        function.allow(may.platform_items((*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS), ops))

    def _record_platform_event(self, function: PlatformFunction) -> None:
        """Security events and their incidents: written by the function's own role, so that no tenant keeps one back."""
        ops = self.data.ops.table_arn
        function.allow(
            may.items("TENANT#platform#SECURITY#*", may.RECORD_EVENT, ops),
            may.items("TENANT#platform#TIMELINE#*", may.RECORD_EVENT, ops),
            may.items("TENANT#platform#INCIDENT", ("dynamodb:UpdateItem",), ops),
            may.items("TENANT#platform#INCIDENTEPOCH", ("dynamodb:UpdateItem",), ops),
        )

    def _sign(self, function: PlatformFunction) -> None:
        function.allow(may.allow(may.SIGN_TOKENS, self.identity.run_token_key.key_arn))

    def _work_on_runs(self, function: PlatformFunction) -> None:
        data = self.data
        self._record_platform_event(function)
        function.allow_tenant(
            may.tenant_items(
                (*may.READ_ITEMS, *may.WRITE_ITEMS, *may.WRITE_BATCHES), data.runs.table_arn, data.runs.index_arn
            ),
            may.tenant_items((*may.READ_ITEMS, *may.WRITE_ITEMS, *may.DELETE_ITEMS), data.ops.table_arn),
            may.tenant_items((*may.READ_ONE, "dynamodb:ConditionCheckItem"), data.control.table_arn),
            # An agent's first use makes its instance. Nothing else, so that no run can rewrite what binds it.
            may.tenant_kinds(("INSTANCE",), ("dynamodb:PutItem",), data.control.table_arn),
            may.tenant_objects((*may.READ_OBJECTS, *may.WRITE_OBJECTS), data.tenants.bucket_arn),
        )
        self._tenant_data_key(function)

    def _table_key(self, function: PlatformFunction) -> None:
        function.allow(may.use_key_through("dynamodb", self._region, self.data.key.key_arn))

    def _tenant_table_key(self, function: PlatformFunction) -> None:
        function.allow_tenant(may.use_key_through("dynamodb", self._region, self.data.key.key_arn))

    def _tenant_data_key(self, function: PlatformFunction) -> None:
        self._tenant_table_key(function)
        function.allow_tenant(may.use_key_through("s3", self._region, self.data.key.key_arn))
