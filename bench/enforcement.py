"""The whole pipeline of a tool's call in one process: token, governor, money, policy, schema, guardrails, both writes.

The store is faked and answers at once, as DynamoDB does not; everything else is the code that is deployed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bench.measure import Result, percentile, samples
from data_access_lib.conditions import Change
from data_access_lib.repositories.events import Appended, EventDraft
from data_access_lib.tenant import TenantContext, TenantId
from enforcement.policies import PoliciesInForce
from enforcement.run_desk import RunDesk
from governance.pricing import CURRENT, PICO_PER_DOLLAR
from lambdas.gateway.mcp import McpServer
from lambdas.gateway.tools import built_in
from platform_kit import run_token
from platform_kit.clock import SystemClock, rfc3339
from platform_kit.identity import RunBinding
from platform_kit.outbound import Outbound

RUN: Final = "run_" + "0" * 32
FILE: Final = "fil_" + "0" * 32
P50_MS: Final = 1.0
P99_MS: Final = 5.0
_CALLS: Final = 2_000


def pipeline() -> list[Result]:
    """Median and 99th percentile of a call of `files.read` of 4 KB of text, against what they may be at most."""
    call = _call()
    assert json.loads(call())["result"]["isError"] is False
    took = samples(call, _CALLS, warm=200)
    return [
        Result("enforcement: the whole pipeline in process, p50", "ms", percentile(took, 0.5), P50_MS),
        Result("enforcement: the whole pipeline in process, p99", "ms", percentile(took, 0.99), P99_MS),
    ]


def _call() -> Any:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    claims = run_token.RunClaims("acme", RUN, "echo", "ver_1", "ses_1", "sync", "usr:a:b")

    def sign(message: bytes) -> bytes:
        return run_token.raw_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))

    token = run_token.mint(claims, sign, "k1", now)
    tools = built_in(Outbound(frozenset()))
    policies = PoliciesInForce(lambda: cast("Any", Versions()))
    server = McpServer("1", cast("Any", NoSwitches()), policies, lambda: tools)
    numbers = iter(range(10**9))

    def call() -> bytes:
        run_token.verify(token, key.public_key(), datetime.now(UTC), key_id="k1")
        arguments = {"fileId": FILE, "offset": next(numbers) % 64}
        params = {"name": "files.read", "arguments": arguments}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        return json.dumps(server.answer(desk(), json.dumps(message).encode(), None).body).encode()

    return call


class NoSwitches:
    """Nothing is stopped."""

    def let_use(self, _tool: str) -> None:
        """Let every tool be called."""


@dataclass(frozen=True)
class Versions:
    """One version of an agent, with these tools and the preset `permissive`."""

    tools: tuple[str, ...] = ("files.read", "files.write")

    def get(self, _agent: str, _version: str) -> dict[str, Any]:
        """It."""
        return {"manifest": {"tools": list(self.tools), "policy": "permissive"}}


class _Policies:
    def in_force(self, _agent: str) -> list[dict[str, Any]]:
        return []


@dataclass
class _Run:
    """A run's record and its log, in memory."""

    record: dict[str, Any]
    seq: int = 1

    @property
    def log(self) -> "_Run":
        return self

    def get(self, _run_id: str, *, consistent: bool = False) -> dict[str, Any]:
        return {**self.record, "lastSeq": self.seq, "read": consistent}

    def append(self, _run_id: str, drafts: Sequence[EventDraft], *, change: Change | None, **_: Any) -> Appended:
        for draft in drafts:
            json.dumps(draft.payload)
        for name, value in (change.set_ if change else {}).items():
            self.record[name] = json.loads(str(value))
        self.seq += len(drafts)
        return Appended([], self.seq)


@dataclass(frozen=True)
class _Object:
    data: bytes
    total: int
    eof: bool = True


@dataclass
class _Store:
    context: TenantContext
    runs: _Run
    text: bytes = field(default=("A line of plain text that holds nothing of anybody's.\n" * 77).encode()[:4096])

    @property
    def files(self) -> "_Store":
        return self

    def bucket(self) -> "_Store":
        return self

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> Any:
        if key == FILE:
            return {"fileId": FILE, "key": "k", "name": "a.txt", "contentType": "text/plain", "createdBy": f"run:{RUN}"}
        return _Object(self.text[offset : offset + (length or 4096)], len(self.text))


def desk() -> RunDesk:
    """A run that has just begun, its records in memory."""
    tenant = TenantContext(TenantId("acme"), f"run:{RUN}")
    record: Mapping[str, Any] = {
        "runId": RUN,
        "status": "running",
        "startedAt": rfc3339(datetime.now(UTC)),
        "priceVersion": CURRENT.version,
        "maxSeconds": 60,
        "reservedPico": PICO_PER_DOLLAR,
        "files": [FILE],
    }
    store = cast("Any", _Store(tenant, _Run(dict(record))))
    binding = RunBinding(RUN, "echo", "ver_1", "ses_1", "sync")
    return RunDesk(binding, store, cast("Any", _Policies()), "standard", SystemClock())
