"""Every function that a key may call counts the use of keys, and can write it down."""

from pathlib import Path
from typing import Final

import pytest

from infra.functions import FUNCTIONS, FunctionSpec
from platform_kit.access import ROUTES

LAMBDAS: Final = Path(__file__).resolve().parents[2] / "lambdas"
OPEN_TO_KEYS: Final = {route.function for route in ROUTES if route.scope}
SPECS: Final = [spec for spec in FUNCTIONS if spec.name in OPEN_TO_KEYS]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_function_open_to_keys_counts_their_use(spec: FunctionSpec) -> None:
    module = spec.handler.replace(":", ".").removeprefix("lambdas.").split(".")[1]
    source = (LAMBDAS / spec.folder / f"{module}.py").read_text(encoding="utf-8")
    assert "count_use)" in source or "= count_use" in source
    assert {"OPS_TABLE", "TENANT_ROLE_ARN"} <= set(spec.environment)
    assert {"sts", "dynamodb"} <= set(spec.services)


def test_keys_open_some_function() -> None:
    assert {"bridge", "stream", "files", "agents", "tenants"} <= OPEN_TO_KEYS
