"""Who is calling, as the authoriser verified it. Nothing else in a request says anything about identity."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from platform_kit.access import SCOPED
from platform_kit.domains import is_domain
from platform_kit.errors import Forbidden, Unauthenticated

MAX_RATE: Final = 100_000
"""The highest number of runs a second that a credential can be given."""
_RATE: Final = re.compile(r"[0-9]{1,6}")
_ATTEMPT: Final = re.compile(r"[1-9][0-9]{0,5}")
_RUN_FIELDS: Final = ("runId", "agent", "versionId", "sessionId", "mode")


@dataclass(frozen=True)
class RunBinding:
    """What a run token is bound to; `attempt` counts from 1, and only a run's latest one may act."""

    run_id: str
    agent: str
    version_id: str
    session_id: str
    mode: str
    attempt: int = 1


@dataclass(frozen=True)
class Identity:
    """A verified principal. `tenant_id` is None for platform principals; `run` is set for a running agent only.

    `agents` and `domains` are those a machine's credential is limited to, empty: any; `rate_per_second` is its own
    limit, or None.
    """

    principal_id: str
    tenant_id: str | None
    roles: frozenset[str]
    tier: str
    credential: str
    environment: str = "prod"
    scopes: frozenset[str] = field(default_factory=frozenset)
    agents: frozenset[str] = field(default_factory=frozenset)
    domains: frozenset[str] = field(default_factory=frozenset)
    rate_per_second: int | None = None
    run: RunBinding | None = None
    email: str | None = None
    """The address its issuer has verified, where it says so."""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "Identity":
        """Read the authoriser's context of an API Gateway REST event; Unauthenticated when there is none."""
        context = event.get("requestContext", {}).get("authorizer") or {}
        return cls.from_context(context)

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> "Identity":
        """Read the authoriser's context (all values strings)."""
        principal = str(context.get("principalId") or "")
        credential = str(context.get("credential") or "")
        if not principal or not credential:
            raise Unauthenticated("The request carries no verified identity. Send an Authorization header.")
        return cls(
            principal_id=principal,
            tenant_id=str(context.get("tenantId") or "") or None,
            roles=frozenset(str(context.get("roles") or "").split()),
            tier=str(context.get("tier") or "basic"),
            credential=credential,
            environment=str(context.get("environment") or "prod"),
            scopes=frozenset(str(context.get("scopes") or "").split()),
            agents=frozenset(str(context.get("agents") or "").split()),
            domains=_domains(str(context.get("domains") or "")),
            rate_per_second=_rate(str(context.get("ratePerSecond") or "")),
            run=_run_binding(context) if credential == "run" else None,
            email=str(context.get("email") or "") or None,
        )

    def tenant(self) -> str:
        """The verified tenant; Forbidden for a platform principal, which acts in no tenant."""
        if self.tenant_id is None:
            raise Forbidden("This route acts inside a tenant; a platform principal belongs to none.")
        return self.tenant_id

    def may_use(self, agent: str, domain: str) -> bool:
        """Whether its credential is for this agent of this domain: a machine's may be for some of each only."""
        return (not self.agents or agent in self.agents) and (not self.domains or domain in self.domains)

    def sees(self, agent: str, environment: str, domain: str) -> bool:
        """Whether what ran so is its business: a machine has an environment, agents and domains; people see all."""
        return self.credential not in SCOPED or (environment == self.environment and self.may_use(agent, domain))

    def agent_run(self) -> RunBinding:
        """The run a run token is bound to; Forbidden for everybody else."""
        if self.run is None:
            raise Forbidden("This route is for running agents and takes a run token.")
        return self.run


def _rate(text: str) -> int | None:
    if not text:
        return None
    if not _RATE.fullmatch(text) or not 0 < int(text) <= MAX_RATE:
        raise Unauthenticated("The credential's rate is not a number of calls a second.")
    return int(text)


def _domains(text: str) -> frozenset[str]:
    named = frozenset(text.split())
    if text and not (named and all(map(is_domain, named))):
        raise Unauthenticated("The credential's domains are not names of domains.")
    return named


def _run_binding(context: Mapping[str, Any]) -> RunBinding:
    values = [str(context.get(name) or "") for name in _RUN_FIELDS]
    if not all(values):
        raise Unauthenticated("The run token lacks a part of its binding.")
    attempt = str(context.get("attempt") or 1)
    if not _ATTEMPT.fullmatch(attempt):
        raise Unauthenticated("The run token lacks a part of its binding.")
    run_id, agent, version_id, session_id, mode = values
    return RunBinding(run_id, agent, version_id, session_id, mode, int(attempt))
