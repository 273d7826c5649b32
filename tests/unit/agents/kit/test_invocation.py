from __future__ import annotations

from typing import Any

import pytest
from ambit_agent import FileReference, Invocation, InvocationError


def payload(**more: Any) -> dict[str, Any]:
    run = {
        "runId": "run_1", "sessionId": "ses_1", "agent": "a", "version": "ver_1", "mode": "sync",
        "gatewayUrl": "http://127.0.0.1:1/v1/gateway/", "runToken": "t", "runTokenExpiresAt": 1,
    }  # fmt: skip
    return {"input": "hi", "context": None, "files": [], "metadata": {}, "ambit": run} | more


def test_the_platforms_payload_is_read() -> None:
    file = {"fileId": "fil_1", "name": "a.csv", "contentType": "text/csv", "bytes": 3}
    invocation = Invocation.parse(payload(files=[file]))
    assert invocation.files == (FileReference("fil_1", "a.csv", "text/csv", 3),)
    assert (invocation.context, invocation.gateway_url) == ({}, "http://127.0.0.1:1/v1/gateway")


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ([], "the payload"),
        (payload(input=""), "input"),
        (payload(input=7), "input"),
        (payload(context="x"), "context"),
        (payload(files={}), "files"),
        (payload(files=[{"fileId": "f"}]), r"files\.0\.name"),
        (payload(ambit=None), "ambit"),
        (payload(ambit=payload()["ambit"] | {"mode": "batch"}), r"ambit\.mode"),
        (payload(ambit=payload()["ambit"] | {"runToken": ""}), r"ambit\.runToken"),
        (payload(ambit=payload()["ambit"] | {"runTokenExpiresAt": True}), r"ambit\.runTokenExpiresAt"),
    ],
)
def test_a_payload_that_is_not_the_platforms_is_refused_by_field(broken: object, named: str) -> None:
    with pytest.raises(InvocationError, match=named):
        Invocation.parse(broken)
