"""The one public origin: the web app, and in front of it and the API CloudFront with its firewall."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.config import StageSettings
from infra.constructs.encryption_key import removal
from infra.constructs.platform_log_group import PlatformLogGroup
from infra.constructs.private_bucket import PrivateBucket, bucket_name
from infra.constructs.web_acl import WebAcl
from infra.constructs.web_distribution import WebDistribution
from infra.stacks.data import DataStack
from infra.stacks.identity import IdentityStack
from infra.suppressions import suppress


class EdgeStack(Stack):
    """Locally only the bucket: the local edge is the public origin there."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        *,
        settings: StageSettings,
        identity: IdentityStack,
        data: DataStack,
        api: apigateway.RestApi,
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self._settings = settings
        self.app = PrivateBucket(self, "Spa", settings=settings, kind="spa", logs=data.access_logs, key=None)
        CfnOutput(self, "SpaBucket", value=self.app.bucket_name)
        if not settings.is_local:
            self._make_public(identity, data, api)

    def _make_public(self, identity: IdentityStack, data: DataStack, api: apigateway.RestApi) -> None:
        firewall = WebAcl(
            self,
            "Firewall",
            settings=self._settings,
            protects="CLOUDFRONT",
            log_group=self._firewall_log(identity, "cloudfront"),
        )
        distribution = WebDistribution(
            self,
            "Distribution",
            settings=self._settings,
            app=self.app,
            api=api,
            upload_origin=f"https://{data.tenants.bucket_regional_domain_name}",
            web_acl_arn=firewall.attr_arn,
            log_bucket=self._make_log_bucket(),
        )
        reason = "One origin group needs a second copy of the app in another Region; regional failover comes later."
        suppress(distribution, "cloudfront_origin_failover_enabled_check", reason)
        self._guard_api(identity, api)
        CfnOutput(self, "DistributionDomain", value=distribution.distribution_domain_name)
        CfnOutput(self, "DistributionId", value=distribution.distribution_id)

    def _guard_api(self, identity: IdentityStack, api: apigateway.RestApi) -> None:
        """The API can be called past CloudFront, so it has a firewall of its own."""
        firewall = WebAcl(
            self,
            "ApiFirewall",
            settings=self._settings,
            protects="REGIONAL",
            log_group=self._firewall_log(identity, "regional"),
        )
        waf.CfnWebACLAssociation(
            self,
            "ApiFirewallOfStage",
            resource_arn=api.deployment_stage.stage_arn,
            web_acl_arn=firewall.attr_arn,
        )

    def _firewall_log(self, identity: IdentityStack, protects: str) -> logs.ILogGroup:
        name = f"aws-waf-logs-{self._settings.name(protects)}"  # WAF accepts no name that begins otherwise
        return PlatformLogGroup(
            self, f"{protects.capitalize()}Log", settings=self._settings, key=identity.platform_key, name=name
        )

    def _make_log_bucket(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "DistributionLogs",
            bucket_name=bucket_name(self._settings, self, "cdn-logs"),
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.OBJECT_WRITER,  # CloudFront delivers its logs by ACL
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(self._settings.log_retention_days))],
            removal_policy=removal(self._settings),
        )
        suppress(bucket, "s3_bucket_logging_enabled_check", "It holds access logs itself.")
        suppress(bucket, "s3_bucket_default_encryption_kms_check", "CloudFront delivers logs to SSE-S3 buckets.")
        return bucket
