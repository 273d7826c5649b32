"""An identity provider, a KMS key and a control table in memory, and the authoriser that trusts them.

The keys and signatures are real; there is no network.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from data_access_lib.keys import credential_key, issuer_key, member_key, tenant_key
from data_access_lib.tenant import PLATFORM, TenantId
from lambdas.authoriser.jwks import KeySets
from lambdas.authoriser.jwks_fetch import FetchFailed
from lambdas.authoriser.models import DependencyDown
from lambdas.authoriser.records import ControlTable, RememberedRecords
from lambdas.authoriser.run_keys import RunKey
from lambdas.authoriser.service import Authoriser
from lambdas.authoriser.sts_proof import RoleProofs, StsAnswer
from platform_kit import api_key, aws_roles, run_token
from platform_kit.access import Role

NOW: Final = 1_790_000_000
REGION: Final = "us-east-1"
ISSUER: Final = "https://login.example.test/oidc"
GLOBEX_ISSUER: Final = "https://sso.globex.test"
AUDIENCE: Final = "ambit-api"
RUN_KEY_ARN: Final = "arn:aws:kms:us-east-1:000000000000:key/1f0c0de5-0000-4000-8000-000000000001"
RUN_KEY_ID: Final = RUN_KEY_ARN.rpartition("/")[2]
STS_HOST: Final = "sts.us-east-1.amazonaws.com"
STS_HOSTS: Final = frozenset({STS_HOST, "sts.eu-west-1.amazonaws.com"})
CI_ROLE: Final = "arn:aws:iam::123456789012:role/ci"
STAGE_ARN: Final = "arn:aws:execute-api:us-east-1:000000000000:abc123/local"
METHOD_ARN: Final = f"{STAGE_ARN}/GET/v1/agents"
RUN: Final = run_token.RunClaims(
    tenant="acme", run="run_1", agent="echo-agent", version="ver_1", session="ses_1", mode="sync", principal="usr:x:y"
)
Claims = dict[str, Any]
Sign = Callable[[bytes], bytes]


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """One RSA key for each name: making one takes a tenth of a second."""
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    """One P-256 key for each name."""
    return ec.generate_private_key(ec.SECP256R1())


def b64(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    """A JWK's big-endian integer."""
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def rsa_jwk(key: rsa.RSAPrivateKey, kid: str, **members: Any) -> Claims:
    """The public half of an RSA key as a JWK."""
    public = key.public_key().public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": kid,
        "n": number(public.n),
        "e": number(public.e),
    } | members


def ec_jwk(key: ec.EllipticCurvePrivateKey, kid: str, **members: Any) -> Claims:
    """The public half of a P-256 key as a JWK."""
    public = key.public_key().public_numbers()
    x, y = (b64(part.to_bytes(32, "big")) for part in (public.x, public.y))
    return {"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": kid, "x": x, "y": y} | members


def rs256(key: rsa.RSAPrivateKey) -> Sign:
    """Sign as RS256 does."""
    return lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def es256(key: ec.EllipticCurvePrivateKey) -> Sign:
    """Sign as ES256 does: raw `r || s`."""
    return lambda message: run_token.raw_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))


def compact(header: Any, claims: Any, sign: Sign) -> str:
    """A compact JWS; `header` and `claims` are JSON values, or bytes to be taken as they are."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    message = ".".join(map(b64, parts))
    return f"{message}.{b64(sign(message.encode()))}"


def sts_header(url: str) -> str:
    """The `Authorization` header of an AWS caller's proof."""
    return f"AmbitSTS {b64(url.encode())}"


def request(authorization: str | None, **more: Any) -> dict[str, Any]:
    """A REQUEST authoriser's event as API Gateway sends it."""
    headers = {} if authorization is None else {"Authorization": authorization}
    return {
        "type": "REQUEST",
        "methodArn": METHOD_ARN,
        "headers": {"Host": "api.example.test", **headers},
        "multiValueHeaders": {"Host": ["api.example.test"], **{name: [value] for name, value in headers.items()}},
        "requestContext": {"requestId": "req-1", "identity": {"sourceIp": "203.0.113.7"}},
    } | more


