"""The authoriser: what importing it costs on a cold start, and what a warm decision costs."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.measure import Result, percentile, samples
from lambdas.authoriser.jwks import KeySets
from lambdas.authoriser.records import ControlTable, RememberedRecords
from lambdas.authoriser.run_keys import RunKey
from lambdas.authoriser.service import Authoriser
from lambdas.authoriser.sts_proof import RoleProofs, StsAnswer

_ROOT: Final = Path(__file__).resolve().parents[1]
_REGION: Final = "us-east-1"
_LIMIT_IMPORT_MS: Final = 40.0
_LIMIT_DECISION_MS: Final = 1.0
_IMPORT: Final = """
import sys, time
sys.path[:0] = [%r, %r]
begun = time.perf_counter()
import lambdas.authoriser.handler
print((time.perf_counter() - begun) * 1000, "boto3" in sys.modules or "botocore" in sys.modules)
"""


def importing() -> list[Result]:
    """Milliseconds to import the handler with compiled bytecode, in fresh interpreters; no AWS SDK may come with it."""
    script = _IMPORT % (str(_ROOT), str(_ROOT / "layers"))
    took = [_fresh(script) for _ in range(9)][2:]
    return [Result("authoriser: import with bytecode, p50", "ms", percentile(took, 0.5), _LIMIT_IMPORT_MS)]


def decision() -> list[Result]:
    """A token seen before, and one that is verified for the first time, against one millisecond."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    authoriser = _authoriser(key)
    tokens = iter([_token(key, number) for number in range(600)])
    warm_event = _event(_token(key, 9_999))
    warm = samples(lambda: authoriser.authorise(warm_event), 2_000)
    first = samples(lambda: authoriser.authorise(_event(next(tokens))), 500)
    return [
        Result("authoriser: warm decision, p99, against its limit", "ms", percentile(warm, 0.99), _LIMIT_DECISION_MS),
        Result("authoriser: first sight of a token over bare pyjwt, p50", "ms", percentile(first, 0.5), _bare(key)),
    ]


def _bare(key: rsa.RSAPrivateKey) -> float:
    token, public = _token(key, 0), key.public_key()
    took = samples(lambda: jwt.decode(token, public, algorithms=["RS256"], audience="ambit-api"), 500)
    return percentile(took, 0.5)


def _fresh(script: str) -> float:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=_ROOT)  # noqa: S603 - our own text
    took, sdk = done.stdout.split()
    assert sdk == "False", "importing the authoriser imports the AWS SDK"
    return float(took)


def _authoriser(key: rsa.RSAPrivateKey) -> Authoriser:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    document = json.dumps({"keys": [{**public, "kid": "k1", "use": "sig", "alg": "RS256"}]}).encode()
    items: dict[str, dict[str, Any]] = {
        "ISSUER": {
            "iss": "https://idp.test",
            "jwksUri": "https://idp.test/jwks",
            "boundTo": "platform",
            "audiences": ["ambit-api"],
            "algorithms": ["RS256"],
            "tenantClaim": "tenantid",
            "rolesClaim": "roles",
            "allowPlatformRoles": True,
            "allowedRoles": ["Tenant.Developer"],
            "status": "active",
        },
        "TENANT": {"tenantId": "acme", "status": "active", "tier": "standard", "usageKey": "key", "residency": _REGION},
    }
    table = ControlTable(lambda pk, _: items.get(pk.rpartition("#")[2]), "ambit-api")
    keys = KeySets(lambda _: document, lambda *_: None)
    proofs = RoleProofs(lambda _host, _path: StsAnswer(500, b""), frozenset())
    return Authoriser(RememberedRecords(table), keys, RunKey("arn:key", lambda _: b""), proofs, _REGION, time.time)


def _token(key: rsa.RSAPrivateKey, number: int) -> str:
    now = int(time.time())
    claims = {"iss": "https://idp.test", "aud": "ambit-api", "sub": f"dev-{number}", "iat": now, "exp": now + 600}
    claims |= {"nbf": now, "tenantid": "acme", "roles": ["Tenant.Developer"]}
    return jwt.encode(claims, key, "RS256", {"kid": "k1", "typ": "at+jwt"})


def _event(token: str) -> dict[str, Any]:
    arn = "arn:aws:execute-api:us-east-1:123456789012:api/prod/POST/v1/agents/echo/invoke"
    return {"methodArn": arn, "headers": {"authorization": f"Bearer {token}"}, "requestContext": {"requestId": "r"}}
