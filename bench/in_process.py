"""The bridge with AWS faked in process: everything else is the code that is deployed, from event to response."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from data_access_lib import keys
from data_access_lib.admin import PlatformCatalogue, PlatformReader
from data_access_lib.codec import encode_item
from data_access_lib.controls import KINDS, Controls, own_switches
from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.rates import FULL_AT, Draw
from data_access_lib.repositories.records import pack
from data_access_lib.tenant import TenantContext, TenantId
from governance.flags import CAPABILITIES, EVERYBODY
from governance.rates import take
from governance.version_identity import sealed
from lambdas.bridge.service import BridgeService, Timeouts
from platform_kit import run_token
from platform_kit.clock import SystemClock
from run_lifecycle.agent_answer import Output, Piece, TextDelta
from run_lifecycle.conduct import Conductor
from run_lifecycle.guarding import GuardrailsInForce
from run_lifecycle.invocation import Invocations
from run_lifecycle.rate_limits import RateLimiter
from run_lifecycle.resolution import AgentResolver
from run_lifecycle.runtime import AgentCall
from run_lifecycle.store import StoreNames, TenantStore, store_opener
from run_lifecycle.workflows import RunWorkflows

VERSION: Final = "ver_" + "0" * 32
TIERS: Final = {"acme": "standard", "globex": "basic"}
ITEMS: Final[dict[str, dict[str, Any]]] = {
    "TENANT#platform#TEMPLATE": {"name": "echo", "mode": "sync", "tierMinimum": "basic", "approvedVersionId": VERSION},
    "TENANT#platform#VERSION#echo": pack(
        sealed(
            {
                "versionId": VERSION,
                "agent": "echo",
                "status": "approved",
                "runtimeArn": "arn:runtime",
                "artifactDigest": "0" * 64,
                "lockDigest": "0" * 64,
                "manifest": {},
                "prompts": {},
            }
        ),
        ("manifest", "prompts"),
    ),
    **{
        f"TENANT#{tenant}#INSTANCE": {"agent": "echo", "instanceId": "i", "status": "active", "environment": "prod"}
        for tenant in TIERS
    },
}


FLAGS: Final = tuple(
    {**keys.flag_key(name)._asdict(), "name": name, "enabled": True, "rules": [dict(EVERYBODY)]}
    for name in CAPABILITIES
)


DATA_KEYS: Final = (
    {"pk": "TENANT#acme#DATAKEY", "sk": "META", "current": 1, "keyArn": "arn:key", "since": "2026-01-01"},
    {"pk": "TENANT#acme#DATAKEY", "sk": "NUMBER#0000000001", "number": 1, "keyArn": "arn:key", "blob": b"wrapped"},
)


class FakeDynamoDB:
    """Answers at once; writes are accepted and forgotten."""

    def get_item(self, *, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's name
        """A record of the catalogue."""
        tenant = Key["sk"]["S"]
        known = {"tenantId": tenant, "tier": TIERS.get(tenant, ""), "status": "active"}
        item = known if Key["pk"]["S"] == "TENANT#platform#TENANT" else ITEMS[Key["pk"]["S"]]
        return {"Item": {name: {"S": value} for name, value in {**item, "pk": Key["pk"]["S"], "sk": "x"}.items()}}

    def query(self, *, ExpressionAttributeValues: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's name
        """The flags, all on; no kill switch; the tenant's data keys, so that what is measured seals what it writes."""
        wanted = ExpressionAttributeValues[":v0"]["S"]
        return {"Items": [encode_item(item) for item in (*FLAGS, *DATA_KEYS) if item["pk"] == wanted]}

    def batch_get_item(self, **_: Any) -> dict[str, Any]:
        """No policy binds an agent."""
        return {"Responses": {}, "UnprocessedKeys": {}}

    def update_item(self, **_: Any) -> dict[str, Any]:
        """Accepted."""
        return {}

    def transact_write_items(self, **_: Any) -> dict[str, Any]:
        """Accepted."""
        return {}


class FakeKms:
    """Unwraps every data key alike."""

    def decrypt(self, **_: Any) -> dict[str, Any]:
        """A data key."""
        return {"Plaintext": bytes(32)}


@dataclass
class FakeBuckets:
    """A tenant's token buckets, kept here; they grant what the real ones grant."""

    tenant_id: TenantId
    full_at: dict[str, int] = field(default_factory=dict)

    def draw(self, draws: Sequence[Draw], now: int) -> None:
        """Take the tokens of one draw."""
        [draw] = draws
        known = self.full_at.get(draw.subject)
        granted = take(known, draw.limit, now, draw.tokens)
        if granted is None:
            raise ConditionFailed(item={FULL_AT: known})
        self.full_at[draw.subject] = granted


