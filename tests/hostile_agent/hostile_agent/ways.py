"""The list of ways, and how one is tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ambit_agent import Invocation

MAX_TOLD = 200


@dataclass(frozen=True)
class Try:
    """One thing that was tried: whether it got through, and what was answered."""

    what: str
    through: bool
    told: str


@dataclass(frozen=True)
class Scene:
    """What a way knows: its invocation, and `facts` an attacker could have found out about the machine."""

    invocation: Invocation
    facts: dict[str, Any]


Way = Callable[[Scene], Iterator[Try]]
WAYS: dict[str, Way] = {}


def way(name: str) -> Callable[[Way], Way]:
    """Add a function to the list."""

    def add(function: Way) -> Way:
        WAYS[name] = function
        return function

    return add


def attempt(what: str, act: Callable[[], object]) -> Try:
    """Through when `act` returns something true; an error is a refusal in the system's own words."""
    try:
        got = act()
    except BaseException as error:  # noqa: BLE001 - a hostile agent survives whatever it causes
        return Try(what, through=False, told=f"{type(error).__name__}: {error}"[:MAX_TOLD])
    return Try(what, through=bool(got), told=repr(got)[:MAX_TOLD])


def try_all(names: list[str], scene: Scene) -> dict[str, list[dict[str, Any]]]:
    """Every way named, in turn; what it tried, told and took."""
    report = {}
    for name in names:
        report[name] = [asdict(one) for one in _tries(name, scene)]
        told = {"run": scene.invocation.run_id, "way": name, "tries": report[name]}
        print(f"TRIED {json.dumps(told)}", flush=True)
    return report


def _tries(name: str, scene: Scene) -> Iterator[Try]:
    try:
        yield from WAYS[name](scene)
    except Exception as error:  # noqa: BLE001 - one way that breaks must not hide the others
        yield Try("the way itself", through=True, told=f"{type(error).__name__}: {error}"[:MAX_TOLD])
