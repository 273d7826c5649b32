"""Who may do what: each function's grants, one function here for each of them."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from infra import permissions as may
from infra.constructs.platform_function import PlatformFunction
from infra.stacks.data import DataStack
from infra.stacks.identity import IdentityStack
from infra.suppressions import suppress

_CONTROLS: Final = ("TENANT#platform#FLAG", "TENANT#platform#KILLSWITCH")


@dataclass(frozen=True)
class Access:
    """The resources that grants name, and the grants."""

    data: DataStack
    identity: IdentityStack
    runtime_arns: str

    def authoriser(self, function: PlatformFunction) -> None:
        """Reads tenant and issuer records, and one membership at a time; verifies run tokens."""
        self._read_catalogue(function)
        function.allow(may.items(may.MEMBERSHIPS, ("dynamodb:GetItem",), self.data.control.table_arn))
        function.allow(may.allow(may.VERIFY_TOKENS, self.identity.run_token_key.key_arn))

    def running(self, function: PlatformFunction) -> None:
        """Starts runs: reads the catalogue, writes the run, signs its token, calls the agent."""
        self._read_catalogue(function)
        self._sign(function)
        self._work_on_runs(function)
        function.allow(may.allow(may.INVOKE_AGENT, self.runtime_arns))

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
        function.allow_tenant(may.tenant_kinds(("AUDIT",), may.APPEND, ledger))

    def gateway(self, function: PlatformFunction) -> None:
        """What a running agent may cause: events, files, completion; a new token for itself."""
        self._table_key(function)
        self._sign(function)
        function.allow(may.allow(may.VERIFY_TOKENS, self.identity.run_token_key.key_arn))
        self._read_controls(function)
        self._work_on_runs(function)

    def agents(self, function: PlatformFunction) -> None:
        """Keeps the catalogue, which is the platform's, answers operators alike, and looks at uploaded packages."""
        self._record_platform_event(function)
        self._keep_catalogue(function)
        self._replay_operators_answers(function)
        data = self.data
        function.allow(
            may.allow(may.READ_OBJECTS, f"{data.artifacts.bucket_arn}/agents/*"),
            may.use_key_through("s3", self._region, data.key.key_arn),
        )
        self.cursors(function)
        # Of tenants' data only the use of their keys: `count_use`.
        function.allow_tenant(may.tenant_items(("dynamodb:UpdateItem",), data.ops.table_arn))
        self._tenant_table_key(function)

    def files(self, function: PlatformFunction) -> None:
        """A tenant's files: their records, and presigned URLs for their objects."""
        data = self.data
        function.allow_tenant(
            may.tenant_items(
                (*may.READ_ITEMS, *may.WRITE_ITEMS, *may.DELETE_ITEMS), data.runs.table_arn, data.runs.index_arn
            ),
            may.tenant_items((*may.READ_ONE, *may.WRITE_ITEMS), data.ops.table_arn),
            may.tenant_objects((*may.READ_OBJECTS, *may.WRITE_OBJECTS, *may.DELETE_OBJECTS), data.tenants.bucket_arn),
        )
        self._record_platform_event(function)
        self._read_controls(function)
        self._tenant_data_key(function)
        self._table_key(function)
        self.cursors(function)

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

    def audit(self, function: PlatformFunction) -> None:
        """A tenant's audit log, to read and to note the reading: see `audits`; the use of its keys: `count_use`."""
        function.allow_tenant(may.tenant_kinds(("KEYUSE",), ("dynamodb:UpdateItem",), self.data.ops.table_arn))
        self._record_platform_event(function)
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

    def platform_ops(self, function: PlatformFunction) -> None:
        """Asks whether the tables are there; reads no tenant's item. Of the platform's own: its security events."""
        tables = (self.data.control, self.data.runs, self.data.ops)
        function.allow(
            may.allow(may.DESCRIBE_TABLE, *(table.table_arn for table in tables)),
            # Not HeadBucket: that is authorised as ListBucket, which shows what tenants have.
            may.allow(may.LOCATE_BUCKET, self.data.tenants.bucket_arn),
            may.items("TENANT#platform#SECURITY#*", may.QUERY, self.data.ops.table_arn),
        )
        self._record_platform_event(function)
        self._table_key(function)
        self.cursors(function)

    def flags(self, function: PlatformFunction) -> None:
        """Capability flags and kill switches, which are the platform's, with its audit chain."""
        self._record_platform_event(function)
        self._keep_catalogue(function)
        for partition in _CONTROLS:
            function.allow(may.items(partition, may.DELETE_ITEMS, self.data.control.table_arn))
        self._replay_operators_answers(function)
        self.audits_platform(function)
        self.cursors(function)

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
        for partition in _CONTROLS:
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
        """Security events: written by the function's own role, so that a tenant's session cannot keep one back."""
        function.allow(may.items("TENANT#platform#SECURITY#*", may.RECORD_EVENT, self.data.ops.table_arn))

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
            may.tenant_items(
                (*may.READ_ONE, "dynamodb:PutItem", "dynamodb:ConditionCheckItem"), data.control.table_arn
            ),
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
