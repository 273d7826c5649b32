"""The guides are run as they stand: what a reader types is what is tested."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.local_stack import ROOT, LocalStack

pytestmark = pytest.mark.local_stack
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_every_block_of_a_guide_runs_as_written(guide: Path, platform: LocalStack) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", guide.read_text(encoding="utf-8"), flags=re.DOTALL)
    path = f"{ROOT / '.ambit' / 'tools' / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "UV_FROZEN": "1", "UV_NO_SYNC": "1"}
    script = "set -euo pipefail\n" + "\n".join(blocks)
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert blocks
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
