"""The published Control Tower rules, and why a few of them are not asked of us. All others are."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from infra.config import STAGES


@dataclass(frozen=True)
class Exclusion:
    """A rule that is not asked at these stages, for a written reason."""

    rule: str
    reason: str
    stages: tuple[str, ...] = STAGES


# cfn-guard follows a reference within one template only; ours cross stacks. Rules that insist on following it are
# replaced by ours, which ask for the property itself.
EXCLUSIONS: Final = (
    Exclusion(
        "cloudwatch_log_group_encrypted_check", "The key is another stack's; AMBIT_LOG_ENCRYPTED asks for it instead."
    ),
    Exclusion("sqs_queue_encrypted_check", "The key is another stack's; AMBIT_QUEUE_ENCRYPTED asks for it instead."),
    Exclusion(
        "lambda_function_public_access_prohibited_check",
        "Takes no joined ARN for SourceArn; AMBIT_PERMISSION_SCOPED asks that there is one.",
    ),
    Exclusion("lambda_inside_vpc_check", "ADR 0012: no VPC unless something needs it. Functions need none."),
    Exclusion(
        "cloudwatch_log_group_retention_period_check",
        "A year, as the rule asks, in production; shorter before it. AMBIT_LOG_RETENTION asks for some everywhere.",
        stages=("local", "dev", "staging"),
    ),
    Exclusion("s3_event_notifications_enabled_check", "Nothing consumes bucket events: the API writes the records."),
    Exclusion(
        "s3_bucket_object_lock_enabled_check",
        "Tenants may delete their files. What must not be deleted goes to a locked bucket of its own.",
    ),
    Exclusion(
        "s3_bucket_policy_ssl_requests_only_check",
        "The local endpoint speaks plain HTTP on the loopback interface.",
        stages=("local",),
    ),
    Exclusion(
        "api_gw_v1_execution_logging_enabled_check",
        "Execution logs need an account-wide role, which the local endpoint has not.",
        stages=("local",),
    ),
)


def excluded(stage: str, exclusions: Collection[Exclusion] = EXCLUSIONS) -> dict[str, str]:
    """The rules not asked at a stage, with the reasons."""
    return {exclusion.rule: exclusion.reason for exclusion in exclusions if stage in exclusion.stages}
