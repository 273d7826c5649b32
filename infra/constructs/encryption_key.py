"""KMS keys whose policy names every action, and the services that may use them."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra import permissions
from infra.config import StageSettings

_DELETION_WINDOW = Duration.days(30)


class EncryptionKey(kms.Key):
    """A symmetric, yearly rotated key for data at rest."""

    def __init__(self, scope: Construct, key_id: str, *, settings: StageSettings, description: str) -> None:
        super().__init__(
            scope,
            key_id,
            alias=f"alias/{settings.name(description)}",
            description=f"Ambit {settings.stage}: {description}",
            enable_key_rotation=True,
            pending_window=_DELETION_WINDOW,
            policy=iam.PolicyDocument(statements=[account_owns(), only_services_get_grants()]),
            removal_policy=removal(settings),
        )

    def serve(self, service: str, *, condition: dict[str, object] | None = None) -> None:
        """Let an AWS service encrypt and decrypt with this key, for this account's resources only."""
        stack = Stack.of(self)
        self.add_to_resource_policy(
            iam.PolicyStatement(
                actions=list(permissions.SERVICE_USES_KEY),
                principals=[iam.ServicePrincipal(service)],
                resources=["*"],
                conditions=condition or {"StringEquals": {"aws:SourceAccount": stack.account}},
            )
        )

    def serve_logs(self, prefixes: Sequence[str]) -> None:
        """Let CloudWatch Logs use this key for log groups below these name prefixes."""
        stack = Stack.of(self)
        groups = [f"arn:aws:logs:{stack.region}:{stack.account}:log-group:{prefix}*" for prefix in prefixes]
        self.serve(
            f"logs.{stack.region}.amazonaws.com",
            condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )


class SigningKey(kms.Key):
    """An asymmetric P-256 key that signs (ES256). KMS cannot rotate asymmetric keys by itself."""

    def __init__(self, scope: Construct, key_id: str, *, settings: StageSettings, alias: str, purpose: str) -> None:
        super().__init__(
            scope,
            key_id,
            alias=f"alias/{settings.name(alias)}",
            description=f"Ambit {settings.stage}: {purpose}",
            key_spec=kms.KeySpec.ECC_NIST_P256,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            pending_window=_DELETION_WINDOW,
            policy=iam.PolicyDocument(statements=[account_owns(), only_services_get_grants()]),
            removal_policy=removal(settings),
        )


def account_owns() -> iam.PolicyStatement:
    """The account administers its key and delegates its use through IAM. In a key policy `*` means this key."""
    return iam.PolicyStatement(
        actions=list(permissions.ACCOUNT_OWNS_KEY),
        principals=[iam.AccountRootPrincipal()],
        resources=["*"],
    )


def only_services_get_grants() -> iam.PolicyStatement:
    """A grant outlives the policy that allowed it, so only AWS services get one (DynamoDB needs it for a table)."""
    return iam.PolicyStatement(
        effect=iam.Effect.DENY,
        actions=["kms:CreateGrant"],
        principals=[iam.AnyPrincipal()],
        resources=["*"],
        conditions={"BoolIfExists": {"kms:GrantIsForAWSResource": "false", "aws:PrincipalIsAWSService": "false"}},
    )


def removal(settings: StageSettings) -> RemovalPolicy:
    """Kept when the stack goes, where a stage is protected."""
    return RemovalPolicy.RETAIN if settings.protected else RemovalPolicy.DESTROY
