"""Envelopes to begin with. They are copied, not referred to: a preset that changes alters nobody's policy."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.guardrails.classes import PII, Action
from governance.policy.envelope import Envelope

# Whether personal data is masked is the tenant's to say: its agents may be there to work with it. Secrets never pass.
_PERSONAL_DATA_PASSES: Final = {found.value: Action.ALLOW.value for found in PII}

STRICT: Final = Envelope.parse(
    {
        "autonomyTier": 1,
        "maxCostPerRun": "0.10",
        "tools": [
            {"name": "calculator"},
            {"name": "time"},
            {"name": "files.read", "maxCallsPerRun": 50},
            {"name": "model.chat", "maxCallsPerRun": 50},
        ],
        "dataScopes": ["files.read"],
        "models": ["*"],
        "egress": [],
        "sideEffectsWhenTainted": "deny",
        "guardrails": {"actions": {"injection": "block"}},
    }
)
BALANCED: Final = Envelope.parse(
    {
        "autonomyTier": 2,
        "maxCostPerRun": "1.00",
        "tools": [
            {"name": "calculator"},
            {"name": "time"},
            {"name": "search", "maxCallsPerRun": 50},
            {"name": "files.*", "maxCallsPerRun": 200},
            {"name": "model.chat", "maxCallsPerRun": 200},
            {
                "name": "http.fetch",
                "maxCallsPerRun": 50,
                "constraints": [{"argument": "/method", "oneOf": ["GET", "HEAD"]}],
            },
        ],
        "dataScopes": ["files.*"],
        "models": ["*"],
        "egress": [],
        "sideEffectsWhenTainted": "ask",
        "guardrails": {"actions": _PERSONAL_DATA_PASSES},
    }
)
PERMISSIVE: Final = Envelope.parse(
    {
        "autonomyTier": 3,
        "maxCostPerRun": "10.00",
        "tools": [{"name": "*"}],
        "dataScopes": ["*"],
        "models": ["*"],
        "egress": ["*"],
        "sideEffectsWhenTainted": "allow",
        "guardrails": {"actions": _PERSONAL_DATA_PASSES},
    }
)


class Preset(StrEnum):
    """The presets by name, strictest first."""

    STRICT = "strict"
    BALANCED = "balanced"
    PERMISSIVE = "permissive"


DEFAULT: Final = Preset.BALANCED
"""Of an agent whose manifest names none."""
PRESETS: Final[Mapping[str, Envelope]] = MappingProxyType(
    {Preset.STRICT: STRICT, Preset.BALANCED: BALANCED, Preset.PERMISSIVE: PERMISSIVE}
)
"""By name, strictest first: each allows nothing that the next does not."""
