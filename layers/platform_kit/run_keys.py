"""The public half of the run token key, asked of KMS once: it never changes for a key."""

from typing import Any, Final, Protocol

from platform_kit.run_token import key_id_of, load_public_key

_RETRY_SECONDS: Final = 5


class RunKeyUnavailable(Exception):
    """The key cannot be had at present, so no run token can be verified; the message is safe to log."""


class PublicKeySource(Protocol):
    """Gives a KMS key's public half in DER."""

    def __call__(self, key_arn: str) -> bytes:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html."""
        ...


class RunKey:
    """The key run tokens are verified with. A failed fetch is not repeated for five seconds."""

    def __init__(self, key_arn: str, source: PublicKeySource) -> None:
        self.key_id = key_id_of(key_arn)
        self._key_arn = key_arn
        self._source = source
        self._key: Any = None
        self._tried_at = float("-inf")

    def get(self, now: float) -> Any:
        """The public key; RunKeyUnavailable while it cannot be had. `now` in epoch seconds."""
        if self._key is None:
            self._key = self._load(now)
        return self._key

    def _load(self, now: float) -> Any:
        if now - self._tried_at < _RETRY_SECONDS:
            raise RunKeyUnavailable("run token key")
        self._tried_at = now
        try:
            return load_public_key(self._source(self._key_arn))
        except Exception as error:
            # Whatever failed: without the key nothing can be decided.
            raise RunKeyUnavailable(f"run token key: {type(error).__name__}") from error


def kms_public_key(key_arn: str) -> bytes:
    """`kms:GetPublicKey`, with the SDK imported here."""
    import boto3
    from botocore.config import Config

    client = boto3.client("kms", config=Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 2}))
    return bytes(client.get_public_key(KeyId=key_arn)["PublicKey"])
