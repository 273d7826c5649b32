from platform_kit.settings import Settings


class SequencerSettings(Settings):
    """The environment of the function `sequencer`."""

    control_table: str
    runs_table: str
    ledger_table: str
    ops_table: str
    tenant_role_arn: str
    unsequenced_queue_url: str
    aws_region: str = "us-east-1"
