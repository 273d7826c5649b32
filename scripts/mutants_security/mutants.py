"""The ways in which the code is broken, and the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Mutant:
    """In `file`, `before` (which stands there once) becomes `after`; one of `tests` must fail."""

    name: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


MUTANTS: Final = (
    Mutant(
        "the boundary lets every partition pass",
        "data_access_lib/boundary.py",
        "        if not self.allows(partition):\n",
        "        if False:\n",
        ("tests/isolation/test_item_attacks.py",),
    ),
    Mutant(
        "IAM lets a tenant's session at every tenant's keys",
        "infra/permissions.py",
        'TENANT_KEYS: Final = f"TENANT#{_TENANT_VARIABLE}#*"',
        'TENANT_KEYS: Final = "TENANT#*"',
        ("tests/infra/test_permissions.py",),
    ),
    Mutant(
        "a token's signature is not checked",
        "layers/platform_kit/jws.py",
        "        jwt.PyJWS(algorithms=[algorithm]).decode_complete(token.text, key, algorithms=[algorithm])\n",
        "        jwt.PyJWS(algorithms=[algorithm])\n",
        ("tests/security/test_forged_tokens.py",),
    ),
    Mutant(
        "the algorithm is the one that the token names",
        "layers/platform_kit/jws.py",
        "    if not isinstance(algorithm, str) or algorithm not in algorithms:\n",
        "    if not isinstance(algorithm, str):\n",
        ("tests/security/test_forged_tokens.py",),
    ),
    Mutant(
        "functions believe the gateway and look at no role again",
        "layers/platform_kit/api.py",
        '    elif identity.credential == "run" or not access.permitted(route, identity.roles):\n',
        '    elif identity.credential == "run":\n',
        ("tests/contract/test_access.py",),
    ),
    Mutant(
        "a run's store is opened for another tenant",
        "layers/run_lifecycle/store.py",
        "    def open_store(context: TenantContext) -> TenantStore:\n",
        "    def open_store(context: TenantContext) -> TenantStore:\n"
        '        context = TenantContext(TenantId("globex"), context.principal_id)\n',
        ("tests/functional/bridge/test_runs.py",),
    ),
    Mutant(
        "a cursor's signature is not checked",
        "data_access_lib/cursors.py",
        "        if not any(genuine):\n",
        "        if False:\n",
        ("tests/isolation/test_item_attacks.py",),
    ),
    Mutant(
        "an idempotency key is everybody's in the tenant",
        "data_access_lib/keys/ops.py",
        'for part in (principal_id, route, key))\n    return Key(partition(tenant_id, "IDEM"',
        'for part in (route, key))\n    return Key(partition(tenant_id, "IDEM"',
        ("tests/isolation/test_duplicates.py",),
    ),
    Mutant(
        "addresses are signed for any object",
        "data_access_lib/bucket.py",
        "        self._boundary.object_key(key, operation, self.name)\n",
        '        if not operation.startswith("presign"):\n'
        "            self._boundary.object_key(key, operation, self.name)\n",
        ("tests/isolation/test_object_attacks.py",),
    ),
    Mutant(
        "a suspended tenant goes on",
        "lambdas/authoriser/service.py",
        'if tenant is not None and tenant.status == "suspended":\n'
        "            raise Denied(principal.principal_id, TenantSuspended.code)\n"
        '        if tenant is None or tenant.status != "active":\n',
        'if tenant is None or tenant.status not in {"active", "suspended"}:\n',
        ("tests/unit/lambdas/authoriser/test_service.py",),
    ),
    Mutant(
        "an authoriser that cannot read the tenant takes it for active",
        "lambdas/authoriser/records.py",
        '            raise DependencyDown(f"control table: {type(error).__name__}") from error\n',
        "            return None\n",
        ("tests/security/test_fail_closed.py",),
    ),
    Mutant(
        "an API key's scopes are not looked at",
        "layers/platform_kit/access.py",
        "        return route.scope is not None and route.scope in scopes\n",
        "        return route.scope is not None\n",
        ("tests/security/test_attacks_on_api_keys.py",),
    ),
    Mutant(
        "an API key's domains are not looked at",
        "layers/platform_kit/identity.py",
        " and (not self.domains or domain in self.domains)\n",
        "\n",
        ("tests/security/test_attacks_on_api_keys.py",),
    ),
    Mutant(
        "credentials are taken for a tenant of another region",
        "data_access_lib/sessions.py",
        "        self._residence(tenant_id)\n",
        "",
        ("tests/isolation/test_residency.py",),
    ),
    Mutant(
        "an access that has expired still opens a tenant's runs",
        "data_access_lib/repositories/break_glass.py",
        'attr("expiresAt").gt(at) & ',
        "",
        ("tests/functional/bridge/test_break_glass.py",),
    ),
    Mutant(
        "a runtime of another account is taken for one of the same id",
        "lambdas/agents/runtimes.py",
        "        if account != self._account:\n",
        "        if False:\n",
        ("tests/functional/agents/test_runtimes.py",),
    ),
    Mutant(
        "a runtime may take its package from any bucket",
        "lambdas/agents/packages.py",
        "        elif found != (place.bucket, key):\n",
        "        elif found.key != key:\n",
        ("tests/functional/agents/test_runtimes.py",),
    ),
    Mutant(
        "a runtime is looked for in its own region alone, whichever that is",
        "lambdas/agents/packages.py",
        " if region_of(arn) == place.region else None\n",
        "\n",
        ("tests/functional/agents/test_runtimes.py",),
    ),
    Mutant(
        "what a runtime runs is not looked at again before a promotion",
        "lambdas/agents/packages.py",
        '            elif found != (place.bucket, version["artifactKey"]):\n',
        "            elif False:\n",
        ("tests/functional/agents/test_runtimes.py",),
    ),
    Mutant(
        "a runtime that cannot be seen is let through",
        "lambdas/agents/packages.py",
        "must_be=place is self.home and not back",
        "must_be=False",
        ("tests/functional/agents/test_runtimes.py",),
    ),
    Mutant(
        "a version is gone back to whatever its runtime runs",
        "lambdas/agents/promotion.py",
        "            unseen = self.packages.require_running(desk.versions, back, back=True)\n",
        "            unseen = []\n",
        ("tests/functional/agents/test_runtimes.py",),
    ),
)