class OpenBuckets(FakeBuckets):
    """Token buckets that are never empty: what is measured is faster than any tenant may call."""

    def draw(self, draws: Sequence[Draw], now: int) -> None:
        """Granted."""


class FakeSessions:
    """The same client for every tenant."""

    def dynamodb(self, _tenant: str) -> Any:
        """A client."""
        return FakeDynamoDB()

    def kms(self, _tenant: str) -> Any:
        """A client."""
        return FakeKms()

    def s3(self, _tenant: str) -> Any:
        """Never asked for."""
        raise AssertionError("no object is touched")


class FakeRuntime:
    """An agent that answers at once, with one output or a few words."""

    def __init__(self, *pieces: Piece) -> None:
        self.pieces = pieces or (Output("hello", last=True),)

    def invoke(self, _call: AgentCall) -> Iterator[Piece]:
        """The answer."""
        return iter(self.pieces)

    def stop(self, *_: str) -> None:
        """Nothing to stop."""


class NoSignals:
    """Nothing reaches outside its tenant here."""

    def violation(self, attempt: Any) -> None:
        """Never told."""
        raise AssertionError(attempt)

    def tampered(self, found: Any) -> None:
        """Never told."""
        raise AssertionError(found)

    def happened(self, fact: Any) -> None:
        """Never told."""
        raise AssertionError(fact)


@lru_cache(maxsize=1)
def _signature() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).sign(b"message", ec.ECDSA(hashes.SHA256()))


def service(*pieces: Piece, buckets_of: type[FakeBuckets] = OpenBuckets) -> BridgeService:
    """The bridge's service over fakes; with FakeBuckets, tenants are held to their rates."""
    clock, signals, client = SystemClock(), NoSignals(), FakeDynamoDB()
    names = StoreNames("control", "runs", "ops", "bucket")
    real = store_opener(names, FakeSessions(), signals, clock)  # type: ignore[arg-type]  # a fake
    buckets = {tenant: buckets_of(TenantId(tenant)) for tenant in TIERS}

    def opener(who: TenantContext) -> TenantStore:
        return replace(real(who), rates=cast("Any", buckets[who.tenant_id]))

    catalogue = PlatformCatalogue(client, "control", signals)  # type: ignore[arg-type]  # a fake
    switches = PlatformReader(client, "control", signals, kinds=KINDS)  # type: ignore[arg-type]  # a fake
    invocations = Invocations(lambda: _sign, "key", "https://api/v1/gateway", clock)
    resolver = AgentResolver(lambda: catalogue)
    guardrails = GuardrailsInForce(resolver.manifest)
    return BridgeService(
        open_store=opener,
        resolver=resolver,
        controls=Controls(lambda: switches, own_switches(FakeSessions(), "control", signals)),  # type: ignore[arg-type]
        limiter=RateLimiter(clock),
        conductor=Conductor(FakeRuntime(*pieces), invocations, guardrails, clock),
        guardrails=guardrails,
        audit=lambda _who: AuditLog(cast("Any", None), cast("Any", None)),  # nothing is blocked here
        workflows=RunWorkflows(lambda: None, "arn"),
        cursors=CursorCodec(lambda: [b"s" * 64]),
        clock=clock,
        timeouts=Timeouts(25, 840),
    )


def _sign(_message: bytes) -> bytes:
    return run_token.raw_signature(_signature())


def words() -> tuple[Piece, ...]:
    """A short streamed answer."""
    return (TextDelta("one "), TextDelta("two "), TextDelta("three"))


def event(body: dict[str, Any], tenant: str = "acme") -> dict[str, Any]:
    """An invocation as API Gateway sends it."""
    authorizer = {
        "tenantId": tenant,
        "principalId": "usr:1:dev",
        "roles": "Tenant.Developer",
        "tier": TIERS[tenant],
        "credential": "jwt",
        "environment": "prod",
    }
    return {
        "httpMethod": "POST",
        "resource": "/v1/agents/{agent}/invoke",
        "path": "/v1/agents/echo/invoke",
        "pathParameters": {"agent": "echo"},
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
        "requestContext": {"requestId": "req", "authorizer": authorizer, "identity": {"sourceIp": "192.0.2.1"}},
    }
