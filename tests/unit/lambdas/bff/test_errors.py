from __future__ import annotations

import pytest

from lambdas.bff.errors import CrossSiteRequest, ProviderUnavailable, SessionExpired
from platform_kit.errors import AmbitError


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (SessionExpired(), 401, "SESSION_EXPIRED"),
        (CrossSiteRequest(), 403, "CROSS_SITE_REQUEST"),
        (ProviderUnavailable(), 503, "DEPENDENCY_UNAVAILABLE"),
    ],
)
def test_each_failure_has_its_status_and_code(error: AmbitError, status: int, code: str) -> None:
    assert (error.status, error.code) == (status, code)


def test_an_outage_of_the_provider_says_when_to_try_again() -> None:
    assert ProviderUnavailable().retry_after == 5
