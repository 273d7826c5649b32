import io
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from enforcement.errors import ToolUnreachable
from governance.toolbox.http import MOST_BYTES
from lambdas.gateway.tool_functions import ToolFunctions, patient_client


class FakeLambda:
    def __init__(self, answer: bytes | Exception, **more: str) -> None:
        self.answer, self.more, self.asked = answer, more, list[dict[str, Any]]()

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"Payload": io.BytesIO(self.answer), **self.more}


def functions(client: FakeLambda) -> ToolFunctions:
    return ToolFunctions(lambda _seconds: client, "test")  # type: ignore[arg-type,return-value]  # the part that is used


def test_a_function_of_the_stage_is_called_and_waited_for() -> None:
    client = FakeLambda(b'{"a": 1}')
    assert functions(client).call("crm", b"{}", 5) == b'{"a": 1}'
    request = {"FunctionName": "ambit-test-tool-crm", "InvocationType": "RequestResponse", "Payload": b"{}"}
    assert client.asked == [request]


@pytest.mark.parametrize(
    ("client", "words", "metric"),
    [
        (FakeLambda(ReadTimeoutError(endpoint_url="x")), "in time", "ToolTimeout"),
        (FakeLambda(EndpointConnectionError(endpoint_url="x")), "could not be called", "ToolUnreachable"),
        (FakeLambda(ClientError({"Error": {"Code": "x"}}, "Invoke")), "could not be called", "ToolUnreachable"),
        (FakeLambda(b'{"errorMessage": "secret"}', FunctionError="Unhandled"), "failed", "ToolUnreachable"),
        (FakeLambda(b"x" * (MOST_BYTES + 1)), "256 KiB", "ToolUnreachable"),
    ],
    ids=["late", "not there", "refused", "broken", "too large"],
)
def test_a_function_that_does_not_answer_is_an_outage(
    client: FakeLambda, words: str, metric: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ToolUnreachable, match=words) as failed:
        functions(client).call("crm", b"{}", 5)
    assert "secret" not in failed.value.detail
    assert f'"{metric}"' in capsys.readouterr().out


def test_a_call_is_waited_for_as_long_as_the_tool_may_take_and_not_made_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    config: Any = patient_client(7).meta.config
    assert (config.read_timeout, config.retries["total_max_attempts"]) == (7, 1)
