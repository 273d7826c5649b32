from __future__ import annotations

import pytest

from lambdas.bff.settings import BffSettings
from platform_kit.settings import SettingsError

ENVIRONMENT = {
    "OPS_TABLE": "ops",
    "BFF_SECRET_ARN": "arn:secret",
    "PUBLIC_URL": "https://ambit.example/",
    "OIDC_ISSUER": "https://id.example",
    "OIDC_CLIENT_ID": "ambit-spa",
}


@pytest.mark.parametrize("missing", list(ENVIRONMENT))
def test_a_missing_variable_is_named(missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        BffSettings.from_environment({k: v for k, v in ENVIRONMENT.items() if k != missing})


def test_the_origin_is_spelled_as_browsers_send_it() -> None:
    assert BffSettings.from_environment(ENVIRONMENT).origin == "https://ambit.example"


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        ("https://ambit.example", True),
        ("https://127.0.0.1:8443", True),
        ("http://ambit.example", True),
        ("http://127.0.0.1:8080", False),
        ("http://localhost:8080", False),
        ("http://127.0.0.1.evil.test", True),
    ],
)
def test_only_plain_loopback_goes_without_secure_cookies(url: str, *, secure: bool) -> None:
    assert BffSettings.from_environment({**ENVIRONMENT, "PUBLIC_URL": url}).secure_cookies is secure
