"""The runbook is carried out as it stands, with a key made for the drill."""

import os
import re
import subprocess

import pytest

from data_access_lib.keys import credential_key
from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import STAGE
from tests.local_stack import DEV_FILE, ROOT, LocalStack

pytestmark = pytest.mark.local_stack
RUNBOOK = ROOT / "runbooks" / "key-leak.md"
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("AMBIT_")}


@pytest.mark.timeout(300)
def test_a_leaked_key_is_found_refused_and_accounted_for(platform: LocalStack) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", RUNBOOK.read_text(encoding="utf-8"), flags=re.DOTALL)
    script = "set -euo pipefail\n" + "\n".join(blocks).replace(".ambit/dev.json", str(DEV_FILE))
    path = f"{ROOT / '.ambit' / 'tools' / 'bin'}:{os.environ['PATH']}"
    environment = {**CLEAN, "PATH": path, "UV_FROZEN": "1", "UV_NO_SYNC": "1", "XDG_CONFIG_HOME": "/nonexistent"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert len(blocks) >= 6
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "'succeeded', True)" in done.stdout, "the drill's run is found to be the key's"
    (digest,) = re.findall(r"^amb_[0-9A-Za-z]{4} ([0-9a-f]{64})$", done.stdout, flags=re.MULTILINE)
    found = owner(platform, digest)
    assert (found["tenantId"]["S"], found["status"]["S"]) == ("acme", "revoked")


def owner(platform: LocalStack, digest: str) -> dict[str, dict[str, str]]:
    """What the runbook's look-up on a stage shows; that it asks for this key, a contract test says."""
    pk, sk = credential_key(digest)
    table = aws_client("dynamodb", str(platform.described["emulatorUrl"]))
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    return dict(table.get_item(TableName=f"ambit-{STAGE}-control", Key=key)["Item"])
