"""What the drill does to the local platform: starts a second agent host, takes the first away, gives it back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories import locks as lock_records
from data_access_lib.repositories.locks import Locks
from data_access_lib.repositories.runtime_routes import RuntimeRoutes
from data_access_lib.signals import OpsAccessSignals
from platform_kit.clock import SystemClock
from scripts.local_platform import parts, processes
from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import STANDBY_REGION
from scripts.local_platform.tokens import client_token
from scripts.seed import SeedFailed, agents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scripts.local_platform.layout import Layout

AGENTS: Final = ("echo-agent", "echo-stream", "echo-async")
FAILOVER: Final = "/v1/platform/failover"
_POLL_SECONDS: Final = 0.5
_LEASE_SECONDS: Final = 30


class DrillStopped(Exception):
    """The drill cannot go on; the message says why."""


@dataclass(frozen=True)
class Drilled:
    """The local platform in the drill's hands."""

    layout: Layout

    def prepare(self, tenant: str, names: Sequence[str] = AGENTS) -> list[str]:
        """A second agent host, agents in both regions, and a tenant that agrees to both; what it agreed to before."""
        processes.ensure(self.layout, parts.standby_agent_host_part(self.layout))
        try:
            for agent in names:
                agents.push(self.layout, agent)
        except SeedFailed as failed:
            raise DrillStopped(str(failed)) from None
        return self.agree(tenant, [STANDBY_REGION])

    def agree(self, tenant: str, regions: Sequence[str]) -> list[str]:
        """Let a tenant's agents run in these regions too; those that they could run in before."""
        with self.client("platform-operator") as api:
            found = api.get(f"/v1/tenants/{tenant}").raise_for_status()
            headers = {"if-match": found.headers["etag"]}
            changes = {"runtimeRegions": list(regions)}
            api.patch(f"/v1/tenants/{tenant}", json=changes, headers=headers).raise_for_status()
        return list(found.json().get("runtimeRegions") or [])

    def take_away(self) -> None:
        """End the home region's agent host, with the agents that run there."""
        processes.stop(self.layout, "agent-host")

    def give_back(self) -> None:
        """Start it again."""
        processes.ensure(self.layout, parts.agent_host_part(self.layout))

    def client(self, who: str) -> httpx.Client:
        """The public API as one of the platform's machine clients."""
        bearer = client_token(self.layout.issuer, who)
        return httpx.Client(base_url=self.layout.public_url, headers={"authorization": f"Bearer {bearer}"}, timeout=90)

    def standing(self) -> tuple[dict[str, Any], str]:
        """Where agents run, and the version of that."""
        with self.client("platform-operator") as api:
            found = api.get(FAILOVER).raise_for_status()
        return dict(found.json()), str(found.headers["etag"])

    def switch(self, target: str, reason: str, *, hold: bool) -> dict[str, Any]:
        """Switch as an operator does."""
        _, etag = self.standing()
        body = {"target": target, "reason": reason, "hold": hold}
        with self.client("platform-operator") as api:
            return dict(api.post(FAILOVER, json=body, headers={"if-match": etag}).raise_for_status().json())

    def until(self, region: str, *, seconds: float) -> float:
        """How long it takes until agents run there; DrillStopped when they do not within so many seconds."""
        began = time.monotonic()
        while self.standing()[0]["active"] != region:
            if time.monotonic() - began > seconds:
                raise DrillStopped(f"agents do not run in {region} after {seconds:.0f} s: {self.standing()[0]}")
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - began

    def refusal_of(self, tenant: str) -> str:
        """What a tenant is told now that calls an agent: a problem's code, or the status."""
        with self.client(f"{tenant}-developer") as api:
            answer = api.post("/v1/agents/echo-agent/invoke", json={"input": "where?"})
        return str(answer.json().get("code", answer.status_code))

    def late_holder(self) -> str:
        """What becomes of a holder of the lock that paused beyond its time and switches when it wakes."""
        client = aws_client("dynamodb", self.layout.emulator_url)
        table = self._table(client)
        paused = Locks(table, _Past(_LEASE_SECONDS + 10)).acquire(
            "runtime-region", "drill: paused", seconds=_LEASE_SECONDS
        )
        locks, routes = Locks(table), RuntimeRoutes(table)
        awake = locks.acquire("runtime-region", "drill: awake", seconds=_LEASE_SECONDS)
        seen = routes.find() or {}
        transaction = table.transaction()
        routes.write_in(
            transaction, {**seen, "reason": "woke late"}, seen=int(seen.get("token", 0)), lease=paused, locks=locks
        )
        try:
            transaction.commit()
        except ConditionFailed as refused:
            return "refused" if refused.label == lock_records.LABEL else f"refused by {refused.label}"
        finally:
            locks.release(awake)
        return "let through"

    @staticmethod
    def _table(client: Any) -> PlatformServiceTable:
        name = next(one for one in client.list_tables()["TableNames"] if one.startswith("ambit-local-ops"))
        signals = OpsAccessSignals(lambda: client, name)
        return PlatformServiceTable(client, name, "drill", frozenset({"LOCK", "RUNTIMEROUTE"}), signals)


@dataclass(frozen=True)
class _Past:
    """A clock that is so many seconds behind: what a process believes that was asleep."""

    seconds: float

    def now(self) -> datetime:
        return SystemClock().now() - timedelta(seconds=self.seconds)
