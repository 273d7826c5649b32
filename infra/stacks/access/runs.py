"""What starts runs and what runs reach: who may do what, one function here for each function."""

from dataclasses import dataclass

from aws_cdk import Stack

from governance.toolbox.custom import FUNCTION_PREFIX
from infra import permissions as may
from infra.constructs.platform_function import PlatformFunction
from infra.stacks.access.grants import Grants
from infra.suppressions import suppress
from model_gateway.targets import bedrock_models


@dataclass(frozen=True)
class RunAccess(Grants):
    """What starts runs and what runs reach."""

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
        function.allow(may.allow(may.INVOKE_AGENT, *self.runtime_arns))
        # Where agents run is read; how their runtimes answer is noted
        function.allow(
            may.items("TENANT#platform#RUNTIMEROUTE", ("dynamodb:GetItem",), self.data.ops.table_arn),
            may.items(
                "TENANT#platform#RUNTIMEHEALTH", ("dynamodb:GetItem", "dynamodb:PutItem"), self.data.ops.table_arn
            ),
        )
        control = self.data.control.table_arn
        function.allow_tenant(
            may.tenant_kinds(("POOL",), ("dynamodb:Query",), control),
            may.tenant_kinds(("POLICYBINDING",), ("dynamodb:BatchGetItem",), control),  # the guardrails in force
            may.tenant_kinds(("INSTANCE",), ("dynamodb:UpdateItem",), control),  # ends a canary that does worse
        )

    def scheduler(self, function: PlatformFunction) -> None:
        """A tenant's schedules, what became of their times, and whether who made them may still do what they do."""
        control, ops = self.data.control.table_arn, self.data.ops.table_arn
        function.allow_tenant(
            may.tenant_kinds(("SCHEDULE",), ("dynamodb:GetItem", "dynamodb:UpdateItem"), control),
            may.tenant_kinds(("MEMBER#*", "APIKEY"), ("dynamodb:GetItem",), control),
            may.tenant_kinds(("FIRING#*",), (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS), ops),
        )

    def schedules(self, function: PlatformFunction) -> None:
        """A tenant's schedules, what became of their times, and the answers already given."""
        control, ops = self.data.control.table_arn, self.data.ops.table_arn
        keeping = (*may.READ_ONE, *may.WRITE_ITEMS, *may.DELETE_ITEMS)
        function.allow_tenant(
            may.tenant_kinds(("SCHEDULE",), keeping, control),
            may.tenant_kinds(("MEMBER#*",), ("dynamodb:GetItem",), control),
            may.tenant_kinds(("FIRING#*",), may.READ_ONE, ops),
            may.tenant_kinds(("IDEM#*",), keeping, ops),
            may.tenant_kinds(("KEYUSE",), ("dynamodb:UpdateItem",), ops),
        )
        self.audits(function)
        self._record_platform_event(function)
        self._tenant_table_key(function)

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
