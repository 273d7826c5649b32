from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from starlette.routing import Match

from scripts.local_platform.agent_host.app import routes, s3_client
from scripts.local_platform.agent_host.settings import HostSettings

SERVED = [
    *(("bedrock-agentcore", name) for name in ("InvokeAgentRuntime", "StopRuntimeSession")),
    *(
        ("bedrock-agentcore-control", f"{verb}AgentRuntime{ending}")
        for verb, ending in (
            ("Create", ""),
            ("Update", ""),
            ("Get", ""),
            ("Delete", ""),
            ("List", "s"),
            ("List", "Versions"),
        )
    ),
]


class AnyPlane:
    """Handlers that are named after what they are asked for."""

    def __getattr__(self, name: str) -> Any:
        return name


@pytest.mark.parametrize(("service", "operation"), SERVED)
def test_every_operation_is_served_where_botocores_model_has_it(service: str, operation: str) -> None:
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    arn = "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/x-0123456789"
    path = model.http["requestUri"].replace("{agentRuntimeArn}", arn).replace("{agentRuntimeId}", "x-0123456789")
    scope = {"type": "http", "path": path, "method": model.http["method"], "root_path": ""}
    plane: Any = AnyPlane()
    assert any(route.matches(scope)[0] is Match.FULL for route in routes(plane, plane))


def test_s3_is_addressed_by_path_at_the_local_endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    client = s3_client(HostSettings(state_dir=tmp_path, aws_endpoint="http://127.0.0.1:4566"))
    url = client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    assert url.startswith("http://127.0.0.1:4566/b/k?")
