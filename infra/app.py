"""The CDK app: stages and stacks, nothing else."""

import aws_cdk as cdk

from infra.bundling.bundler import Bundler
from infra.config import settings_from
from infra.functions import FUNCTIONS
from infra.stage import build


def main() -> None:
    """Synthesise the stage named by `-c stage=…`."""
    app = cdk.App()
    settings = settings_from(app.node)
    bundler = Bundler(settings.target)
    bundler.prepare(FUNCTIONS)
    build(app, settings, bundler)
    app.synth()


if __name__ == "__main__":
    main()
