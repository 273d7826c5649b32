from __future__ import annotations

import pytest

from scripts.local_platform.emulator.patches.identity_sources import source_ip


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "127.0.0.1"),
        ({"x-forwarded-for": "192.0.2.1"}, "192.0.2.1"),
        ({"X-Forwarded-For": "192.0.2.1, 10.0.0.1"}, "192.0.2.1"),
        ({"x-forwarded-for": ["192.0.2.3"]}, "192.0.2.3"),
        ({"x-forwarded-for": ""}, "127.0.0.1"),
    ],
)
def test_there_is_always_an_address(headers: dict[str, object], expected: str) -> None:
    assert source_ip(headers) == expected
