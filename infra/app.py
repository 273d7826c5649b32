"""The CDK app: stages and stacks, nothing else."""

import aws_cdk as cdk

from infra.config import settings_from
from infra.stage import build


def main() -> None:
    """Synthesise the stage named by `-c stage=…`."""
    app = cdk.App()
    build(app, settings_from(app.node))
    app.synth()


if __name__ == "__main__":
    main()
