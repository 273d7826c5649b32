from __future__ import annotations

import pytest

from scripts.local_platform.emulator.patches.proxy_failures import is_proxy_response


@pytest.mark.parametrize(
    "answer", [{"statusCode": 200}, {"statusCode": "204", "body": None}, {"statusCode": 599, "body": ""}]
)
def test_a_status_with_text_or_nothing_is_a_proxy_response(answer: object) -> None:
    assert is_proxy_response(answer)


@pytest.mark.parametrize(
    "answer",
    [None, "text", [], {}, {"body": "x"}, {"statusCode": 99}, {"statusCode": "OK"}, {"statusCode": 200, "body": {}}],
)
def test_anything_else_is_malformed(answer: object) -> None:
    assert not is_proxy_response(answer)
