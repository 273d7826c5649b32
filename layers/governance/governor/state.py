"""What the governor remembers of a run: small, frozen, and JSON."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Self

from governance.governor.halts import Halt, HaltKind
from governance.governor.profiles import MOST, PROFILES, Limits, ProfileName, is_count

WINDOW: Final = 32
"""How many calls and answers are remembered."""
OUTCOMES: Final = 20
"""Of how many calls the outcome is remembered."""
MARKERS: Final = 8
RESETS: Final = 3
"""How many resets the state keeps; the audit log has all of them."""
MAX_STATE_BYTES: Final = 4_096
"""No state is larger as JSON in UTF-8."""
MALFORMED_STATE: Final = "malformed-state"
_WHO, _WHY = 48, 80
_MARK: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Reset:
    """Who lifted a halt of which rule, why, and when (milliseconds since the epoch)."""

    by: str
    reason: str
    rule: str
    at: int

    @classmethod
    def of(cls, by: str, reason: str, rule: str, at: int) -> Self:
        """A record of it, in bounds."""
        return cls(_line(by)[:_WHO], _line(reason)[:_WHY], rule, at)


@dataclass(frozen=True, slots=True)
class State:
    """A run's memory. `started` in milliseconds since the epoch, `cost` in pico-dollars.

    `version` moves by one with every change: a writer's condition is that it has not moved. `step` counts observations.
    `recent` and `results` are fingerprints, oldest first; `outcomes` is a letter a call: `.` ok, `e` error, `d` denied,
    `x` outage. `risk` drains by a point a call, `exposure` (high and critical calls only) never does.
    """

    profile: ProfileName
    limits: Limits
    started: int
    version: int = 0
    step: int = 0
    calls: int = 0
    tokens: int = 0
    cost: int = 0
    recent: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    last: str = ""
    same: int = 0
    idle: int = 0
    outcomes: str = ""
    risk: int = 0
    exposure: int = 0
    denials: int = 0
    hits: int = 0
    halt: Halt | None = None
    resets: tuple[Reset, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, for the run's record."""
        lists = {name: list(getattr(self, name)) for name in ("recent", "results", "markers")}
        halt = self.halt.as_dict() if self.halt else None
        return {**asdict(self), **lists, "halt": halt, "profile": self.profile.value, "resets": self._resets()}

    def _resets(self) -> list[dict[str, Any]]:
        return [asdict(reset) for reset in self.resets]


def begin(profile: ProfileName, now: int, limits: Limits | None = None) -> State:
    """The state of a run that begins at `now` (milliseconds since the epoch).

    `limits` are the run's own; they may be wider than the profile's. Without them the profile's hold.
    """
    return State(profile, limits or PROFILES[profile].limits, now)


def read(value: object) -> State:
    """The state that `as_dict` wrote. What cannot be read is a state halted for SAFETY; never raises."""
    try:
        return _read(value) if isinstance(value, Mapping) else unreadable()
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the answer is the same
        return unreadable()


def unreadable() -> State:
    """What stands for a state that cannot be read: halted, under the conservative profile."""
    halt = Halt(HaltKind.SAFETY, MALFORMED_STATE, threshold=1, observed=1, step=0)
    return State(ProfileName.CONSERVATIVE, PROFILES[ProfileName.CONSERVATIVE].limits, 0, halt=halt)


def _read(value: Mapping[str, Any]) -> State:
    if value.keys() != _SOUND.keys() or not all(sound(value[name]) for name, sound in _SOUND.items()):
        return unreadable()
    halt = value["halt"]
    made = {
        **value,
        **{name: tuple(value[name]) for name in ("recent", "results", "markers")},
        "profile": ProfileName(value["profile"]),
        "limits": Limits(**value["limits"]),
        "halt": None if halt is None else Halt(**{**halt, "kind": HaltKind(halt["kind"])}),
        "resets": tuple(Reset(**reset) for reset in value["resets"]),
    }
    return State(**made)


def _line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _marks(most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list | tuple) and len(value) <= most and all(map(_is_mark, value))


def _is_mark(value: Any) -> bool:
    return isinstance(value, str) and _MARK.fullmatch(value) is not None


def _is_outcomes(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= OUTCOMES and set(value) <= set(".edx")


def _is_halt(value: Any) -> bool:
    if value is None:
        return True
    numbers = (value["threshold"], value["observed"], value["step"])
    named = isinstance(value["rule"], str) and 0 < len(value["rule"]) <= _WHO
    return value.keys() == _HALT and value["kind"] in set(HaltKind) and named and all(map(is_count, numbers))


def _is_resets(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) <= RESETS and all(map(_is_reset, value))


def _is_reset(value: Any) -> bool:
    texts = all(isinstance(value[name], str) and len(value[name]) <= _WHY for name in ("by", "reason", "rule"))
    return value.keys() == _RESET and texts and is_count(value["at"])


def _names(kind: Any) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))


_HALT: Final = _names(Halt)
_RESET: Final = _names(Reset)
_SOUND: Final[Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(_names(State), is_count),
    "profile": lambda value: isinstance(value, str) and value in set(ProfileName),
    "limits": lambda value: value.keys() == _names(Limits),
    "recent": _marks(WINDOW),
    "results": _marks(WINDOW),
    "markers": _marks(MARKERS),
    "last": lambda value: value == "" or _is_mark(value),
    "outcomes": _is_outcomes,
    "halt": _is_halt,
    "resets": _is_resets,
}


def bounded(value: int) -> int:
    """The number, or the largest that a state holds."""
    return min(value, MOST)
