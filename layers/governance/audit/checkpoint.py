"""A checkpoint: what a chain was at a moment, signed by a key that nobody who writes the chain can use (ADR 0054).

    {schema, tenant, count, head, root, peaks, time, previous, keyId, signature}

`count` and `head` say where the chain ended, `root` and `peaks` are the Merkle tree over its entries, `previous` is the
hash of the checkpoint before it. Signed is the schema's name, a line feed and the canonical JSON of all but the
signature: ECDSA on P-256 with SHA-256, as raw `r || s` in base64url.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from governance.audit.chain import Head
from governance.audit.entry import FIRST, MOST_SEQ, canonical
from governance.audit.merkle import Frontier

SCHEMA: Final = "ambit-audit-checkpoint/1"
NAMES: Final = frozenset(
    {"schema", "tenant", "count", "head", "root", "peaks", "time", "previous", "keyId", "signature"}
)
_SIGNATURE_BYTES: Final = 64

Sign = Callable[[bytes], bytes]
"""From a message to its raw 64-byte ES256 signature."""
Verify = Callable[[str, bytes, bytes], bool]
"""Whether a raw signature of a message is the key's of this id: (key id, message, signature)."""


class NoCheckpoint(ValueError):
    """It is not what a checkpoint must be; the message says how, in a few words."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was signed, and the signature in base64url."""

    tenant: str
    count: int
    head: str
    root: str
    peaks: tuple[str, ...]
    time: str
    previous: str
    key_id: str
    signature: str = ""

    @property
    def end(self) -> Head:
        """Where the chain ended."""
        return Head(self.count, self.head)

    @property
    def frontier(self) -> Frontier:
        """The tree over the chain; ValueError when the peaks are not a tree's of this count."""
        return Frontier.of(self.count, self.peaks)

    @property
    def message(self) -> bytes:
        """What is signed."""
        return f"{SCHEMA}\n".encode() + canonical(self._body())

    @property
    def hash(self) -> str:
        """How the next checkpoint names this one."""
        return sha256(self.message).hexdigest()

    def signed(self, sign: Sign) -> "Checkpoint":
        """The same with its signature."""
        raw = sign(self.message)
        return replace(self, signature=base64.urlsafe_b64encode(raw).rstrip(b"=").decode())

    def as_json(self) -> dict[str, Any]:
        """As it is stored and handed out."""
        return {**self._body(), "signature": self.signature}

    def _body(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "tenant": self.tenant,
            "count": self.count,
            "head": self.head,
            "root": self.root,
            "peaks": list(self.peaks),
            "time": self.time,
            "previous": self.previous,
            "keyId": self.key_id,
        }


def after(
    previous: Checkpoint | None, tenant: str, head: Head, tree: Frontier, *, time: str, key_id: str
) -> Checkpoint:
    """The checkpoint that follows `previous` (None: the first), not signed yet."""
    before = previous.hash if previous else FIRST
    return Checkpoint(tenant, head.seq, head.hash, tree.root, tuple(tree.told), time, before, key_id)


def read(value: object) -> Checkpoint:
    """A checkpoint of parsed JSON; NoCheckpoint unless it is exactly one, and its root is that of its peaks."""
    if not isinstance(value, dict) or value.keys() != NAMES or value["schema"] != SCHEMA:
        raise NoCheckpoint("it is not of the schema " + SCHEMA)
    texts = [value[name] for name in ("tenant", "head", "root", "time", "previous", "keyId", "signature")]
    if not all(type(text) is str and text.isascii() for text in texts) or not _is_count(value["count"]):
        raise NoCheckpoint("a field of it is of another type")
    if not isinstance(value["peaks"], list) or not all(type(peak) is str for peak in value["peaks"]):
        raise NoCheckpoint("a field of it is of another type")
    return _sound(_made(value))


def signature_holds(checkpoint: Checkpoint, verify: Verify) -> bool:
    """Whether the signature is of this checkpoint, by the key that it names."""
    try:
        raw = base64.urlsafe_b64decode(checkpoint.signature + "==")
    except (binascii.Error, ValueError):
        return False
    canonical_form = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == checkpoint.signature
    return canonical_form and len(raw) == _SIGNATURE_BYTES and verify(checkpoint.key_id, checkpoint.message, raw)


def _made(value: Mapping[str, Any]) -> Checkpoint:
    return Checkpoint(
        value["tenant"],
        value["count"],
        value["head"],
        value["root"],
        tuple(value["peaks"]),
        value["time"],
        value["previous"],
        value["keyId"],
        value["signature"],
    )


def _sound(checkpoint: Checkpoint) -> Checkpoint:
    try:
        root = checkpoint.frontier.root
    except ValueError:
        raise NoCheckpoint("its peaks are not a tree's of its count") from None
    if root != checkpoint.root:
        raise NoCheckpoint("its root is not that of its peaks")
    return checkpoint


def _is_count(value: object) -> bool:
    return type(value) is int and 0 < value <= MOST_SEQ
