"""Who may do what: each function's grants, one function here for each of them."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from governance.toolbox.custom import FUNCTION_PREFIX
from infra import permissions as may
from infra.constructs.platform_function import PlatformFunction
from infra.stacks.data import DataStack
from infra.stacks.identity import IdentityStack
from infra.suppressions import suppress
from model_gateway.targets import bedrock_models

_SWITCH: Final = (*may.READ_ONE, "dynamodb:PutItem", *may.DELETE_ITEMS)
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
        control = self.data.control.table_arn
        function.allow_tenant(
            may.tenant_kinds(("POOL",), ("dynamodb:Query",), control),
            may.tenant_kinds(("POLICYBINDING",), ("dynamodb:BatchGetItem",), control),  # the guardrails in force
        )

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

    def gateway(self, function: PlatformFunction) -> None:
        """What a running agent may cause: events, files, completion; a new token for itself."""
        self._table_key(function)
        self._sign(function)
        function.allow(may.allow(may.VERIFY_TOKENS, self.identity.run_token_key.key_arn))
        self._read_controls(function)
        self._work_on_runs(function)
        control = self.data.control.table_arn
        function.allow(may.items("TENANT#platform#VERSION#*", ("dynamodb:GetItem",), control))
        function.allow_tenant(may.tenant_kinds(("POLICYBINDING",), ("dynamodb:BatchGetItem",), control))

    def interceptors(self, function: PlatformFunction) -> None:
        """What a running agent may cause by way of an AgentCore Gateway; whose token it is, the function finds out."""
        self._table_key(function)
        self._read_controls(function)
        self._work_on_runs(function)
        control = self.data.control.table_arn
        function.allow(
            may.allow(may.VERIFY_TOKENS, self.identity.run_token_key.key_arn),
            may.items("TENANT#platform#TENANT", ("dynamodb:GetItem",), control),
            may.items("TENANT#platform#VERSION#*", ("dynamodb:GetItem",), control),
            may.items("TENANT#platform#TOOL", may.QUERY, control),
        )
        function.allow_tenant(
            may.tenant_kinds(("POLICYBINDING",), ("dynamodb:BatchGetItem",), control),
            may.tenant_kinds(("AUDIT",), may.APPEND, self.data.ledger.table_arn),
        )

    def models(self, function: PlatformFunction) -> None:
        """What a running agent may cause at a model: events of its run, money, circuits; providers' credentials.

        The platform's credentials are its own role's to read; a tenant's are its tenant's session's.
        """
        self._table_key(function)
        self._read_controls(function)
        self._work_on_runs(function)
        control = self.data.control.table_arn
        circuits = ("dynamodb:GetItem", "dynamodb:PutItem")
        function.allow(
            may.items("TENANT#platform#VERSION#*", ("dynamodb:GetItem",), control),
            may.items("TENANT#platform#CIRCUIT", circuits, self.data.ops.table_arn),
            may.allow(may.ASK_MODELS, *(self._foundation_model(name) for name in bedrock_models())),
        )
        function.allow_tenant(
            may.tenant_kinds(("POLICYBINDING",), ("dynamodb:BatchGetItem",), control),
            may.tenant_kinds(("MODEL",), may.QUERY, control),
            may.use_key_through("secretsmanager", self._region, self.identity.platform_key.key_arn),
        )
        self.read_secret(function, self.identity.model_secret_arn)
        own = may.tenant_secret(may.READ_SECRET, self._tenant_secrets(function), function.stage)
        reason = "Secrets Manager ends a secret's ARN in six characters of its own; the tenant's name and tags bind it."
        suppress(function.tenant_policy("ReadTenantSecret", own), "AMBIT_IAM_NO_WILDCARD_RESOURCE", reason)

    def _foundation_model(self, name: str) -> str:
        return f"arn:aws:bedrock:{self._region}::foundation-model/{name}"

    def _tenant_secrets(self, function: PlatformFunction) -> str:
        stack = Stack.of(self.data)
        return f"arn:aws:secretsmanager:{stack.region}:{stack.account}:secret:{function.tenant_secrets}"

    def agents(self, function: PlatformFunction) -> None:
        """Keeps the catalogue, which is the platform's, answers operators alike, and looks at uploaded packages."""
        self._record_platform_event(function)
        self._keep_catalogue(function)
        self._replay_operators_answers(function)
        self.audits_platform(function)
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
            may.tenant_kinds(("INSTANCE",), may.READ_ONE, data.control.table_arn),
        )
        function.allow(
            may.items("TENANT#platform#CREDENTIAL#*", ("dynamodb:UpdateItem",), data.control.table_arn),
            may.allow(may.STOP_AGENT, self.runtime_arns),
        )

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

        It puts entries of its own (a repair), and the chain's end when that lies behind.
        """
        data = self.data
        own = f"{data.audit.bucket_arn}/{may.TENANT_PREFIX}audit/*"
        function.allow(
            may.items("TENANT#platform#TENANT", may.READ_ONE, data.control.table_arn),
            may.allow((*may.SIGN_TOKENS, *may.VERIFY_TOKENS), self.identity.audit_key.key_arn),
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
            may.items("TENANT#platform#CIRCUIT", may.QUERY, self.data.ops.table_arn),
        )
        self._record_platform_event(function)
        self._table_key(function)
        self.cursors(function)

    def flags(self, function: PlatformFunction) -> None:
        """Capability flags, kill switches and incidents, which are the platform's, with its audit chain."""
        self._record_platform_event(function)
        self._keep_catalogue(function)
        for partition in _CONTROLS:
            function.allow(may.items(partition, may.DELETE_ITEMS, self.data.control.table_arn))
        self._replay_operators_answers(function)
        self.audits_platform(function)
        self.cursors(function)

    def tools(self, function: PlatformFunction) -> None:
        """The tools that operators register, which are the platform's, with its audit chain."""
        data = self.data
        self._record_platform_event(function)
        self._table_key(function)
        keeping = (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS)
        function.allow(may.items("TENANT#platform#TOOL", keeping, data.control.table_arn))
        self.audits_platform(function)
        self.cursors(function)
        # Of tenants' data only the use of their keys: `count_use`.
        function.allow_tenant(may.tenant_items(("dynamodb:UpdateItem",), data.ops.table_arn))
        self._tenant_table_key(function)

    def reaches_tools(self, function: PlatformFunction) -> None:
        """Registered tools: which there are, their functions, and the secrets that they are called with."""
        stack = Stack.of(self.data)
        place = f"{stack.region}:{stack.account}"
        functions = f"arn:aws:lambda:{place}:function:ambit-{function.stage}-{FUNCTION_PREFIX}*"
        secrets = f"arn:aws:secretsmanager:{place}:secret:ambit/{function.stage}/tools/*"
        function.allow(
            may.items("TENANT#platform#TOOL", may.QUERY, self.data.control.table_arn),
            may.allow(may.INVOKE_FUNCTION, functions),
        )
        self.read_secret(function, secrets)

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
        """Security events and their incidents: written by the function's own role, so that no tenant keeps one back."""
        ops = self.data.ops.table_arn
        function.allow(
            may.items("TENANT#platform#SECURITY#*", may.RECORD_EVENT, ops),
            may.items("TENANT#platform#TIMELINE#*", may.RECORD_EVENT, ops),
            may.items("TENANT#platform#INCIDENT", ("dynamodb:UpdateItem",), ops),
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
