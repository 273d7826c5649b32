"""What operators have switched on and stopped, for tests of those who obey it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from data_access_lib.controls import Controls
from data_access_lib.table import Page
from data_access_lib.tenant import PLATFORM, TenantId
from governance.flags import CAPABILITIES


def flag(name: str, *rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A flag that is on, for everybody unless rules are given."""
    return {"name": name, "enabled": True, "rules": list(rules) or [{}], **fields}


def switch(scope: str, target: str) -> dict[str, Any]:
    """An active kill switch."""
    return {"switchId": "ksw_" + "0" * 32, "scope": scope, "target": target, "reason": "test"}


@dataclass
class Switchboard:
    """Flags and switches in memory, as the control table's reader gives them; `fault` makes reading raise it."""

    flags: list[dict[str, Any]] = field(default_factory=lambda: [flag(name) for name in CAPABILITIES])
    switches: list[dict[str, Any]] = field(default_factory=list)
    own: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What each tenant has stopped itself."""
    fault: Exception | None = None
    reads: int = 0

    def query(self, partition: str, *, limit: int = 50, **_: Any) -> Page:
        self.reads += 1
        if self.fault is not None:
            raise self.fault
        tenant = partition.split("#")[1]
        switches = self.switches if tenant == PLATFORM else self.own.get(tenant, [])
        found = self.flags if partition.endswith("#FLAG") else switches
        items = [{"pk": partition, "sk": str(number), **item} for number, item in enumerate(found)]
        return Page(items[:limit], {"sk": "more"} if len(items) > limit else None)

    def controls(self, monotonic: Callable[[], float] = lambda: 0.0) -> Controls:
        return Controls(
            lambda: _Part(self, PLATFORM),  # type: ignore[arg-type, return-value]  # the part that is used
            lambda tenant: _Part(self, TenantId(tenant)),  # type: ignore[arg-type, return-value]  # so here
            monotonic=monotonic,
        )


@dataclass(frozen=True)
class _Part:
    """The board as an owner reads it."""

    board: Switchboard
    owner: TenantId

    def query(self, partition: str, **how: Any) -> Page:
        return self.board.query(partition, **how)
