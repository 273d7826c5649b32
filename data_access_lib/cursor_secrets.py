"""The secrets that sign cursors, as Secrets Manager keeps them: fetched when first needed, then kept a while."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from data_access_lib.failures import store_failures
from platform_kit.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mypy_boto3_secretsmanager import SecretsManagerClient

KEPT_FOR: Final = timedelta(minutes=5)


class CursorSecrets:
    """Call it for the secrets: the present one. A rotation is noticed within five minutes."""

    def __init__(self, client: Callable[[], SecretsManagerClient], secret_arn: str, clock: Clock | None = None) -> None:
        self._client = client
        self._arn = secret_arn
        self._clock = clock or SystemClock()
        self._kept: tuple[datetime, bytes] | None = None

    def __call__(self) -> Sequence[bytes]:
        """The secrets, newest first; StoreUnavailable when they cannot be had."""
        now = self._clock.now()
        if self._kept is None or self._kept[0] + KEPT_FOR <= now:
            with store_failures():
                answer = self._client().get_secret_value(SecretId=self._arn)
            self._kept = (now, answer["SecretString"].encode())
        return [self._kept[1]]
