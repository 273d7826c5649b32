"""What is asked for, frozen: a digest over all that an approver is shown, so that nothing else can be done with it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from governance.approvals.words import Kind

MOST_BYTES: Final = 256 * 1024
"""Of arguments, as JSON in UTF-8: more cannot be kept beside an approval, and nobody would read it."""
_EXACT: Final = 2**53
"""Up to here a float names one whole number (IEEE 754 binary64)."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """One action of one agent version in one run of one tenant; `arguments` are plain JSON.

    What is no call of a tool leaves `run_id` and `tool` empty and puts what it changes into the arguments.
    """

    tenant: str
    run_id: str
    agent: str
    version_id: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    kind: Kind = Kind.TOOL

    def digest(self) -> str:
        """SHA-256 (hex) of canonical JSON; ValueError for what is not plain JSON.

        The order of names does not count, nor whether a whole number is written `1` or `1.0`: JSON knows one number
        there. Everything else does, to the code point: no case is folded and no text normalised.
        """
        named = {
            "kind": self.kind.value,
            "tenant": self.tenant,
            "run": self.run_id,
            "agent": self.agent,
            "version": self.version_id,
            "tool": self.tool,
            "arguments": _exact(self.arguments),
        }
        return hashlib.sha256(_canonical(named).encode()).hexdigest()


def size_of(arguments: Mapping[str, Any]) -> int:
    """How many bytes the arguments have as JSON in UTF-8."""
    return len(json.dumps(arguments, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def shown(arguments: Mapping[str, Any]) -> str:
    """The arguments as indented JSON for people to look at: whole, numbers to the digit, and nothing invisible.

    What cannot be printed is escaped, such as marks that turn the direction of text or take no room: what is read is
    what would be sent.
    """
    text = json.dumps(arguments, ensure_ascii=False, indent=2)
    return "".join(one if one == "\n" or one.isprintable() else json.dumps(one)[1:-1] for one in text)


def _canonical(document: object) -> str:
    # Escaped to ASCII: half a surrogate pair has a spelling there, and two texts never have the same.
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _exact(value: object) -> object:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= _EXACT else value
    if isinstance(value, Mapping):
        return {_name(name): _exact(inner) for name, inner in value.items()}
    return [_exact(inner) for inner in value] if isinstance(value, list | tuple) else value


def _name(name: object) -> str:
    if not isinstance(name, str):  # `json` would write 1 and "1" alike
        raise ValueError("a name in a document is no text")  # noqa: TRY004 - one error for what is not JSON
    return name
