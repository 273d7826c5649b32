"""Keys, secrets and the shared policies: what says who and nothing about what."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from infra import permissions
from infra.config import StageSettings
from infra.constructs.encryption_key import EncryptionKey, SigningKey, removal
from infra.suppressions import suppress

_SECRET_LENGTH = 64


class IdentityStack(Stack):
    """The platform's key, the keys that sign, the cursor and BFF secrets, and the policies that take no resource."""

    def __init__(self, scope: Construct, stack_id: str, *, settings: StageSettings, **options: object) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self._settings = settings
        self.platform_key = self._make_platform_key()
        self.run_token_key = SigningKey(
            self, "RunTokenKey", settings=settings, alias="run-token", purpose="signs run tokens"
        )
        self.audit_key = SigningKey(
            self, "AuditKey", settings=settings, alias="audit", purpose="signs checkpoints of audit chains"
        )
        self.evidence_key = SigningKey(
            self, "EvidenceKey", settings=settings, alias="evidence", purpose="signs evidence of evaluations"
        )
        self.cursor_secret_arn = self._make_secret("CursorSecret", "cursor-key", "signs pagination cursors")
        self.bff_secret_arn = self._make_secret("BffSecret", "bff", "encrypts web sessions at rest")
        # Holds no key until an operator puts one there: an object, so that it can be read.
        self.model_secret_arn = self._make_secret(
            "ModelSecret", "models", "API keys of model providers (JSON, by provider)", template="{}"
        )
        self.trace_policy = self._make_trace_policy()
        self.workflow_log_policy = self._make_workflow_log_policy()

    def _make_platform_key(self) -> EncryptionKey:
        key = EncryptionKey(self, "PlatformKey", settings=self._settings, description="platform")
        stage = self._settings.stage
        key.serve_logs([f"/ambit/{stage}/", f"/aws/vendedlogs/ambit-{stage}/", f"aws-waf-logs-ambit-{stage}-"])
        for service in ("events.amazonaws.com", "cloudwatch.amazonaws.com", "sns.amazonaws.com"):
            key.serve(service)
        return key

    def _make_secret(self, secret_id: str, name: str, purpose: str, *, template: str | None = None) -> str:
        """The secret's ARN, by its attribute: what a reference to a secret gives differs between endpoints."""
        secret = secrets.Secret(
            self,
            secret_id,
            secret_name=f"ambit/{self._settings.stage}/{name}",
            description=f"Ambit {self._settings.stage}: {purpose}",
            encryption_key=self.platform_key,
            generate_secret_string=secrets.SecretStringGenerator(
                exclude_punctuation=True,
                password_length=_SECRET_LENGTH,
                secret_string_template=template,
                generate_string_key=None if template is None else "generated",
            ),
            removal_policy=removal(self._settings),
        )
        resource = secret.node.default_child
        assert isinstance(resource, secrets.CfnSecret)  # noqa: S101 - narrows jsii's type
        return resource.attr_id

    def _make_trace_policy(self) -> iam.ManagedPolicy:
        policy = self._shared_policy("TraceWriter", "trace-writer", permissions.WRITE_TRACES)
        suppress(policy, "AMBIT_IAM_NO_WILDCARD_RESOURCE", "X-Ray's actions take no resource; this policy grants four.")
        return policy

    def _make_workflow_log_policy(self) -> iam.ManagedPolicy:
        name = "workflow-log-delivery"
        policy = self._shared_policy("WorkflowLogDelivery", name, permissions.DELIVER_WORKFLOW_LOGS)
        reason = "Log delivery's actions take no resource, as Step Functions documents; this policy grants those only."
        suppress(policy, "AMBIT_IAM_NO_WILDCARD_RESOURCE", reason)
        return policy

    def _shared_policy(self, policy_id: str, name: str, actions: tuple[str, ...]) -> iam.ManagedPolicy:
        return iam.ManagedPolicy(
            self,
            policy_id,
            managed_policy_name=self._settings.name(name),
            statements=[permissions.allow(actions, "*")],
        )
