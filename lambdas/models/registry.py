"""What tenants say of their models, kept for 15 seconds, and the credentials of providers, kept for five minutes.

Both are kept by tenant: nothing that one tenant has is looked up for another. What cannot be read is not guessed.
"""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

from data_access_lib.repositories.models import Models
from data_access_lib.tenant import TenantContext
from platform_kit.observability import count

ENTRIES_SECONDS: Final = 15.0
SECRET_SECONDS: Final = 300.0
NO_SECRET_SECONDS: Final = 30.0
_BOUND: Final = 512
T = TypeVar("T")

Entries = Mapping[str, Mapping[str, Any]]
"""A tenant's entries, by alias."""
ReadSecret = Callable[[], str | None]
"""The text of a secret; None when there is none. DependencyUnavailable when that cannot be told."""


class Kept(Generic[T]):
    """Values by key, each for as long as it says. Safe to share between threads; what fails is not kept."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._values: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, key: str, read: Callable[[], T], seconds: Callable[[T], float]) -> T:
        """The value of a key, read anew when it is too old; its age counts from before it was read."""
        now = self._monotonic()
        with self._lock:
            found = self._values.get(key)
        if found is not None and found[0] > now:
            return found[1]
        value = read()
        with self._lock:
            self._values[key] = (now + seconds(value), value)
            self._values.move_to_end(key)
            if len(self._values) > _BOUND:
                self._values.popitem(last=False)
        return value


class ModelRegistry:
    """What tenants say of their models. `records` opens a tenant's."""

    def __init__(
        self, records: Callable[[TenantContext], Models], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._records = records
        self._kept: Kept[Entries] = Kept(monotonic)

    def of(self, tenant: TenantContext) -> Entries:
        """A tenant's entries, at most 15 seconds old; DependencyUnavailable."""
        return self._kept.get(str(tenant.tenant_id), lambda: self._read(tenant), lambda _: ENTRIES_SECONDS)

    def _read(self, tenant: TenantContext) -> Entries:
        return {str(entry["alias"]): entry for entry in self._records(tenant).list()}


class Credentials:
    """Secrets of providers: `{"openai": {"apiKey": …}, "azure": {"apiKey": …, "resource": …}}`."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._kept: Kept[Mapping[str, Any]] = Kept(monotonic)

    def of(self, owner: str, provider: str, read: ReadSecret) -> Mapping[str, Any]:
        """An owner's credential for a provider, empty when it has none. `owner` is a tenant's id, or `platform`."""
        known = self._kept.get(
            owner, lambda: _secret(read()), lambda found: SECRET_SECONDS if found else NO_SECRET_SECONDS
        )
        found = known.get(provider)
        return found if isinstance(found, Mapping) else {}


def _secret(text: str | None) -> Mapping[str, Any]:
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        count("ModelSecretUnreadable")
        return {}
    return value
