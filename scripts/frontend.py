"""Check the web app, write its API types, or build it, with the locked packages."""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.bootstrap import npm

FRONTEND: Final = Path(__file__).resolve().parents[1] / "frontend"
_SCRIPTS: Final = {"check": ("lint", "typecheck", "test"), "types": ("api-types",), "build": ("build",)}


def main() -> int:
    """Run the npm scripts of the task in order; stops at the first that fails."""
    parser = argparse.ArgumentParser(prog="python -m scripts.frontend", description=__doc__)
    parser.add_argument("task", choices=sorted(_SCRIPTS))
    task = parser.parse_args().task
    try:
        npm.install(FRONTEND)
        for script in _SCRIPTS[task]:
            npm.run(FRONTEND, "npm", "run", "--silent", script)
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    return 0


if __name__ == "__main__":
    sys.exit(main())
