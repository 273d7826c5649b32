"""Step Functions: a distributed map heeds `MaxConcurrencyPath`.

Stock behaviour: only a literal `MaxConcurrency` counts; a path is passed over, and 64 items run at a time whatever the
input says. Here the number is read from the state's input, as AWS documents for the Map state.
"""

from __future__ import annotations

import functools
from typing import Any

from scripts.local_platform.emulator.seam import module, require


def limited(service: Any, state: dict[str, Any], effective: Any, context: Any) -> dict[str, Any]:
    """The state with the number that its path leads to; as it is when it has no path."""
    path = state.get("MaxConcurrencyPath")
    if path is None:
        return state
    return {**state, "MaxConcurrency": int(service._resolve_path_or_ctx(path, effective, context))}  # noqa: SLF001


def apply() -> None:
    """Look at every distributed map before it begins."""
    service = module("services.stepfunctions")
    require(service._run_distributed_map, 'state_def.get("MaxConcurrency")')  # noqa: SLF001
    stock = service._run_distributed_map  # noqa: SLF001

    @functools.wraps(stock)
    def run(state: dict[str, Any], raw: Any, effective: Any, iterator: Any, execution: Any, context: Any) -> Any:
        return stock(limited(service, state, effective, context), raw, effective, iterator, execution, context)

    service._run_distributed_map = run  # noqa: SLF001
