"""What is done with each class of finding unless somebody says otherwise. Needs no detector."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from governance.guardrails.classes import PII, SECRETS, SIGNALS, Action, DataClass

DEFAULTS: Final[Mapping[DataClass, Action]] = MappingProxyType(
    {
        **dict.fromkeys(SECRETS, Action.MASK),
        **dict.fromkeys(PII, Action.MASK),
        **dict.fromkeys(SIGNALS, Action.ALLOW),
    }
)
"""What is done with a class of which the tenant says nothing."""
REGIONS: Final = ("US", "GB", "DE", "FR")
"""Countries whose telephone numbers are known without their country code, unless the tenant names others."""
MOST_REGIONS: Final = 8
_STRICTNESS: Final = {Action.ALLOW: 0, Action.HASH: 1, Action.MASK: 1, Action.BLOCK: 2}


def stricter(base: Action, other: Action) -> Action:
    """The stricter of two actions; of a mask and a hash, which both take the text away, the second."""
    return other if _STRICTNESS[other] >= _STRICTNESS[base] else base
