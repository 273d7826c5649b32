from __future__ import annotations

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from scripts.local_platform.agent_host.errors import AccessDeniedError
from scripts.local_platform.agent_host.signature import require_signature


def signed(service: str) -> str:
    request = AWSRequest("POST", "http://127.0.0.1:8099/runtimes/x/invocations", data=b"{}")
    SigV4Auth(Credentials("ASIAEXAMPLE", "secret", "token"), service, "us-east-1").add_auth(request)
    return str(request.headers["Authorization"])


def test_what_botocore_signs_is_let_in() -> None:
    require_signature(signed("bedrock-agentcore"))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer eyJhbGciOi",
        "AWS4-HMAC-SHA256 ",
        signed("s3"),
        signed("bedrock-agentcore")[:-1],
        signed("bedrock-agentcore") + " or so",
    ],
)
def test_anything_else_is_denied(header: str | None) -> None:
    with pytest.raises(AccessDeniedError):
        require_signature(header)
