"""The envelope that counts for an agent: its manifest's preset, for its manifest's tools, narrowed by overrides.

Pure. What a manifest lists and its preset does not grant is not granted; what an override asks beyond has no effect.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from governance.policy.envelope import Envelope, EnvelopeError, Fault, Override
from governance.policy.narrowing import narrow
from governance.policy.presets import DEFAULT, PRESETS

_LISTED: Final = (list, tuple)


def base_of(manifest: Mapping[str, Any]) -> Envelope:
    """What an agent version may do before any tenant's override; EnvelopeError for a manifest that does not say."""
    preset = PRESETS.get(manifest.get("policy", DEFAULT))
    if preset is None:
        raise EnvelopeError([Fault("/policy", f"is none of {', '.join(PRESETS)}")])
    tools = manifest.get("tools", ())
    if not isinstance(tools, _LISTED) or not all(isinstance(name, str) for name in tools):
        raise EnvelopeError([Fault("/tools", "is no list of names")])
    listed = Override.parse({"tools": [{"name": name} for name in dict.fromkeys(tools)]})
    return narrow(preset, listed).envelope


def narrowed(base: Envelope, overrides: Iterable[Override]) -> Envelope:
    """What the base and every override allow."""
    for override in overrides:
        base = narrow(base, override).envelope
    return base
