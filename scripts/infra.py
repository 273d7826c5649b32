"""`python -m scripts.infra diff|deploy --env STAGE`: the CDK command line on the stage's stacks, with our settings."""

import argparse
import subprocess
import sys
from typing import Final

from scripts.bootstrap import npm
from scripts.bootstrap.paths import CDK, ROOT

_STAGES: Final = ("dev", "staging", "prod")
_COMMANDS: Final = {
    "diff": ("diff",),
    "deploy": ("deploy", "--require-approval", "broadening", "--outputs-file", ".build/outputs.json"),
}


def main() -> int:
    """Run it; the exit code is the CDK's."""
    parser = argparse.ArgumentParser(prog="python -m scripts.infra", description=__doc__)
    parser.add_argument("task", choices=sorted(_COMMANDS))
    parser.add_argument("--env", required=True, choices=_STAGES, help="`make dev` deploys the local stage itself")
    arguments = parser.parse_args()
    first, *rest = _COMMANDS[arguments.task]
    command = [str(CDK), first, "--all", "--context", f"stage={arguments.env}", *rest]
    try:
        npm.run(ROOT, *command)
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    return 0


if __name__ == "__main__":
    sys.exit(main())
