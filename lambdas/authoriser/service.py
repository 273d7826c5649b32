"""One decision: from a request's credential to the policy and context of its principal."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from lambdas.authoriser import jwt_rules, membership, policy, telemetry
from lambdas.authoriser.caches import AgeingCache
from lambdas.authoriser.credentials import AMBIT_STS, API_KEY_PREFIX, BEARER, Credential, read_credential
from lambdas.authoriser.jwks import KeySets
from lambdas.authoriser.machines import Machines
from lambdas.authoriser.models import PLATFORM, Denied, DependencyDown, Issuer, Principal, Tenant, Unauthorized
from lambdas.authoriser.records import RememberedRecords
from lambdas.authoriser.run_keys import RunKey
from lambdas.authoriser.sts_proof import RoleProofs
from lambdas.authoriser.verify import verify_parsed
from platform_kit import jws, run_token
from platform_kit.errors import Forbidden, ResidencyViolation, TenantSuspended
from platform_kit.jws import TokenRefused, UnverifiedToken

VERIFIED_SECONDS: Final = 60
_MOST_VERIFIED: Final = 4096
_ENVIRONMENT: Final = "prod"

Event = Mapping[str, Any]


class _Verified(NamedTuple):
    """What a token proved, kept by its digest. `issuer` is the record it was judged by; None for run tokens."""

    principal: Principal
    issuer: Issuer | None


class Authoriser:
    """The decision with everything it needs. `region` is this deployment's; `now` tells the time in epoch seconds."""

    def __init__(
        self,
        records: RememberedRecords,
        keys: KeySets,
        run_key: RunKey,
        proofs: RoleProofs,
        region: str,
        now: Callable[[], float],
    ) -> None:
        self._records = records
        self._keys = keys
        self._run_key = run_key
        self._region = region
        self._now = now
        self._verified: AgeingCache[bytes, _Verified] = AgeingCache(_MOST_VERIFIED)
        self._machines = Machines(records, proofs)
        self._schemes: dict[str, Callable[[Credential, float], Principal]] = {
            BEARER: self._bearer,
            AMBIT_STS: self._machines.aws_caller,
        }

    def authorise(self, event: Event) -> dict[str, Any]:
        """API Gateway's answer; Unauthorized (401) without an identity, DependencyDown (503) without a decision.

        A principal whose tenant is unknown, unready or suspended or kept in another region, or whose membership is
        disabled, gets a policy that denies everything (403).
        """
        request_id = str((event.get("requestContext") or {}).get("requestId") or "")
        try:
            return self._decide(event, self._now())
        except TokenRefused as refusal:
            telemetry.refused(refusal.reason, request_id)
            raise Unauthorized from None
        except Denied as denial:
            telemetry.denied(denial.code, request_id)
            return _denial(event, denial)
        except DependencyDown as failure:
            telemetry.dependency_down(str(failure), request_id)
            raise

    def _decide(self, event: Event, now: float) -> dict[str, Any]:
        principal = self._principal(read_credential(event), now)
        tenant = self._standing(principal, now)
        principal = membership.joined(principal, self._records, now)
        return {
            "principalId": principal.principal_id,
            "policyDocument": policy.allow(event["methodArn"], principal.credential, principal.roles, principal.scopes),
            "context": _context(principal, tenant),
            "usageIdentifierKey": self._usage_key(principal, tenant, now),
        }

    def _principal(self, credential: Credential, now: float) -> Principal:
        verify = self._schemes.get(credential.scheme)
        if verify is None:
            raise TokenRefused("unsupported_credential")
        return verify(credential, now)

    def _bearer(self, credential: Credential, now: float) -> Principal:
        text = credential.value
        if text.startswith(API_KEY_PREFIX):
            return self._machines.api_key(credential, now)
        digest = hashlib.sha256(text.encode()).digest()
        kept = self._verified.get(digest, now)
        if kept is not None and (kept.issuer is None or kept.issuer == self._records.issuer(kept.issuer.iss, now)):
            return kept.principal
        verified, expires = self._verify(jws.parse(text), now)
        self._verified.put(digest, verified, min(expires, now + VERIFIED_SECONDS))
        return verified.principal

    def _verify(self, token: UnverifiedToken, now: float) -> tuple[_Verified, float]:
        if token.header.get("typ") == run_token.TYPE:
            return self._verify_run(token, now)
        return self._verify_person(token, now)

    def _verify_run(self, token: UnverifiedToken, now: float) -> tuple[_Verified, float]:
        # The key id is public and cheap to compare: a stranger's token does not get as far as KMS.
        if token.key_id != self._run_key.key_id:
            raise TokenRefused("unknown_kid")
        claims = run_token.verify_parsed(token, self._run_key.get(now), now, key_id=self._run_key.key_id)
        return _Verified(_running_agent(claims), None), claims.expires_at

    def _verify_person(self, token: UnverifiedToken, now: float) -> tuple[_Verified, float]:
        issuer = verify_parsed(
            token,
            lambda iss: self._records.issuer(iss, now),
            lambda issuer, kid, algorithm: self._keys.key(issuer.jwks_uri, kid, algorithm, now),
            now,
        )
        return _Verified(jwt_rules.principal_of(token.claims, issuer), issuer), float(token.claims["exp"])

    def _standing(self, principal: Principal, now: float) -> Tenant:
        """The record that decides whether the principal may act at all; Denied when it may not."""
        tenant = self._records.tenant(principal.tenant_id or PLATFORM, now)
        if tenant is not None and tenant.status == "suspended":
            raise Denied(principal.principal_id, TenantSuspended.code)
        if tenant is None or tenant.status != "active":
            raise Denied(principal.principal_id, Forbidden.code)
        if principal.tenant_id and tenant.residency != self._region:
            raise Denied(principal.principal_id, ResidencyViolation.code)
        return tenant

    def _usage_key(self, principal: Principal, tenant: Tenant, now: float) -> str:
        """The value of a real key of the plan that counts this call: API Gateway refuses every call without one."""
        if principal.credential == policy.RUN:
            platform = self._records.tenant(PLATFORM, now)
            key = platform.agents_usage_key if platform else ""
        else:
            key = tenant.usage_key
        if not key:
            raise Denied(principal.principal_id, Forbidden.code)
        return key


def _running_agent(claims: run_token.RunClaims) -> Principal:
    if not jwt_rules.is_tenant_id(claims.tenant):
        raise TokenRefused("bad_tenant")
    binding = {
        "runId": claims.run,
        "agent": claims.agent,
        "versionId": claims.version,
        "sessionId": claims.session,
        "mode": claims.mode,
        "attempt": str(claims.attempt),
    }
    return Principal(f"run:{claims.run}", claims.tenant, frozenset(), policy.RUN, extra=binding)


def _context(principal: Principal, tenant: Tenant) -> dict[str, str]:
    return {
        "tenantId": principal.tenant_id,
        "principalId": principal.principal_id,
        "roles": " ".join(sorted(principal.roles)),
        "tier": tenant.tier if principal.tenant_id else "",
        "scopes": " ".join(sorted(principal.scopes)),
        "credential": principal.credential,
        "environment": _ENVIRONMENT,
        **principal.extra,
    }


def _denial(event: Event, denial: Denied) -> dict[str, Any]:
    return {
        "principalId": denial.principal_id,
        "policyDocument": policy.deny_all(event["methodArn"]),
        "context": {"denyCode": denial.code},
    }
