from platform_kit.settings import Settings


class WorkerSettings(Settings):
    """The environment of the function `evaluation_worker`. It reads no tenant's data but through the public API."""

    ops_table: str
    artifact_bucket: str
    public_url: str
    audience: str
    aws_region: str = "us-east-1"
