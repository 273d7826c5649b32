"""Public keys in files: what signatures are held against offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def verifier(pems: Sequence[bytes]) -> Callable[[str, bytes, bytes], bool]:
    """Whether one of these public keys (PEM, P-256) made a raw signature; ValueError for what is no such key."""
    from governance.public_keys import holds, public_key

    keys = [public_key(pem.decode("ascii")).pem for pem in pems]
    return lambda _key_id, message, raw: any(holds(key, message, raw) for key in keys)
