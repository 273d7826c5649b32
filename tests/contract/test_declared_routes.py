"""The table of routes and the functions' `routes.py` say the same: nothing is deployed that nobody answers."""

import importlib
from pathlib import Path
from typing import Final

import pytest

from platform_kit.access import ROUTES, served_by
from platform_kit.api import Operation, Routes

LAMBDAS: Final = Path(__file__).resolve().parents[2] / "lambdas"
FUNCTIONS: Final = sorted({route.function for route in ROUTES})


def declared() -> dict[str, Operation]:
    modules = [
        importlib.import_module(f"lambdas.{path.parent.name}.{path.stem}")
        for path in sorted(LAMBDAS.glob("*/*routes.py"))
    ]
    found = {id(value): value for module in modules for value in vars(module).values() if isinstance(value, Routes)}
    operations = [pair for routes in found.values() for pair in routes.operations.items()]
    assert len(operations) == len(dict(operations)), "an operation is declared twice"
    return dict(operations)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_declares_the_operations_of_the_table_and_no_others(function: str) -> None:
    mine = {key for key, operation in declared().items() if operation.route.function == function}
    assert mine == {route.key for route in served_by(function)}


def test_every_operation_describes_itself() -> None:
    assert [key for key, operation in declared().items() if not operation.summary or not operation.replies] == []


def test_paths_have_no_parameters_that_differ_only_by_name() -> None:
    shapes: dict[tuple[str, tuple[str, ...]], str] = {}
    for route in ROUTES:
        parts = tuple("{}" if part.startswith("{") else part for part in route.path.split("/"))
        assert shapes.setdefault((route.method, parts), route.path) == route.path
