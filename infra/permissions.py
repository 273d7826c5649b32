"""Named lists of exact IAM actions, and the few shapes of statement they are granted in. No wildcards anywhere."""

from collections.abc import Sequence
from typing import Final

from aws_cdk import aws_iam as iam

# DynamoDB. A transaction is authorised by its component actions (Put, Update, ConditionCheck), not by one of its own.
READ_ITEMS: Final = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
READ_ONE: Final = ("dynamodb:GetItem", "dynamodb:Query")
WRITE_ITEMS: Final = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem")
WRITE_BATCHES: Final = ("dynamodb:BatchWriteItem",)
DELETE_ITEMS: Final = ("dynamodb:DeleteItem",)
RECORD_EVENT: Final = ("dynamodb:PutItem",)
APPEND: Final = ("dynamodb:PutItem",)
READ_STREAM: Final = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
# Takes no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
LIST_STREAMS: Final = ("dynamodb:ListStreams",)
DESCRIBE_TABLE: Final = ("dynamodb:DescribeTable",)
QUERY: Final = ("dynamodb:Query",)
QUERY_INDEX: Final = QUERY
# What may never be granted on the ledger: it is append-only.
LEDGER_FORBIDDEN: Final = (
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
    "dynamodb:DeleteTable",
    "dynamodb:UpdateTable",
)

# S3
READ_OBJECTS: Final = ("s3:GetObject",)
WRITE_OBJECTS: Final = ("s3:PutObject",)
DELETE_OBJECTS: Final = ("s3:DeleteObject",)
DELETE_VERSIONS: Final = ("s3:DeleteObject", "s3:DeleteObjectVersion")
LIST_OBJECTS: Final = ("s3:ListBucket",)
PLATFORM_AUDIT: Final = "platform/audit/"
"""Where the platform's own checkpoints are in the bucket under object lock (`data_access_lib.keys`)."""
PLATFORM_EVIDENCE: Final = "platform/evidence/"
"""Where bundles of evidence are, each written once."""
LIST_VERSIONS: Final = ("s3:ListBucketVersions",)
LOCATE_BUCKET: Final = ("s3:GetBucketLocation",)

