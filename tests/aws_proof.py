"""How an AWS caller proves its role, made as botocore makes it: a presigned `GetCallerIdentity` for our audience."""

import base64
from collections.abc import Mapping
from typing import Any, Final

from botocore.credentials import Credentials
from botocore.session import Session
from botocore.signers import RequestSigner

HEADER: Final = "x-ambit-audience"
AUDIENCE: Final = "ambit-api"


def presigned(
    endpoint: str,
    credentials: Mapping[str, Any],
    *,
    audience: str = AUDIENCE,
    region: str = "us-east-1",
    expires_in: int = 60,
) -> str:
    """The URL; `credentials` as AssumeRole answers them, `endpoint` without a path."""
    session = Session()
    given = Credentials(*(credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")))
    service = session.get_service_model("sts").service_id
    signer = RequestSigner(service, region, "sts", "v4", given, session.get_component("event_emitter"))
    request = {
        "method": "GET",
        "body": {},
        "headers": {HEADER: audience},
        "context": {},
        "url": f"{endpoint}/?Action=GetCallerIdentity&Version=2011-06-15",
    }
    return str(signer.generate_presigned_url(request, "GetCallerIdentity", expires_in, region))


def authorization(url: str) -> str:
    """The header's value."""
    return f"AmbitSTS {base64.urlsafe_b64encode(url.encode()).decode()}"
