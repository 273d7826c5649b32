"""Who may call: anybody on this machine who signs as an AWS client does.

The host listens on loopback only and cannot know the secret keys, so it checks the *form* of the
signature (algorithm, a credential scoped to `bedrock-agentcore`, signed headers, 64 hex digits) and not
its value: enough to catch a caller that forgot to sign, which in the cloud would be refused.
"""

from __future__ import annotations

import re

from scripts.local_platform.agent_host.errors import AccessDeniedError

SIGV4 = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[A-Za-z0-9]{4,128}/\d{8}/[a-z0-9-]+/bedrock-agentcore/aws4_request, ?"
    r"SignedHeaders=[a-z0-9;_-]+, ?Signature=[0-9a-f]{64}"
)


def require_signature(authorization: str | None) -> None:
    """Refuse what is not a SigV4 header for this service; raises AccessDeniedError."""
    if not authorization:
        raise AccessDeniedError("Missing Authentication Token")
    if not SIGV4.fullmatch(authorization):
        raise AccessDeniedError("The Authorization header is not a SigV4 signature for bedrock-agentcore")
