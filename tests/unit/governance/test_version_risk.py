from typing import Any

import pytest

from governance.policy.tools import Risk
from governance.version_risk import is_grave, risk_of

KNOWN = {"calculator": Risk.LOW, "files.write": Risk.MEDIUM, "http.send": Risk.HIGH}


@pytest.mark.parametrize(
    ("manifest", "risk"),
    [
        ({}, Risk.LOW),
        ({"tools": []}, Risk.LOW),
        ({"tools": ["calculator", "files.write"]}, Risk.MEDIUM),
        ({"tools": ["http.send", "calculator"]}, Risk.HIGH),
        ({"tools": ["calculator", "nobody.knows"]}, Risk.CRITICAL),
    ],
)
def test_a_version_is_as_risky_as_its_riskiest_tool_and_what_nobody_knows_is_the_worst(
    manifest: dict[str, Any], risk: Risk
) -> None:
    assert risk_of(manifest, KNOWN.get) is risk
    assert is_grave(risk) is (risk in {Risk.HIGH, Risk.CRITICAL})
