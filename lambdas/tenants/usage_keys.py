"""Usage keys: what API Gateway counts and throttles a tenant's calls by. One key a tenant, in the plan of its tier.

Keys are found by their name, which the tenant's id makes, so that every step can be repeated.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.failures import code_of
from platform_kit.errors import DependencyUnavailable

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

_VALUE_BYTES: Final = 32
_TRANSIENT: Final = frozenset({"TooManyRequestsException", "ServiceUnavailableException", "LimitExceededException"})


@dataclass(frozen=True)
class UsageKey:
    """A key's id, and the value by which the authoriser names it."""

    id: str
    value: str


class UsageKeys:
    """`plans` maps each tier to its usage plan's id; `stage` keeps the names of stages in one account apart."""

    def __init__(self, client: Callable[[], "APIGatewayClient"], plans: Mapping[str, str], stage: str) -> None:
        self._client = client
        self._plans = plans
        self._stage = stage

    def ensure(self, tenant_id: str, tier: str) -> UsageKey:
        """The tenant's key, made if there is none, in the plan of its tier and in no other."""
        key = self._find(tenant_id) or self._make(tenant_id)
        self._take_out(key, set(self._plans.values()) - {self._plans[tier]})
        if not self._is_in(self._plans[tier], key):
            self._call("create_usage_plan_key", usagePlanId=self._plans[tier], keyId=key.id, keyType="API_KEY")
        return key

    def remove(self, tenant_id: str) -> None:
        """Take the tenant's key out of its plan and delete it; nothing happens when there is none."""
        key = self._find(tenant_id)
        if key is None:
            return
        self._take_out(key, self._plans.values())
        self._call("delete_api_key", missing_ok=True, apiKey=key.id)

    def _name(self, tenant_id: str) -> str:
        return f"ambit-{self._stage}-tenant-{tenant_id}"

    def _find(self, tenant_id: str) -> UsageKey | None:
        name = self._name(tenant_id)
        request: dict[str, Any] = {"nameQuery": name, "includeValues": True, "limit": 500}
        while True:
            page = self._call("get_api_keys", **request)
            # The query finds names that begin so: acme-2 too, when acme is asked for.
            for item in page["items"]:
                if item["name"] == name:
                    return UsageKey(item["id"], item["value"])
            if not page.get("position"):
                return None
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
