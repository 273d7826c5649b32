"""Digests of JSON values: what is the same has the same, and nothing can be read from one."""

import hashlib
import json
from typing import Any


def digest(value: Any) -> str:
    """SHA-256 in hexadecimal of canonical JSON: sorted names, no spaces. ValueError or TypeError for anything else."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
