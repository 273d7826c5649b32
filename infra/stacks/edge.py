"""The one public origin: the web app, and in front of it and the API CloudFront with its firewall."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import StageSettings
from infra.constructs.private_bucket import PrivateBucket


class EdgeStack(Stack):
    """Locally only the bucket: the local edge is the public origin there."""

    def __init__(
        self, scope: Construct, stack_id: str, *, settings: StageSettings, logs: s3.IBucket, **options: object
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self.spa = PrivateBucket(self, "Spa", settings=settings, kind="spa", logs=logs, key=None)
        CfnOutput(self, "SpaBucket", value=self.spa.bucket_name)
