"""Lambda functions that are tools: `ambit-<stage>-tool-<name>`, called with the gateway's own role."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from enforcement.errors import ToolUnreachable
from governance.toolbox.custom import FUNCTION_PREFIX
from governance.toolbox.http import MOST_BYTES
from platform_kit.observability import count

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_CONNECT_SECONDS: Final = 2


class ToolFunctions:
    """`client` makes a client that waits so many seconds for an answer and tries once: a call is not made twice."""

    def __init__(self, client: Callable[[int], "LambdaClient"], stage: str) -> None:
        self._client = client
        self._stage = stage
        self._clients: dict[int, LambdaClient] = {}

    def call(self, name: str, payload: bytes, seconds: int) -> bytes:
        """What a function answers; ToolUnreachable when it does not, or not in time."""
        from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

        full = f"ambit-{self._stage}-{FUNCTION_PREFIX}{name}"
        try:
            client = self._clients.setdefault(seconds, self._client(seconds))
            answer = client.invoke(FunctionName=full, InvocationType="RequestResponse", Payload=payload)
            body = answer["Payload"].read(MOST_BYTES + 1)
        except ReadTimeoutError:
            raise _failed("ToolTimeout", name, "No answer in time.") from None
        except (BotoCoreError, ClientError):
            raise _failed("ToolUnreachable", name, "The tool's function could not be called.") from None
        if "FunctionError" in answer:
            raise _failed("ToolUnreachable", name, "The tool's function failed.")
        if len(body) > MOST_BYTES:
            raise _failed("ToolUnreachable", name, f"The answer has more than {MOST_BYTES // 1024} KiB.")
        return bytes(body)


def patient_client(seconds: int) -> "LambdaClient":
    """A client of Lambda that waits so long and tries once."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=_CONNECT_SECONDS, read_timeout=seconds, retries={"total_max_attempts": 1})
    return boto3.client("lambda", config=config)


def _failed(metric: str, name: str, words: str) -> ToolUnreachable:
    count(metric, tool=name)
    return ToolUnreachable(words)
