"""Every declared operation of every function, collected from `lambdas/*/routes.py`."""

import importlib
from pathlib import Path
from typing import Final

from platform_kit import access
from platform_kit.api import Operation, Routes

_LAMBDAS: Final = Path(__file__).resolve().parents[2] / "lambdas"


class MissingOperations(LookupError):
    """Routes of the table that no function declares: they would be deployed and answered by nobody."""


def declared() -> dict[str, Operation]:
    """Operations by route key, in the table's order; MissingOperations when a route has none."""
    found: dict[str, Operation] = {}
    for routes in _all_routes():
        found.update(routes.operations)
    missing = [route.key for route in access.ROUTES if route.key not in found]
    if missing:
        raise MissingOperations(f"no function declares: {', '.join(missing)}")
    return {route.key: found[route.key] for route in access.ROUTES}


def _all_routes() -> list[Routes]:
    modules = [
        importlib.import_module(f"lambdas.{path.parent.name}.{path.stem}")
        for path in sorted(_LAMBDAS.glob("*/*routes.py"))
    ]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Routes)]
