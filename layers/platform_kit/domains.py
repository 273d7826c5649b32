"""Domains: the field of business an agent belongs to, such as `finance`. A machine's credential may be for some."""

import re
from collections.abc import Mapping
from typing import Any, Final

GENERAL: Final = "general"
"""The domain of an agent that names none, and of every record from before there were domains."""
PATTERN: Final = r"^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$"
_WELL_FORMED: Final = re.compile(PATTERN)


def is_domain(value: object) -> bool:
    """Whether this can be a domain's name."""
    return isinstance(value, str) and _WELL_FORMED.fullmatch(value) is not None


def domain_of(record: Mapping[str, Any]) -> str:
    """The domain that an agent's or a run's record names; "", which no credential is for, when that is none."""
    named = record.get("domain", GENERAL)
    return str(named) if is_domain(named) else ""