# KMS
USE_DATA_KEY: Final = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")
DECRYPT: Final = ("kms:Decrypt",)
SIGN_TOKENS: Final = ("kms:Sign",)
VERIFY_TOKENS: Final = ("kms:GetPublicKey",)
# Tenants' own keys, each reached by its tenant's session alone (see tenant_key)
UNWRAP: Final = ("kms:Decrypt",)
ENCRYPT_OBJECTS: Final = ("kms:Decrypt", "kms:GenerateDataKey")
MAKE_KEY: Final = ("kms:CreateKey",)
TAG_NEW_KEY: Final = ("kms:TagResource",)
NAME_KEY: Final = ("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias")
KEEP_KEY: Final = (
    *("kms:DescribeKey", "kms:EnableKeyRotation", "kms:GenerateDataKeyWithoutPlaintext", "kms:ScheduleKeyDeletion"),
)
SHRED_KEY: Final = ("kms:DescribeKey", "kms:DisableKey", "kms:ScheduleKeyDeletion")
SERVICE_USES_KEY: Final = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")
# What the account may do with its own keys, spelt out: administration, and delegation of use through IAM.
ACCOUNT_OWNS_KEY: Final = (
    *("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias", "kms:ListAliases"),
    *("kms:CreateGrant", "kms:ListGrants", "kms:RetireGrant", "kms:RevokeGrant"),
    *("kms:DescribeKey", "kms:EnableKey", "kms:DisableKey", "kms:UpdateKeyDescription"),
    *("kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:ListKeyPolicies"),
    *("kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:GetKeyRotationStatus", "kms:ListKeyRotations"),
    *("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"),
    *("kms:TagResource", "kms:UntagResource", "kms:ListResourceTags"),
    *("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"),
    *("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    *("kms:Sign", "kms:Verify", "kms:GetPublicKey"),
)

# Everything else
ACT_FOR_TENANT: Final = ("sts:AssumeRole", "sts:TagSession")
INVOKE_AGENT: Final = ("bedrock-agentcore:InvokeAgentRuntime", "bedrock-agentcore:StopRuntimeSession")
SEE_RUNTIME: Final = ("bedrock-agentcore:GetAgentRuntime",)
STOP_AGENT: Final = ("bedrock-agentcore:StopRuntimeSession",)
START_WORKFLOW: Final = ("states:StartExecution",)
STOP_WORKFLOW: Final = ("states:StopExecution",)
# https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
LEAD_MAP: Final = ("states:DescribeExecution", "states:StopExecution")
ANSWER_WORKFLOW: Final = ("states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat")
READ_SECRET: Final = ("secretsmanager:GetSecretValue",)
ASK_MODELS: Final = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
INVOKE_FUNCTION: Final = ("lambda:InvokeFunction",)
WRITE_LOGS: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
WRITE_AGENT_LOGS: Final = (*WRITE_LOGS, "logs:CreateLogGroup", "logs:DescribeLogStreams")
SEND_MESSAGE: Final = ("sqs:SendMessage",)
PUT_EVENTS: Final = ("events:PutEvents",)
# What Lambda does in a function's name with the queue that it takes messages of:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
TAKE_MESSAGES: Final = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
# An operator's function goes through dead letters itself, and finds queues by their names.
HANDLE_LETTERS: Final = (*TAKE_MESSAGES, "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl")
SEND_BACK: Final = ("sqs:SendMessage", "sqs:GetQueueUrl")
KEEP_SCHEDULES: Final = ("scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule")
FORGET_SCHEDULES: Final = ("scheduler:DeleteSchedule",)
HAND_ROLE: Final = ("iam:PassRole",)
REDRIVE_WORKFLOW: Final = ("states:DescribeExecution", "states:RedriveExecution")
CREATE_IN_API_GATEWAY: Final = ("apigateway:POST",)
READ_IN_API_GATEWAY: Final = ("apigateway:GET",)
DELETE_IN_API_GATEWAY: Final = ("apigateway:DELETE",)
# These take no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
WRITE_TRACES: Final = (
    *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    *("xray:GetSamplingRules", "xray:GetSamplingTargets"),
)
# Nor these: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
DELIVER_WORKFLOW_LOGS: Final = (
    *("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery"),
    *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
)

TENANT_TAG: Final = "tenant"
STAGE_TAG: Final = "ambit-stage"
_TENANT_VARIABLE: Final = f"${{aws:PrincipalTag/{TENANT_TAG}}}"
TENANT_KEYS: Final = f"TENANT#{_TENANT_VARIABLE}#*"
MEMBERSHIPS: Final = "TENANT#*#MEMBER#*"
"""What the authoriser reads of every tenant: who may act, and in which roles. Nothing else is there."""
PLATFORM_KEYS: Final = "TENANT#platform#*"
TENANT_PREFIX: Final = f"tenants/{_TENANT_VARIABLE}/"


def allow(actions: Sequence[str], *resources: str) -> iam.PolicyStatement:
    """Exactly these actions on exactly these resources."""
    return iam.PolicyStatement(actions=list(actions), resources=list(resources))


def keys_below(*patterns: str) -> dict[str, dict[str, object]]:
    """A condition: every partition key the request names matches one of the patterns, and it names at least one.

    `ForAllValues` is true of an empty set, so without the `Null` half a request that names no key would pass.
    """
    return {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(patterns)},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def items(pattern: str, actions: Sequence[str], *tables: str) -> iam.PolicyStatement:
    """Item operations on tables or indexes, bound to partition keys of one pattern."""
    return iam.PolicyStatement(actions=list(actions), resources=list(tables), conditions=keys_below(pattern))


def tenant_kinds(kinds: Sequence[str], actions: Sequence[str], *tables: str) -> iam.PolicyStatement:
    """Item operations on the partitions of some kinds (`USER`, `MEMBER#*`) of the tenant the session is tagged with."""
    keys = [f"TENANT#{_TENANT_VARIABLE}#{kind}" for kind in kinds]
    return iam.PolicyStatement(actions=list(actions), resources=list(tables), conditions=keys_below(*keys))


def platform_items(actions: Sequence[str], *tables: str) -> iam.PolicyStatement:
    """Item operations on the reserved tenant `platform`: catalogue, tenant records, issuers, operations."""
    return items(PLATFORM_KEYS, actions, *tables)


def tenant_items(actions: Sequence[str], *tables: str) -> iam.PolicyStatement:
    """Item operations on the tenant that the session is tagged with."""
    return items(TENANT_KEYS, actions, *tables)


def tenant_objects(actions: Sequence[str], bucket: str) -> iam.PolicyStatement:
    """Object operations below the tagged tenant's prefix."""
    return allow(actions, f"{bucket}/{TENANT_PREFIX}*")


def tenant_listing(bucket: str, actions: Sequence[str] = LIST_OBJECTS) -> iam.PolicyStatement:
    """Listing of the bucket, below the tagged tenant's prefix only."""
    condition = {"StringLike": {"s3:prefix": [f"{TENANT_PREFIX}*"]}}
    return iam.PolicyStatement(actions=list(actions), resources=[bucket], conditions=condition)


def listing(bucket: str, prefix: str) -> iam.PolicyStatement:
    """Listing of the bucket, below a prefix of the platform's own only."""
    condition = {"StringLike": {"s3:prefix": [f"{prefix}*"]}}
    return iam.PolicyStatement(actions=list(LIST_OBJECTS), resources=[bucket], conditions=condition)


def tenant_key(actions: Sequence[str], keys: str, stage: str) -> iam.PolicyStatement:
    """Operations on the one KMS key of the tenant that the session is tagged with, in this stage.

    `keys` names every key: KMS chooses a key's id when it is made. What binds the statement is the tags.
    """
    condition = {
        "StringEquals": {f"aws:ResourceTag/{TENANT_TAG}": _TENANT_VARIABLE, f"aws:ResourceTag/{STAGE_TAG}": stage}
    }
    return iam.PolicyStatement(actions=list(actions), resources=[keys], conditions=condition)


def tenant_secret(actions: Sequence[str], below: str, stage: str) -> iam.PolicyStatement:
    """Operations on the one secret `…/<tenant>/models` of the session's tenant, tagged with it and with this stage.

    A tenant's id has no slash. To each name Secrets Manager adds a hyphen and six characters:
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html.
    """
    tags = {f"aws:ResourceTag/{TENANT_TAG}": _TENANT_VARIABLE, f"aws:ResourceTag/{STAGE_TAG}": stage}
    named = f"{below}/{_TENANT_VARIABLE}/models-??????"
    return iam.PolicyStatement(actions=list(actions), resources=[named], conditions={"StringEquals": tags})


def new_tenant_key(keys: str, stage: str) -> tuple[iam.PolicyStatement, ...]:
    """The making of a key that is tagged with the session's tenant and this stage, and with nothing else.

    CreateKey takes no resource. The tags it is made with are authorised as TagResource; a key that has a tenant
    already is never given to another.
    """
    tags = {f"aws:RequestTag/{TENANT_TAG}": _TENANT_VARIABLE, f"aws:RequestTag/{STAGE_TAG}": stage}
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": [TENANT_TAG, STAGE_TAG]}}
    untagged = {"Null": {f"aws:ResourceTag/{TENANT_TAG}": "true"}}
    return (
        iam.PolicyStatement(actions=list(MAKE_KEY), resources=["*"], conditions={"StringEquals": tags, **only}),
        iam.PolicyStatement(
            actions=list(TAG_NEW_KEY), resources=[keys], conditions={"StringEquals": tags, **only, **untagged}
        ),
    )


def tenant_key_name(aliases: str, keys: str) -> iam.PolicyStatement:
    """The name of the session's tenant's key, pointed at a key. A name permits nothing: no policy goes by it."""
    return allow(NAME_KEY, f"{aliases}{_TENANT_VARIABLE}", keys)


def put_events(bus: str, source: str) -> iam.PolicyStatement:
    """Events of one source on a bus. AWS tells the source of every PutEvents; the local endpoint of none."""
    condition = {"StringEqualsIfExists": {"events:source": source}}
    return iam.PolicyStatement(actions=list(PUT_EVENTS), resources=[bus], conditions=condition)


def use_key_through(service: str, region: str, key: str) -> iam.PolicyStatement:
    """Use of a data key by way of one AWS service and not directly."""
    condition = {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}}
    return iam.PolicyStatement(actions=list(USE_DATA_KEY), resources=[key], conditions=condition)
