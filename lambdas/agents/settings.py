from typing import Literal

from platform_kit.settings import Settings


class AgentsSettings(Settings):
    """The environment of the `agents` function.

    `standby_artifact_bucket` is where AgentCore takes packages from in the standby region.
    """

    control_table: str
    ops_table: str
    ledger_table: str
    artifact_bucket: str
    tenant_role_arn: str
    cursor_secret_arn: str
    audit_bucket: str
    evidence_key_arn: str
    no_required_suite: Literal["refuse", "pass"] = "refuse"
    aws_region: str = "us-east-1"
    standby_region: str = ""
    standby_runtime_url: str = ""
    standby_artifact_bucket: str = ""

    @property
    def account(self) -> str:
        """The account that the stage is in, where its runtimes are."""
        return self.tenant_role_arn.split(":")[4]
