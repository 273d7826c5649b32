"""What of a tenant's data is content, and how it is kept: sealed under the tenant's own key where it has one.

Tables and buckets ask here on every write and read, so that no repository can forget it. Keys, states, times and ids
stay plain; what a tenant, its people or its agents said does not. A sealed attribute is binary in DynamoDB and its
plain predecessor is text, so that neither is taken for the other and older values keep being read.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol

from data_access_lib.errors import ContentUnreadable, UnstorableValue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data_access_lib.codec import Item

    Place = Sequence[str]

_SAID: Final = ("input", "context", "metadata", "progress", "output", "error", "pendingOutput", "pendingError")
# What shares a run's partition: its events, its checkpoint, what its agent asked and was answered, its replays.
_BESIDE_A_RUN: Final = ("payload", "checkpoint", "recordedCall", "replayPlan", "replayHeard", "replayResult")
CONTENT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "RUN": frozenset({*_SAID, *_BESIDE_A_RUN}),
        "SESSION": frozenset({"note"}),
        "IDEM": frozenset({"response"}),
        "APPROVAL": frozenset({"arguments", "votes"}),
        "INCIDENT": frozenset({"postmortem"}),
        "TIMELINE": frozenset({"note"}),
        "WEBHOOK": frozenset({"secrets"}),
        "DELIVERY": frozenset({"attempts"}),  # with what the endpoint answered
        "SCHEDULE": frozenset({"input", "context", "metadata"}),
    }
)
"""The attributes that are content, by the kind in the partition key."""
_SEALED_OBJECT: Final = 1
"""The first byte of a sealed object (`sealing.VERSION`); what is kept so are JSON documents, which never have it."""


class Cipher(Protocol):
    """Seals and opens for one tenant. KeyUnavailable when that is not possible now, ContentErased when never again."""

    @property
    def key_arn(self) -> str | None:
        """The tenant's KMS key; None when it has none."""
        ...

    def seal(self, plain: bytes, place: Place) -> bytes | None:
        """The sealed bytes; None when the tenant has no key yet."""
        ...

    def open(self, sealed: bytes, place: Place) -> bytes:
        """What was sealed for this place; ContentUnreadable otherwise."""
        ...


class PlainContent:
    """Of owners without a key, such as the platform itself. It writes plain and cannot read what is sealed."""

    key_arn: str | None = None

    def seal(self, _plain: bytes, _place: Place) -> None:
        """Nothing is sealed."""

    def open(self, _sealed: bytes, _place: Place) -> bytes:
        """Never: there is no key here."""
        raise ContentUnreadable


class Content:
    """One owner's content, as tables and buckets put it away and take it out."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def put_away(self, key: tuple[str, str], attributes: Mapping[str, object]) -> Mapping[str, object]:
        """The attributes as they are stored at this key."""
        names = _content_of(key[0]).intersection(attributes)
        return {**attributes, **{name: self._sealed(key, name, attributes[name]) for name in names}}

    def take_out(self, item: Item, key: tuple[str, str] | None = None) -> Item:
        """The item as it was put away; `key` where its own was not read."""
        place = key or (str(item["pk"]), str(item["sk"]))
        sealed = [name for name in _content_of(place[0]).intersection(item) if isinstance(item[name], bytes)]
        return {**item, **{name: self._opened(place, name, item[name]) for name in sealed}} if sealed else item

    def put_away_object(self, key: str, document: bytes) -> bytes:
        """A JSON document as it is stored in the bucket."""
        return self._cipher.seal(document, ("object", key)) or document

    def take_out_object(self, key: str, stored: bytes) -> bytes:
        """The JSON document that was put away."""
        return self._cipher.open(stored, ("object", key)) if stored[:1] == bytes([_SEALED_OBJECT]) else stored

    def object_encryption(self) -> dict[str, Any]:
        """How S3 is told to encrypt an object: with the tenant's key, asked for each object (S3: SSE-KMS).

        No bucket key: it would let S3 read on for a while after the tenant's key was disabled.
        """
        arn = self._cipher.key_arn
        if arn is None:
            return {}
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn, "BucketKeyEnabled": False}

    def _sealed(self, key: tuple[str, str], name: str, value: object) -> object:
        plain = _bytes_of(value)
        sealed = self._cipher.seal(plain, ("item", *key, name))
        return value if sealed is None else sealed

    def _opened(self, key: tuple[str, str], name: str, sealed: bytes) -> str:
        return self._cipher.open(sealed, ("item", *key, name)).decode()


class UnopenedContent(Content):
    """Content as it lies there, sealed or plain: for who removes what perhaps nobody can open any more."""

    def take_out(self, item: Item, _key: tuple[str, str] | None = None) -> Item:
        """The item as it is stored."""
        return item


PLAIN: Final = Content(PlainContent())
UNOPENED: Final = UnopenedContent(PlainContent())


def _content_of(partition: str) -> frozenset[str]:
    """The names of the content attributes of a partition `TENANT#<owner>#<KIND>…`."""
    return CONTENT.get(partition.split("#", 3)[2], frozenset())


def _bytes_of(value: object) -> bytes:
    if not isinstance(value, str):
        raise UnstorableValue("Content is stored as text.")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise UnstorableValue("A text holds half of a surrogate pair.") from None
