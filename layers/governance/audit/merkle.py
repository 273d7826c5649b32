"""The Merkle tree over a chain's entries, as RFC 6962 §2.1 and RFC 9162 §2.1 have it.

A leaf is an entry's hash (32 bytes). Leaves and nodes are hashed with different first bytes, so that no inner node can
pass for an entry. `Frontier` holds the tree's peaks alone (one hash for each 1 bit of the count, the largest first): it
grows by one entry at a time, and a checkpoint carries it, so that nobody must read a log from its beginning.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

EMPTY: Final = sha256(b"").digest()
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"
_DIGEST_BYTES: Final = 32


def leaf(entry_hash: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(_LEAF + entry_hash).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(_NODE + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `count` leaves by its peaks. ValueError, by `of`, when there are not as many as the count asks for."""

    count: int = 0
    peaks: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, count: int, peaks: Iterable[str]) -> Self:
        """From the hexadecimal form that a checkpoint has."""
        found = tuple(bytes.fromhex(peak) for peak in peaks)
        if len(found) != count.bit_count() or any(len(peak) != _DIGEST_BYTES for peak in found):
            raise ValueError("the peaks are not those of a tree of this many leaves")
        return cls(count, found)

    def with_entries(self, hashes: Iterable[str]) -> "Frontier":
        """The tree with these entries (hashes in hexadecimal) after what it has."""
        count, peaks = self.count, list(self.peaks)
        for one in hashes:
            current = leaf(bytes.fromhex(one))
            size = count
            while size & 1:  # two trees of the same size are one of twice the size
                current = node(peaks.pop(), current)
                size >>= 1
            peaks.append(current)
            count += 1
        return Frontier(count, tuple(peaks))

    @property
    def root(self) -> str:
        """The root, in hexadecimal."""
        if not self.peaks:
            return EMPTY.hex()
        whole = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            whole = node(peak, whole)
        return whole.hex()

    @property
    def told(self) -> list[str]:
        """The peaks in hexadecimal."""
        return [peak.hex() for peak in self.peaks]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes: MTH of RFC 6962 §2.1."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    middle = _largest_power_below(len(leaves))
    return node(root_of(leaves[:middle]), root_of(leaves[middle:]))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from the leaf at `index` (from 0) to the root: PATH of RFC 6962 §2.1.1."""
    if not 0 <= index < len(leaves):
        raise ValueError("there is no such leaf")
    if len(leaves) == 1:
        return []
    middle = _largest_power_below(len(leaves))
    if index < middle:
        return [*inclusion_proof(leaves[:middle], index), root_of(leaves[middle:])]
    return [*inclusion_proof(leaves[middle:], index - middle), root_of(leaves[:middle])]


def is_included(one: bytes, index: int, count: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf hash `one` at `index` to the root of `count` leaves: RFC 9162 §2.1.3.2."""
    if not 0 <= index < count:
        return False
    place, last, current = index, count - 1, one
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            current = node(sibling, current)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            current = node(current, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and current == root


def _largest_power_below(number: int) -> int:
    return 1 << ((number - 1).bit_length() - 1)
