"""Every operation of the running API, fuzzed from its own description: no 5xx, no undocumented status."""

import json
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.specs.openapi.checks import (
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.local_stack import ROOT, LocalStack

pytestmark = pytest.mark.local_stack
DOCUMENT: Final[dict[str, Any]] = json.loads((ROOT / "openapi" / "ambit.openapi.json").read_text(encoding="utf-8"))
schema = schemathesis.openapi.from_dict(DOCUMENT)
EXPECTED: Final = [
    checks.not_a_server_error,
    status_code_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


def _client(operation: Any) -> str | None:
    roles = operation.definition.raw.get("x-ambit-roles", [])
    if any(role.startswith("Platform.") for role in roles):
        return "platform-operator"
    return "acme-admin" if roles else None


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_a_documented_one(case: Any, platform: LocalStack) -> None:
    who = _client(case.operation)
    headers = {"authorization": f"Bearer {platform.token(who)}"} if who else {}
    case.call_and_validate(base_url=platform.api_url, headers=headers, checks=EXPECTED, timeout=60)
