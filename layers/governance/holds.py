"""What holds a tenant's instance of an agent back until a person lifts it. Pure; see docs/incidents.md.

A person makes an instance read-only, drains, pauses or quarantines it; the governor's grave halts latch it: three of
them within an hour. A reset lifts whatever holds it, and forgets the halts that were counted, as the governor's reset
forgets what its rule counted. An instance that nothing holds is active; INSTANCE_MOVES says what may become of it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Self

from governance.governor import HaltKind
from governance.incidents import GRAVE

LATCH_HALTS: Final = 3
"""How many grave halts latch an agent."""
LATCH_SECONDS: Final = 3_600
"""Within how long."""
PAUSE_CASCADE_ORIGIN: Final = True
"""Whether the agent with which a cascade of grave halts began is paused at once."""
RESETS: Final = 3
"""How many resets the record keeps; the audit log has all of them."""


class HoldState(StrEnum):
    """How an agent is held, least first: a graver one stands.

    `read_only` lets runs start and refuses them calls with side effects; `draining` lets those that go on end, and is
    `paused` when none is left; each of the others starts nothing, and `quarantined` ends what runs.
    """

    READ_ONLY = "read_only"
    DRAINING = "draining"
    PAUSED = "paused"
    HALTED = "halted"
    QUARANTINED = "quarantined"


_ORDER: Final = tuple(HoldState)
ACTIVE: Final = "active"
"""How an instance stands that nothing holds."""
INSTANCE_MOVES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        ACTIVE: ("read_only", "draining", "paused", "quarantined"),
        "read_only": (ACTIVE, "draining", "paused", "quarantined"),
        "draining": (ACTIVE, "paused", "quarantined"),
        "paused": (ACTIVE, "read_only", "quarantined"),
        "halted": (ACTIVE, "quarantined"),
        "quarantined": (ACTIVE,),
    }
)
"""What a person may make of an instance. `halted` is the governor's alone; from quarantine all ways lead by active."""


class IllegalMove(ValueError):
    """An instance was to become what its state does not lead to; says what it may become."""

    def __init__(self, old: str, new: str) -> None:
        self.allowed = INSTANCE_MOVES[old]
        super().__init__(f"An instance that is {old} cannot become {new}; it may become {', '.join(self.allowed)}.")


@dataclass(frozen=True, slots=True)
class Held:
    """That an agent is held: since `at` (milliseconds since the epoch), by whom and why, in which incident."""

    state: HoldState
    by: str
    reason: str
    at: int
    incident: str = ""


@dataclass(frozen=True, slots=True)
class HoldReset:
    """Who lifted what, why, and when (milliseconds since the epoch)."""

    by: str
    reason: str
    state: str
    at: int


@dataclass(frozen=True, slots=True)
class Hold:
    """A tenant's agent: how it is held, if it is, and when it last halted gravely (milliseconds, oldest first)."""

    held: Held | None = None
    halts: tuple[int, ...] = ()
    resets: tuple[HoldReset, ...] = ()
    version: int = 0

    @classmethod
    def read(cls, value: Mapping[str, Any] | None) -> Self:
        """What `as_dict` wrote; of nothing, an agent that nothing holds."""
        if value is None:
            return cls()
        held = value.get("held")
        return cls(
            None if held is None else Held(**{**held, "state": HoldState(held["state"])}),
            tuple(value.get("halts", ())),
            tuple(HoldReset(**reset) for reset in value.get("resets", ())),
            int(value["version"]),
        )

    @property
    def state(self) -> str:
        """How the instance stands."""
        return ACTIVE if self.held is None else self.held.state.value

    @property
    def bars_starts(self) -> bool:
        """Whether nothing new of the agent begins."""
        return self.held is not None and self.held.state is not HoldState.READ_ONLY

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "held": None if self.held is None else {**asdict(self.held), "state": self.held.state.value},
            "halts": list(self.halts),
            "resets": [asdict(reset) for reset in self.resets],
            "version": self.version,
        }


def halted(hold: Hold, kind: HaltKind, now: int, incident: str) -> Hold:
    """The agent after one of its runs was halted at `now`: unchanged unless gravely, latched when that is too often."""
    if kind not in GRAVE:
        return hold
    recent = tuple(at for at in (*hold.halts, now) if now - at < LATCH_SECONDS * 1000)[-LATCH_HALTS:]
    counted = replace(hold, halts=recent, version=hold.version + 1)
    if len(recent) < LATCH_HALTS:
        return counted
    reason = f"{LATCH_HALTS} runs were halted for {kind.value} or alike within {LATCH_SECONDS // 60} minutes."
    return _graver(counted, Held(HoldState.HALTED, "governor", reason, now, incident))


def held(hold: Hold, wanted: Held) -> Hold:
    """The agent held as wanted; as it was when it is held so, or more gravely, already."""
    changed = _graver(hold, wanted)
    return hold if changed is hold else replace(changed, version=hold.version + 1)


def moved(hold: Hold, wanted: Held) -> Hold:
    """The instance held as wanted and no graver, along INSTANCE_MOVES; IllegalMove where those do not lead."""
    if wanted.state.value not in INSTANCE_MOVES[hold.state]:
        raise IllegalMove(hold.state, wanted.state.value)
    return replace(hold, held=wanted, version=hold.version + 1)


def reset(hold: Hold, by: str, reason: str, now: int) -> Hold:
    """The agent free again, its counted halts forgotten, the reset on record. ValueError without name or reason."""
    if not by.strip() or not reason.strip():
        raise ValueError("a reset says who lifts the hold, and why")
    state = hold.held.state.value if hold.held else ""
    record = HoldReset(by, reason, state, now)
    return Hold(None, (), (*hold.resets, record)[-RESETS:], hold.version + 1)


def _graver(hold: Hold, wanted: Held) -> Hold:
    if hold.held is not None and _ORDER.index(hold.held.state) >= _ORDER.index(wanted.state):
        return hold
    return replace(hold, held=wanted)
