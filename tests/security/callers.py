"""Everybody who may call the running platform, and their credentials."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from platform_kit import run_token
from platform_kit.access import ROUTES, Role
from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import STAGE

if TYPE_CHECKING:
    from tests.local_stack import LocalStack

SUSPENDED: Final = "initech"
TENANTS: Final = ("acme", "globex")
_ROLES: Final = {"guest": Role.GUEST, "viewer": Role.VIEWER, "developer": Role.DEVELOPER, "admin": Role.ADMIN}


@dataclass(frozen=True)
class Caller:
    """A principal, by the name of its machine client. `credential` None is nobody; `tenant` None is the platform."""

    name: str
    credential: str | None = "jwt"
    tenant: str | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def suspended(self) -> bool:
        """Whether its tenant may do nothing."""
        return self.tenant == SUSPENDED

    @property
    def other(self) -> str:
        """A tenant that is not its own."""
        return "globex" if self.tenant == "acme" else "acme"

    def __str__(self) -> str:
        return self.name


def _people(tenant: str) -> list[Caller]:
    return [Caller(f"{tenant}-{kind}", "jwt", tenant, frozenset({role})) for kind, role in _ROLES.items()]


EVERY_SCOPE: Final = frozenset(route.scope for route in ROUTES if route.scope)
NOBODY: Final = Caller("nobody", None)
CALLERS: Final = (
    NOBODY,
    *(caller for tenant in (*TENANTS, SUSPENDED) for caller in _people(tenant)),
    *(Caller(f"{tenant}-run", "run", tenant) for tenant in TENANTS),
    *(Caller(f"{tenant}-key", "key", tenant, scopes=EVERY_SCOPE) for tenant in TENANTS),
    Caller("acme-narrow-key", "key", "acme", scopes=frozenset({"runs:read"})),
    Caller("platform-operator", roles=frozenset({Role.OPERATOR})),
    Caller("platform-admin", roles=frozenset({Role.PLATFORM_ADMIN})),
)
BY_NAME: Final = {caller.name: caller for caller in CALLERS}


class Credentials:
    """What each caller presents to one running platform."""

    def __init__(self, platform: LocalStack) -> None:
        self._platform = platform

    def headers(self, caller: Caller, run: dict[str, Any] | None = None) -> dict[str, str]:
        """The `Authorization` header; `run` is the record a run token is bound to."""
        match caller.credential:
            case None:
                return {}
            case "run":
                token = self.run_token(str(caller.tenant), run or {})
            case "key":
                token = self.api_key(caller)
            case _:
                token = self._platform.token(caller.name)
        return {"authorization": f"Bearer {token}"}

    def api_key(self, caller: Caller) -> str:
        """A new key with the caller's scopes, made by its tenant's administrator."""
        body = {"name": f"proof {caller}", "scopes": sorted(caller.scopes)}
        with self._platform.client(f"{caller.tenant}-admin") as admin:
            made = admin.post("/v1/api-keys", json=body, headers={"idempotency-key": uuid.uuid4().hex})
        return str(made.raise_for_status().json()["secret"])

    def run_token(self, tenant: str, run: dict[str, Any]) -> str:
        """A true run token, signed by the deployed key, as the bridge makes them."""
        claims = run_token.RunClaims(
            tenant=tenant,
            run=run["runId"],
            agent=run["agent"],
            version=run["version"],
            session=run["sessionId"],
            mode=run.get("mode", "sync"),
            principal=f"{tenant}-developer",
        )
        sign = run_token.kms_signer(self.aws("kms"), self._run_key)
        return run_token.mint(claims, sign, run_token.key_id_of(self._run_key), datetime.now(UTC))

    def aws(self, service: str) -> Any:
        """An AWS client with the endpoint's root credential."""
        return aws_client(service, str(self._platform.described["emulatorUrl"]))

    @cached_property
    def _run_key(self) -> str:
        found = self.aws("lambda").get_function_configuration(FunctionName=f"ambit-{STAGE}-gateway")
        return str(found["Environment"]["Variables"]["RUN_TOKEN_KEY_ARN"])
