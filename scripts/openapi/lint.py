"""`python -m scripts.openapi.lint`: lint the OpenAPI document with the locked linter; any warning fails."""

import subprocess
import sys

from scripts.bootstrap import npm
from scripts.openapi.__main__ import DOCUMENT

_TOOL = DOCUMENT.parent / "lint"


def main() -> int:
    """Install the linter when needed and run it; its exit code."""
    try:
        npm.install(_TOOL)
        npm.run(_TOOL, "npx", "redocly", "lint", "--config", "redocly.yaml", "--max-problems", "50", str(DOCUMENT))
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    return 0


if __name__ == "__main__":
    sys.exit(main())
