"""A tenant's choice: what is done with which class."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from governance.guardrails.actions import DEFAULTS, MOST_REGIONS, REGIONS
from governance.guardrails.classes import Action, DataClass

_LEAST_KEY: Final = 16
_REGION: Final = re.compile("[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class GuardrailPolicy:
    """Actions by class, and the regions of telephone numbers (ISO 3166-1). ValueError for what makes no sense.

    `hash_key` (at least 16 bytes, a secret of the tenant's) is needed where anything is hashed: without a key, a hash
    of a telephone number is undone by hashing all of them.
    """

    actions: Mapping[DataClass, Action] = field(default_factory=lambda: DEFAULTS)
    regions: tuple[str, ...] = REGIONS
    hash_key: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        """Fill in what is left out; refuse what cannot be carried out."""
        object.__setattr__(self, "actions", MappingProxyType({**DEFAULTS, **self.actions}))
        if Action.HASH in self.actions.values() and len(self.hash_key) < _LEAST_KEY:
            raise ValueError("hashing needs a key of at least 16 bytes")
        if not set(self.actions) <= set(DataClass) or not set(self.actions.values()) <= set(Action):
            raise ValueError("an unknown class or action")
        if len(self.regions) > MOST_REGIONS or not all(_REGION.fullmatch(region) for region in self.regions):
            raise ValueError("regions are at most eight codes of two capital letters")

    def acts_on(self, found: DataClass) -> bool:
        """Whether anything but a report is made of this class."""
        return self.actions[found] is not Action.ALLOW

    def replacement(self, found: DataClass, text: str) -> str:
        """What stands in the cleaned text instead: `[EMAIL]`, or with a hash `[EMAIL:6f1ed002ab559585]`."""
        if self.actions[found] is not Action.HASH:
            return f"[{found.upper()}]"
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, key=self.hash_key[:64])
        return f"[{found.upper()}:{digest.hexdigest()}]"


STRICT: Final = GuardrailPolicy(dict.fromkeys(DataClass, Action.BLOCK))
"""Blocks every class: what stands for a policy that cannot be read."""


def read_policy(value: object, hash_key: bytes = b"") -> GuardrailPolicy:
    """The policy in `{"actions": {class: action}, "regions": [code]}`; STRICT for anything else. Never raises."""
    try:
        return _read(value, hash_key) if isinstance(value, Mapping) else STRICT
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the answer is the same
        return STRICT


def _read(value: Mapping[str, Any], hash_key: bytes) -> GuardrailPolicy:
    if not value.keys() <= {"actions", "regions"}:
        return STRICT
    actions = {DataClass(name): Action(action) for name, action in value.get("actions", {}).items()}
    return GuardrailPolicy(actions, tuple(value.get("regions", REGIONS)), hash_key)
