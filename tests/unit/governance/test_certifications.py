from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from governance.certifications import CertificationKind, holds, lacking, required_of
from governance.policy.tools import Risk
from platform_kit.clock import rfc3339

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
VERSION = {"contentHash": "a" * 64, "createdBy": "usr:1:ada"}
SECURITY, PRIVACY = CertificationKind.SECURITY_REVIEW, CertificationKind.PRIVACY_REVIEW


def record(**more: Any) -> dict[str, Any]:
    times = {"issuedAt": rfc3339(NOON), "expiresAt": rfc3339(NOON + timedelta(days=30))}
    return {"kind": "security-review", "contentHash": "a" * 64, "grantedBy": "usr:1:bob", **times, **more}


def test_a_manifest_names_kinds_and_grave_risk_asks_for_a_security_review() -> None:
    assert required_of({}, Risk.MEDIUM) == ()
    assert required_of({}, Risk.HIGH) == (SECURITY,)
    assert required_of({"certifications": ["privacy-review"]}, Risk.CRITICAL) == (PRIVACY, SECURITY)


def test_an_unknown_kind_is_an_error_and_not_passed_over() -> None:
    with pytest.raises(ValueError, match="vibes"):
        required_of({"certifications": ["vibes"]}, Risk.LOW)


@pytest.mark.parametrize(
    ("change", "days", "held"),
    [
        ({}, 1, True),
        ({}, 30, False),
        ({}, -1, False),
        ({"revokedAt": "2026-03-05T00:00:00.000Z"}, 1, False),
        ({"contentHash": "b" * 64}, 1, False),
        ({"grantedBy": "usr:1:ada"}, 1, False),
    ],
)
def test_it_holds_of_this_content_for_its_time_by_somebody_else(
    change: dict[str, Any], days: int, *, held: bool
) -> None:
    now = NOON + timedelta(days=days)
    assert holds(record(**change), "a" * 64, "usr:1:ada", now) is held
    assert lacking((SECURITY,), [record(**change)], VERSION, now) == (() if held else (SECURITY,))
