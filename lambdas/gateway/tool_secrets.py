"""The secrets that tools are called with: below `ambit/<stage>/tools/`, read by the gateway and nobody else."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from enforcement.errors import ToolUnreachable
from platform_kit.observability import count

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEPT_SECONDS: Final = 60.0


class ToolSecrets:
    """Call it with a name for its secret: at most a minute old. ToolUnreachable when there is none to be had."""

    def __init__(
        self,
        client: Callable[[], "SecretsManagerClient"],
        stage: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._prefix = f"ambit/{stage}/tools/"
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, str]] = {}

    def __call__(self, name: str) -> str:
        """The secret of this name: visible ASCII."""
        with self._lock:
            kept = self._kept.get(name)
        if kept is not None and kept[0] > self._monotonic():
            return kept[1]
        until = self._monotonic() + KEPT_SECONDS
        secret = self._read(name)
        with self._lock:
            self._kept[name] = (until, secret)
        return secret

    def _read(self, name: str) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found = self._client().get_secret_value(SecretId=f"{self._prefix}{name}").get("SecretString", "").strip()
        except (BotoCoreError, ClientError):
            found = ""
        if not found or not (found.isascii() and found.isprintable()):
            count("ToolCredentialMissing")
            raise ToolUnreachable("The tool's credential cannot be had.")
        return found
