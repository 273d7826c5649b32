"""The boundary itself: which partitions and objects one caller may name. Everything asks here before a call."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NoReturn

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier, InvalidObjectKey, TenantAccessViolation, UnstorableValue
from data_access_lib.signals import AccessAttempt, AccessSignals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from data_access_lib.tenant import TenantId

    Observer = Callable[[str, str, str], None]

_REST: Final = re.compile(r"([A-Z][A-Z_]{0,31})(?:#[!-~]{1,200})?")
_INDEX_PARTITION: Final = re.compile(r"gsi\d+pk", re.ASCII)
_MAX_SORT_KEY_BYTES: Final = 1024
_MAX_OBJECT_KEY_BYTES: Final = 1024


class Boundary:
    """One owner's partitions, or only some kinds of them when `kinds` is given.

    `observe` is told of every permitted access before it is made; what it raises stops the access.
    """

    def __init__(
        self,
        owner: TenantId,
        principal_id: str,
        signals: AccessSignals,
        *,
        kinds: frozenset[str] | None = None,
        observe: Observer | None = None,
    ) -> None:
        self.owner = owner
        self.principal_id = principal_id
        self._signals = signals
        self._kinds = kinds
        self._observe = observe
        self._prefix = keys.owner_prefix(owner)

    def allows(self, partition: object) -> bool:
        """Whether a partition key is inside, by its whole shape and not only by its beginning."""
        if not isinstance(partition, str) or not partition.startswith(self._prefix):
            return False
        rest = _REST.fullmatch(partition, len(self._prefix))
        return rest is not None and (self._kinds is None or rest.group(1) in self._kinds)

    def partition(self, partition: object, operation: str, resource: str) -> None:
        """Refuse a partition key outside: TenantAccessViolation, after the signals were told."""
        self._inside(partition, operation, resource)
        self._permitted(operation, resource, str(partition))

    def key(self, key: tuple[str, str], operation: str, resource: str) -> None:
        """Check a primary key; its sort key is bounded too (InvalidIdentifier)."""
        pk, sk = key
        self._inside(pk, operation, resource)
        if not isinstance(sk, str) or not 0 < len(sk.encode("utf-8", "replace")) <= _MAX_SORT_KEY_BYTES:
            raise InvalidIdentifier("key")
        self._permitted(operation, resource, f"{pk}/{sk}")

    def keys(self, several: Iterable[tuple[str, str]], operation: str, resource: str) -> None:
        """Check every key before the first is used."""
        for key in several:
            self.key(key, operation, resource)

    def item(self, item: Mapping[str, object], operation: str, resource: str) -> None:
        """Check an item's own key and every index partition it would appear in."""
        pk, sk = item.get("pk"), item.get("sk")
        self.key((pk, sk), operation, resource)  # type: ignore[arg-type]  # it checks the types itself
        self.indexed(item, operation, resource)

    def indexed(self, attributes: Mapping[str, object], operation: str, resource: str) -> None:
        """Check the index partitions that these attributes would put an item into."""
        for name, value in attributes.items():
            if _INDEX_PARTITION.fullmatch(name):
                self._inside(value, operation, resource)

    def change(self, names: Iterable[str]) -> None:
        """Refuse to change a primary key: an update never moves an item."""
        if not {"pk", "sk"}.isdisjoint(names):
            raise UnstorableValue("An item's key cannot be changed.")

    def object_key(self, key: str, operation: str, bucket: str) -> None:
        """Check an object key: inside the tenant's root, and in its one normal form (InvalidObjectKey)."""
        self.object_prefix(key, operation, bucket)
        segments = key.split("/")
        if not all(segments) or any(set(segment) <= {"."} for segment in segments):
            raise InvalidObjectKey

    def object_prefix(self, prefix: str, operation: str, bucket: str) -> None:
        """Check what a listing begins with: the tenant's whole root at least."""
        if not isinstance(prefix, str) or not prefix.startswith(keys.root_of(self.owner)):
            self._refuse(prefix, operation, bucket)
        if not _plain(prefix) or "/../" in prefix or "/./" in prefix or "//" in prefix:
            raise InvalidObjectKey

    def _inside(self, partition: object, operation: str, resource: str) -> None:
        if not self.allows(partition):
            self._refuse(partition, operation, resource)

    def _permitted(self, operation: str, resource: str, target: str) -> None:
        if self._observe is not None:
            self._observe(operation, resource, target)

    def _refuse(self, attempted: object, operation: str, resource: str) -> NoReturn:
        self._signals.violation(
            AccessAttempt(
                tenant_id=self.owner,
                principal_id=self.principal_id,
                operation=operation,
                resource=resource,
                attempted=str(attempted),
            )
        )
        raise TenantAccessViolation


def _plain(text: str) -> bool:
    return (
        "\\" not in text
        and text.isprintable()
        and unicodedata.is_normalized("NFC", text)
        and len(text.encode()) <= _MAX_OBJECT_KEY_BYTES
    )
