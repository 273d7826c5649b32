"""How the worker shows who it is: as the AWS caller that `ambit-evals` registered its role as (docs/api-keys.md).

It holds no key and no secret, and can act for no other tenant: what a role is bound to stands in the role's record.
"""

import base64
import time
from collections.abc import Callable
from typing import Any, Final

from botocore.session import Session
from botocore.signers import RequestSigner

AUDIENCE_HEADER: Final = "x-ambit-audience"
_GOOD_FOR: Final = 60
_USED_FOR: Final = 20.0


def prover(region: str, audience: str, *, monotonic: Callable[[], float] = time.monotonic) -> Callable[[], str]:
    """What gives the `Authorization` header: a proof made at most twenty seconds ago."""
    session = Session()
    made: list[tuple[float, str]] = []

    def authorization() -> str:
        if not made or monotonic() - made[-1][0] > _USED_FOR:
            made[:] = [(monotonic(), _authorization(session, region, audience))]
        return made[-1][1]

    return authorization


def _authorization(session: Session, region: str, audience: str) -> str:
    endpoint = session.create_client("sts", region_name=region).meta.endpoint_url
    signer = _signer(session, region)
    request = {
        "method": "GET",
        "url": f"{endpoint}/?Action=GetCallerIdentity&Version=2011-06-15",
        "headers": {AUDIENCE_HEADER: audience},
        "body": {},
        "context": {},
    }
    url = signer.generate_presigned_url(request, "GetCallerIdentity", expires_in=_GOOD_FOR, region_name=region)
    return "AmbitSTS " + base64.urlsafe_b64encode(str(url).encode()).decode()


def _signer(session: Session, region: str) -> Any:
    service = session.get_service_model("sts").service_id
    given: Any = session.get_credentials()  # a function has its role's
    return RequestSigner(service, region, "sts", "v4", given, session.get_component("event_emitter"))