@dataclass
class Authority:
    """The world the authoriser sees. Change `items`, `documents`, `now` or set `down` to make things happen."""

    now: float = NOW
    items: dict[tuple[str, str], Claims] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    sessions: dict[str, str] = field(default_factory=dict)
    asked_sts: list[tuple[str, str]] = field(default_factory=list)
    sts_answer: StsAnswer | None = None

    def __post_init__(self) -> None:
        self.add_issuer(ISSUER, boundTo="platform", allowPlatformRoles=True)
        tenant_roles = [role.value for role in Role if role.value.startswith("Tenant.")]
        self.add_issuer(GLOBEX_ISSUER, boundTo="globex", tenantClaim=None, allowedRoles=tenant_roles)
        self.publish(ISSUER, rsa_jwk(rsa_key("platform"), "k1"))
        self.publish(GLOBEX_ISSUER, rsa_jwk(rsa_key("globex"), "g1"))
        self.add_tenant("acme", tier="standard")
        self.add_tenant("globex", tier="basic")
        self.add_tenant("platform", usageKey="key-platform", agentsUsageKey="key-agents")

    def add_issuer(self, iss: str, /, **members: Any) -> None:
        """Trust an issuer; `members` replace the defaults of its record."""
        record: Claims = {
            "iss": iss,
            "jwksUri": f"{iss}/jwks",
            "audiences": [AUDIENCE],
            "algorithms": ["RS256"],
            "tenantClaim": "tenantid",
            "rolesClaim": "roles",
            "allowPlatformRoles": False,
            "allowedRoles": [role.value for role in Role],
            "status": "active",
        }
        self.items[issuer_key(iss)] = record | members

    def change_issuer(self, iss: str, /, **members: Any) -> None:
        """Change the record of an issuer."""
        self.items[issuer_key(iss)] |= members

    def add_tenant(self, tenant_id: str, **members: Any) -> None:
        """Add or replace a tenant's record; active unless `members` say otherwise."""
        key = tenant_key(PLATFORM if tenant_id == "platform" else TenantId(tenant_id))
        record = {"tenantId": tenant_id, "status": "active", "tier": "basic", "usageKey": f"key-{tenant_id}"}
        record["residency"] = REGION
        self.items[key] = record | members

    def add_key(self, tenant_id: str = "acme", **members: Any) -> str:
        """Make an API key of a tenant, good for a day; a member that is None is left out of its credential."""
        text = api_key.mint()
        record = {
            "kind": "key",
            "tenantId": tenant_id,
            "id": "key_1",
            "scopes": ["agents:invoke", "runs:read"],
            "environment": "prod",
            "expiresAt": int(self.now) + 86_400,
            "status": "active",
        }
        self.set_grant(api_key.digest(text), record | members)
        return text

    def set_grant(self, digest: str, record: Claims) -> None:
        """Write a machine's credential."""
        self.items[credential_key(digest)] = {name: value for name, value in record.items() if value is not None}

    def add_member(self, principal_id: str, *roles: str, tenant_id: str = "acme", status: str = "active") -> None:
        """Add or replace what a tenant's record says of a principal."""
        record = {"userId": "usr_1", "roles": list(roles), "status": status}
        self.items[member_key(TenantId(tenant_id), principal_id)] = record

    def publish(self, iss: str, *jwks: Claims) -> None:
        """Publish a key set at an issuer's address."""
        self.documents[f"{iss}/jwks"] = json.dumps({"keys": jwks}).encode()

    def claims(self, **changes: Any) -> Claims:
        """A developer of acme, valid for five minutes; a change to None removes the claim."""
        claims: Claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "user-1",
            "iat": int(self.now),
            "exp": int(self.now) + 300,
            "tenantid": "acme",
            "roles": ["Tenant.Developer"],
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def token(self, *, header: Claims | None = None, **changes: Any) -> str:
        """A token of the platform's issuer, rightly signed whatever it says."""
        head = {"alg": "RS256", "typ": "at+jwt", "kid": "k1"} | (header or {})
        return compact(
            {k: v for k, v in head.items() if v is not None}, self.claims(**changes), rs256(rsa_key("platform"))
        )

    def globex_token(self, **changes: Any) -> str:
        """A token of the issuer that is bound to globex."""
        changes = {"iss": GLOBEX_ISSUER, "tenantid": None} | changes
        return compact({"alg": "RS256", "typ": "JWT", "kid": "g1"}, self.claims(**changes), rs256(rsa_key("globex")))

    def run_token(self, claims: run_token.RunClaims = RUN, *, key: str = "run", kid: str = RUN_KEY_ID) -> str:
        """A run token of the platform's own key."""
        return run_token.mint(claims, es256(ec_key(key)), kid, datetime.fromtimestamp(self.now, UTC))

    def authoriser(self) -> Authoriser:
        """A fresh authoriser, with nothing cached."""
        keys = KeySets(self._fetch, lambda _reason: None)
        records = RememberedRecords(ControlTable(self._get_item, AUDIENCE))
        proofs = RoleProofs(self._ask_sts, STS_HOSTS)
        return Authoriser(records, keys, RunKey(RUN_KEY_ARN, self.public_key), proofs, REGION, lambda: self.now)

    def _get_item(self, pk: str, sk: str) -> Claims | None:
        self.read.append(f"{pk} {sk}")
        if "table" in self.down:
            raise TimeoutError
        return self.items.get((pk, sk))

    def proof(self, role: str = CI_ROLE, *, host: str = STS_HOST, **changes: str | None) -> str:
        """The URL of a presigned request of a role's session, signed now; a changed parameter that is None is left out.

        STS knows who signed it by its signature.
        """
        signature = hashlib.sha256(role.encode()).hexdigest()
        self.sessions[signature] = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/build-42"
        stamp = datetime.fromtimestamp(self.now, UTC).strftime("%Y%m%dT%H%M%SZ")
        parameters: dict[str, str | None] = {
            "Action": "GetCallerIdentity",
            "Version": "2011-06-15",
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"ASIAIOSFODNN7EXAMPLE/{stamp[:8]}/us-east-1/sts/aws4_request",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": "60",
            "X-Amz-SignedHeaders": "host;x-ambit-audience",
            "X-Amz-Security-Token": "IQoJb3JpZ2luX2VjEXAMPLE+/==",
            "X-Amz-Signature": signature,
        }
        parameters |= {name.replace("_", "-"): value for name, value in changes.items()}
        return f"https://{host}/?" + urlencode({name: value for name, value in parameters.items() if value is not None})

    def add_role(self, tenant_id: str = "acme", role: str = CI_ROLE, **members: Any) -> None:
        """Let a role call as a tenant; a member that is None is left out of its credential."""
        record = {
            "kind": "aws",
            "tenantId": tenant_id,
            "id": "awc_1",
            "scopes": ["agents:invoke"],
            "environment": "prod",
            "status": "active",
        }
        self.set_grant(aws_roles.digest(role), record | members)

    def _ask_sts(self, host: str, path: str) -> StsAnswer:
        self.asked_sts.append((host, path))
        if "sts" in self.down:
            raise DependencyDown("sts")
        if self.sts_answer is not None:
            return self.sts_answer
        session = self.sessions.get(path.rpartition("X-Amz-Signature=")[2])
        return StsAnswer(200, f"<Arn>{session}</Arn>".encode()) if session else StsAnswer(403, b"")

    def _fetch(self, uri: str) -> bytes:
        self.fetched.append(uri)
        if "jwks" in self.down or uri not in self.documents:
            raise FetchFailed("down")
        return self.documents[uri]

    def public_key(self, key_arn: str) -> bytes:
        """The public half of the run token key, in DER, as KMS gives it."""
        if "kms" in self.down or key_arn != RUN_KEY_ARN:
            raise TimeoutError
        return ec_key("run").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
