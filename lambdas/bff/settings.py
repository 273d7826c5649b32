"""The environment of the web app's session function."""

from typing import Final
from urllib.parse import urlsplit

from platform_kit.settings import Settings

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class BffSettings(Settings):
    """`public_url` is where browsers reach the platform: the one origin that may sign in."""

    ops_table: str
    bff_secret_arn: str
    public_url: str
    oidc_issuer: str
    oidc_client_id: str

    @property
    def origin(self) -> str:
        """Scheme, host and port of the public URL, as a browser's `Origin` header spells them."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def secure_cookies(self) -> bool:
        """False on plain-http loopback only, where browsers refuse Secure cookies or tests speak http."""
        parts = urlsplit(self.public_url)
        return not (parts.scheme == "http" and parts.hostname in _LOOPBACK)
