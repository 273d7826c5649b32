"""Buckets: private, encrypted, TLS only, versioned, with access logs."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import StageSettings
from infra.constructs.encryption_key import removal
from infra.suppressions import suppress

_LOGS_ELSEWHERE = (
    "Logged to a bucket of another stack, whose reference the rule cannot follow; see AMBIT_BUCKET_LOGGED."
)
_SSE = "x-amz-server-side-encryption"
_TENANT_KEY_HEADERS = (_SSE, f"{_SSE}-aws-kms-key-id", f"{_SSE}-bucket-key-enabled")
_NONCURRENT = Duration.days(30)
_UNFINISHED_UPLOAD = Duration.days(1)


def bucket_name(settings: StageSettings, stack: Stack, kind: str, region: str = "") -> str:
    """`ambit-<stage>-<kind>-<account>-<region>`: bucket names are global. The stack's own region unless told."""
    return f"{settings.name(kind)}-{stack.account}-{region or stack.region}"


class AccessLogBucket(s3.Bucket):
    """Where the others' access logs go. S3 delivers logs only to buckets under its own key (SSE-S3)."""

    def __init__(self, scope: Construct, bucket_id: str, *, settings: StageSettings) -> None:
        super().__init__(
            scope,
            bucket_id,
            bucket_name=bucket_name(settings, Stack.of(scope), "access-logs"),
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(settings.log_retention_days))],
            removal_policy=removal(settings),
        )
        suppress(self, "s3_bucket_logging_enabled_check", "It holds access logs itself.")
        suppress(self, "s3_bucket_default_encryption_kms_check", "S3 delivers access logs to SSE-S3 buckets only.")


class PrivateBucket(s3.Bucket):
    """A bucket for data: under our key unless `key` is None (then S3's, for what CloudFront serves)."""

    def __init__(
        self,
        scope: Construct,
        bucket_id: str,
        *,
        settings: StageSettings,
        kind: str,
        logs: s3.IBucket,
        key: kms.IKey | None,
        upload_origins: Sequence[str] = (),
    ) -> None:
        super().__init__(
            scope,
            bucket_id,
            bucket_name=bucket_name(settings, Stack.of(scope), kind),
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=not settings.is_local,
            versioned=True,
            server_access_logs_bucket=logs,
            server_access_logs_prefix=f"{kind}/",
            lifecycle_rules=[_tidy()],
            cors=[_uploads(upload_origins)] if upload_origins else None,
            removal_policy=removal(settings),
        )
        suppress(self, "s3_bucket_logging_enabled_check", _LOGS_ELSEWHERE)
        if key is None:
            suppress(self, "s3_bucket_default_encryption_kms_check", "Public by nature: the files of the web app.")


class LockedBucket(s3.Bucket):
    """A private bucket whose objects nobody changes or removes for `days`: in compliance mode not even the account."""

    def __init__(
        self,
        scope: Construct,
        bucket_id: str,
        *,
        settings: StageSettings,
        kind: str,
        logs: s3.IBucket,
        key: kms.IKey,
    ) -> None:
        lock = s3.ObjectLockRetention
        span = Duration.days(settings.audit_lock_days)
        super().__init__(
            scope,
            bucket_id,
            bucket_name=bucket_name(settings, Stack.of(scope), kind),
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=not settings.is_local,
            versioned=True,
            object_lock_enabled=True,
            object_lock_default_retention=lock.compliance(span) if settings.audit_lock_final else lock.governance(span),
            server_access_logs_bucket=logs,
            server_access_logs_prefix=f"{kind}/",
            lifecycle_rules=[_tidy()],  # nothing that is still locked goes by it
            removal_policy=removal(settings),
        )
        suppress(self, "s3_bucket_logging_enabled_check", _LOGS_ELSEWHERE)


def _tidy() -> s3.LifecycleRule:
    return s3.LifecycleRule(
        noncurrent_version_expiration=_NONCURRENT, abort_incomplete_multipart_upload_after=_UNFINISHED_UPLOAD
    )


def _uploads(origins: Sequence[str]) -> s3.CorsRule:
    """A browser may PUT to, and GET from, the presigned URLs it was handed, from the web app's origin only."""
    return s3.CorsRule(
        allowed_methods=[s3.HttpMethods.PUT, s3.HttpMethods.GET],
        allowed_origins=list(origins),
        allowed_headers=["content-type", "content-length", "x-amz-checksum-sha256", *_TENANT_KEY_HEADERS],
        exposed_headers=["etag"],
        max_age=300,
    )
