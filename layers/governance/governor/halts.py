"""Why a run was stopped: a typed halt with the numbers that caused it."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class HaltKind(StrEnum):
    """The five reasons for which a run is stopped, gravest first: when several hold at once, the first is told."""

    SAFETY = "SAFETY"
    OVERRISK = "OVERRISK"
    EXTERNAL = "EXTERNAL"
    STAGNATION = "STAGNATION"
    EXHAUSTION = "EXHAUSTION"


@dataclass(frozen=True, slots=True)
class Halt:
    """`rule` observed `observed`, which reached `threshold`, at the run's observation number `step`."""

    kind: HaltKind
    rule: str
    threshold: int
    observed: int
    step: int

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "kind": self.kind.value}
