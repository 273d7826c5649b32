"""The issuers' keys: fresh for ten minutes, good for a day while the issuer is down, never a way to hammer it."""

from collections.abc import Callable
from typing import Any, Final

from lambdas.authoriser.caches import AgeingCache
from lambdas.authoriser.jwks_fetch import FetchFailed
from lambdas.authoriser.models import DependencyDown
from platform_kit.jwk import BadKeySet, Keys, read_key_set
from platform_kit.jws import TokenRefused

FRESH_SECONDS: Final = 600
STALE_SECONDS: Final = 24 * 3600
RETRY_SECONDS: Final = 10  # between two fetches of one address, whatever their cause or outcome
_MOST_ADDRESSES: Final = 256

Fetch = Callable[[str], bytes]


class _Source:
    """What is known of one address. `keys` is None until a first fetch succeeded; times in epoch seconds."""

    def __init__(self) -> None:
        self.keys: Keys | None = None
        self.fetched_at = 0.0
        self.tried_at = float("-inf")
        self.failing = False


class KeySets:
    """Key sets by address. One fetch every `RETRY_SECONDS` and address at most, also under a rain of unknown `kid`s."""

    def __init__(self, fetch: Fetch, on_failure: Callable[[str], None]) -> None:
        self._fetch = fetch
        self._on_failure = on_failure
        self._sources: AgeingCache[str, _Source] = AgeingCache(_MOST_ADDRESSES)

    def key(self, uri: str, kid: str, algorithm: str, now: float) -> Any:
        """The public key; TokenRefused when the issuer has no such key, DependencyDown when that cannot be told."""
        source = self._source(uri, now)
        if now - source.fetched_at >= FRESH_SECONDS or source.keys is None:
            self._refresh(uri, source, now)
        found = self._find(source, kid, algorithm, now)
        if found is None and self._refresh(uri, source, now):
            found = self._find(source, kid, algorithm, now)
        if found is None:
            raise DependencyDown("issuer keys") if source.failing else TokenRefused("unknown_kid")
        return found

    def _source(self, uri: str, now: float) -> _Source:
        source = self._sources.get(uri, now) or _Source()
        self._sources.put(uri, source, float("inf"))
        return source

    def _find(self, source: _Source, kid: str, algorithm: str, now: float) -> Any:
        if source.keys is None or now - source.fetched_at >= STALE_SECONDS:
            raise DependencyDown("issuer keys")
        return source.keys.get((kid, algorithm))

    def _refresh(self, uri: str, source: _Source, now: float) -> bool:
        """Fetch, unless that was tried just now. Whether there is a new set; a failure leaves the old one in place."""
        if now - source.tried_at < RETRY_SECONDS:
            return False
        source.tried_at = now
        try:
            source.keys, source.fetched_at, source.failing = read_key_set(self._fetch(uri)), now, False
        except (FetchFailed, BadKeySet) as error:
            source.failing = True
            self._on_failure(str(error))
        return not source.failing
