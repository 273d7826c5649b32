"""Usage keys: what API Gateway counts and throttles a tenant's calls by. One key a tenant, in the plan of its tier.

An account has at most 10 000 keys in a Region, and that is not raised for anybody
(https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html). So a tenant that comes when there are
`most_own` gets the key that all such tenants of its tier share; its own limit is then kept by its token bucket alone.

Keys are found by their name, which the tenant's id makes, so that every step can be repeated.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from data_access_lib.failures import code_of
from platform_kit.errors import DependencyUnavailable

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

Mode = Literal["own", "shared"]
MOST_OWN: Final = 9_000
_VALUE_BYTES: Final = 32
_PAGE: Final = 500
_TRANSIENT: Final = frozenset({"TooManyRequestsException", "ServiceUnavailableException", "LimitExceededException"})


@dataclass(frozen=True)
class UsageKey:
    """A key's id, the value by which the authoriser names it, and whether it is the tenant's own."""

    id: str
    value: str
    mode: Mode = "own"


class UsageKeys:
    """`plans` maps each tier to its usage plan's id; `stage` keeps the names of stages in one account apart.

    `most_own` is the number of the account's keys, whoever made them, from which on tenants share.
    """

    def __init__(
        self,
        client: Callable[[], "APIGatewayClient"],
        plans: Mapping[str, str],
        stage: str,
        *,
        most_own: int = MOST_OWN,
    ) -> None:
        self._client = client
        self._plans = plans
        self._stage = stage
        self._most_own = most_own

    def ensure(self, tenant_id: str, tier: str) -> UsageKey:
        """The tenant's key, made if there is none, in the plan of its tier and in no other; else the tier's shared one.

        A tenant that has a key of its own keeps it, however many there are.
        """
        key = self._find(self._name(tenant_id))
        if key is None and self._are_many():
            return self._shared(tier)
        key = key or self._make(tenant_id)
        self._take_out(key, set(self._plans.values()) - {self._plans[tier]})
        if not self._is_in(self._plans[tier], key):
            self._call("create_usage_plan_key", usagePlanId=self._plans[tier], keyId=key.id, keyType="API_KEY")
        return key

    def remove(self, tenant_id: str) -> None:
        """Take the tenant's own key out of its plan and delete it; nothing happens when it has none."""
        key = self._find(self._name(tenant_id))
        if key is None:
            return
        self._take_out(key, self._plans.values())
        self._call("delete_api_key", missing_ok=True, apiKey=key.id)

    def _name(self, tenant_id: str) -> str:
        return f"ambit-{self._stage}-tenant-{tenant_id}"

    def _shared(self, tier: str) -> UsageKey:
        """The key that tenants of a tier share: deployed with the plans."""
        key = self._find(f"ambit-{self._stage}-shared-{tier}")
        if key is None:
            raise DependencyUnavailable(f"The shared key of the tier {tier} is not deployed.", retry_after=60)
        return UsageKey(key.id, key.value, "shared")

    def _are_many(self) -> bool:
        """Whether the account has as many keys as tenants may take; reads no further than that."""
        seen = 0
        for page in self._pages():
            seen += len(page["items"])
            if seen >= self._most_own:
                return True
        return seen >= self._most_own

    def _find(self, name: str) -> UsageKey | None:
        for page in self._pages(nameQuery=name, includeValues=True):
            # The query finds names that begin so: acme-2 too, when acme is asked for.
            for item in page["items"]:
                if item["name"] == name:
                    return UsageKey(item["id"], item["value"])
        return None

    def _pages(self, **request: Any) -> Iterator[Any]:
        while True:
            page = self._call("get_api_keys", limit=_PAGE, **request)
            yield page
            if not page.get("position"):
                return
            request["position"] = page["position"]

    def _make(self, tenant_id: str) -> UsageKey:
        value = secrets.token_urlsafe(_VALUE_BYTES)
        made = self._call("create_api_key", name=self._name(tenant_id), value=value, enabled=True)
        return UsageKey(made["id"], value)

    def _take_out(self, key: UsageKey, plans: Iterable[str]) -> None:
        for plan in plans:
            if self._is_in(plan, key):
                self._call("delete_usage_plan_key", missing_ok=True, usagePlanId=plan, keyId=key.id)

    def _is_in(self, plan: str, key: UsageKey) -> bool:
        return self._call("get_usage_plan_key", missing_ok=True, usagePlanId=plan, keyId=key.id) is not None

    def _call(self, operation: str, *, missing_ok: bool = False, **request: Any) -> Any:
        from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own

        with suppress(_Missing):
            try:
                return getattr(self._client(), operation)(**request)
            except (ConnectionError, HTTPClientError):
                raise _busy() from None
            except ClientError as failure:
                if missing_ok and code_of(failure) == "NotFoundException":
                    raise _Missing from None
                if code_of(failure) in _TRANSIENT:
                    raise _busy() from None
                raise
        return None


class _Missing(Exception):
    """What was to be removed or looked at is not there."""


def _busy() -> DependencyUnavailable:
    return DependencyUnavailable("API Gateway does not take changes at the moment.", retry_after=5)
