"""The token of an invite: it names the invite and proves, by 256 random bits, that it was handed over."""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(r"(inv_[0-9a-f]{32})\.([A-Za-z0-9_-]{43})", re.ASCII)
_SECRET_BYTES: Final = 32


class InviteToken(NamedTuple):
    """A token taken apart."""

    invite_id: str
    secret: str

    @classmethod
    def new(cls, invite_id: str) -> "InviteToken":
        """A fresh token of an invite."""
        random = secrets.token_bytes(_SECRET_BYTES)
        return cls(invite_id, base64.urlsafe_b64encode(random).rstrip(b"=").decode())

    @classmethod
    def read(cls, text: str) -> "InviteToken | None":
        """The parts of a token; None when the text has not its form."""
        match = _TOKEN.fullmatch(text)
        return cls(match.group(1), match.group(2)) if match else None

    @property
    def text(self) -> str:
        """The token as it is handed over."""
        return f"{self.invite_id}.{self.secret}"

    @property
    def digest(self) -> str:
        """What is kept of it: the SHA-256 of the secret, in hex."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def proves(self, digest: str) -> bool:
        """Whether this is the token that was kept so; in constant time."""
        return hmac.compare_digest(self.digest, digest)
