"""A call as policy sees it: what an agent asks for, and what its run has done so far."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from governance.policy.constraints import MOST_INTEGER, is_number
from governance.policy.scope import Scope
from governance.policy.tools import MOST_NAME
from governance.policy.trusted_text import TrustedText
from governance.tiers import Tier

_MOST_VALUES: Final = 10_000
_DEEPEST: Final = 32
_MOST_TARGETS: Final = 100
_TIERS: Final = frozenset(Tier)


@dataclass(frozen=True, slots=True)
class Call:
    """One call. Nothing is checked when it is made: `fault` does, and `decide` denies what has one.

    `arguments` are plain JSON values; `cost_so_far` is the run's in pico-dollars, `calls_so_far` those of this tool in
    this run; `tainted` says that untrusted text is in the run; `tier` is the tenant's. What the call is about, as the
    gateway can tell: `hosts` it reaches (lower case, no port), `models` it uses, `data_scopes` it touches. `scope` is
    what the run's caller has narrowed it to, `trusted` the text that its arguments may come from; None: none.
    """

    tool: str
    arguments: dict[str, Any]
    tier: str
    cost_so_far: int
    calls_so_far: int
    tainted: bool
    action: str | None = None
    hosts: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    data_scopes: tuple[str, ...] = ()
    scope: Scope | None = None
    trusted: TrustedText | None = None

    def fault(self) -> str | None:
        """What cannot be understood of this call, in words; None when all can."""
        return next(self._faults(), None)

    def _faults(self) -> Iterator[str]:
        if not _is_name(self.tool):
            yield "tool is no name"
        if not isinstance(self.tier, str) or self.tier not in _TIERS:
            yield "tier is none of the tenants' tiers"
        if not _is_count(self.cost_so_far) or not _is_count(self.calls_so_far):
            yield "what the run has cost and called is not given as two whole numbers of at most 63 bits"
        if not isinstance(self.tainted, bool):
            yield "tainted is neither true nor false"
        if self.action is not None and not _is_name(self.action):
            yield "action is no name"
        if not (_are_texts(self.hosts) and _are_texts(self.models) and _are_texts(self.data_scopes)):
            yield "hosts, models and data scopes are not tuples of at most 100 texts"
        if not (self.scope is None or (isinstance(self.scope, Scope) and self.scope.is_sound())):
            yield "scope is none"
        if not (self.trusted is None or isinstance(self.trusted, TrustedText)):
            yield "trusted is no text of the run"
        if not isinstance(self.arguments, dict) or not _is_plain(self.arguments):
            yield "the arguments are not plain JSON: finite numbers of 63 bits, 10 000 values, 32 levels at most"


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MOST_NAME


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_INTEGER


def _are_texts(value: object) -> bool:
    if not isinstance(value, tuple) or len(value) > _MOST_TARGETS:
        return False
    return not value or all(isinstance(text, str) for text in value)


def _is_plain(arguments: object) -> bool:
    """Level by level, so that neither a deep nor a wide document costs more than its bounds."""
    level, seen = [arguments], 0
    for _ in range(_DEEPEST):
        seen += len(level)
        if seen > _MOST_VALUES or not all(map(_is_value, level)):
            return False
        level = [inner for value in level if isinstance(value, dict | list) for inner in _inside(value)]
        if not level:
            return True
    return False


def _is_value(value: object) -> bool:
    if value is None or isinstance(value, str | bool | list):
        return True
    return is_number(value) if not isinstance(value, dict) else all(isinstance(key, str) for key in value)


def _inside(value: dict[str, object] | list[object]) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value
