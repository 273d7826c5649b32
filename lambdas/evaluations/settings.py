from platform_kit.settings import Settings


class EvaluationsSettings(Settings):
    """The environment of the function `evaluations`."""

    control_table: str
    ledger_table: str
    ops_table: str
    artifact_bucket: str
    audit_bucket: str
    evidence_key_arn: str
    cursor_secret_arn: str
    evaluation_state_machine_arn: str
    aws_region: str = "us-east-1"
