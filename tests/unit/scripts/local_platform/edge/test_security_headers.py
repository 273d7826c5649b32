from __future__ import annotations

from infra.constructs import web_distribution
from scripts.local_platform.edge.security_headers import content_security_policy, security_headers

ORIGIN = "http://127.0.0.1:4566"


def test_the_local_policy_is_the_one_that_cloudfront_sends() -> None:
    assert content_security_policy(ORIGIN) == web_distribution.content_security_policy(ORIGIN)


def test_framing_sniffing_and_referrers_are_off() -> None:
    headers = security_headers(ORIGIN)
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
