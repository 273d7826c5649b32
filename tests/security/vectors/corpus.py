"""The whole corpus by readable name: what must be refused, and why, and what must be accepted."""

from typing import Final

from tests.security.vectors import (
    confusion,
    documents,
    ecdsa,
    encodings,
    forms,
    headers,
    honest,
    keys,
    pkcs1,
    signatures,
)
from tests.security.vectors.base import Cases

_KINDS: Final = (signatures, ecdsa, pkcs1, keys, confusion, headers, encodings, documents, forms)
INVALID: Final[Cases] = {name: case for kind in _KINDS for name, case in kind.CASES.items()}
VALID: Final[Cases] = honest.CASES
