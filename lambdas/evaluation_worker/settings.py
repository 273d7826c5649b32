from platform_kit.settings import Settings


class WorkerSettings(Settings):
    """The environment of the function `evaluation_worker`. It reads no tenant's data but through the public API."""

    control_table: str
    ops_table: str
    artifact_bucket: str
    audit_bucket: str
    evidence_key_arn: str
    public_url: str
    audience: str
    stage: str
    version: str
    aws_region: str = "us-east-1"
