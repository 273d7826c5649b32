"""The runbook is carried out as it stands."""

import os
import re
import subprocess

import pytest

from tests.local_stack import DEV_FILE, ROOT, LocalStack

pytestmark = pytest.mark.local_stack
RUNBOOK = ROOT / "runbooks" / "signing-key-rotation.md"


@pytest.mark.timeout(180)
def test_the_identity_provider_rotates_its_keys_and_nobody_notices(platform: LocalStack) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", RUNBOOK.read_text(encoding="utf-8"), flags=re.DOTALL)
    script = "set -euo pipefail\n" + "\n".join(blocks).replace(".ambit/dev.json", str(DEV_FILE))
    path = f"{ROOT / '.ambit' / 'tools' / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "UV_FROZEN": "1", "UV_NO_SYNC": "1"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert len(blocks) >= 4
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
