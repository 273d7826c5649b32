"""The emulator's environment, built from nothing: functions inherit it, so the host's variables must not be in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE")
REGION = "us-east-1"
ACCOUNT = "000000000000"


def emulator_environment(port: int, state: Path, functions_log: Path) -> dict[str, str]:
    """What the emulator starts with: loopback only, IAM on, nothing of the caller's shell but a few names.

    `state` is the folder for its temporary files (functions' unpacked packages), which a stop may delete;
    `functions_log` is the file that collects what functions print.
    """
    inherited = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **inherited,
        "TMPDIR": str(state),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "AUTH": "true",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "0",
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        # a function without credentials must fail at once, not ask 169.254.169.254
        "AWS_EC2_METADATA_DISABLED": "true",
        "LAMBDA_WARM_TTL_SECONDS": "120",
        "LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
        "AMBIT_FUNCTIONS_LOG": str(functions_log),
    }
