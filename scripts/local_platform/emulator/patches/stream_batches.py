"""Lambda: a batch of a DynamoDB stream that is reported as failed in part is handed over again.

Stock behaviour: `batchItemFailures` is heeded for SQS alone; a stream moves on, and what its consumer asked for is
lost. Here such an answer counts as an error of the batch, which is then tried again whole: more than AWS hands over,
never less (AWS Lambda, "Configuring partial batch response with DynamoDB and Lambda").
"""

from __future__ import annotations

import json
from typing import Any

from scripts.local_platform.emulator.seam import module, require

PARTIAL = {"errorType": "PartialBatch", "errorMessage": "The function asked for records of this batch again."}


def of_stream(event: Any) -> bool:
    """Whether an event is a batch of a DynamoDB stream."""
    records = event.get("Records") if isinstance(event, dict) else None
    return isinstance(records, list) and bool(records) and records[0].get("eventSource") == "aws:dynamodb"


def asks_again(body: Any) -> bool:
    """Whether a function's answer names records that failed."""
    try:
        answer = json.loads(body) if isinstance(body, str | bytes) else body
    except ValueError:
        return False
    return isinstance(answer, dict) and bool(answer.get("batchItemFailures"))


def heeded(event: Any, result: dict[str, Any]) -> dict[str, Any]:
    """The result of an invocation as the poller of streams should see it."""
    if result.get("error") or not of_stream(event) or not asks_again(result.get("body")):
        return result
    return {**result, "error": True, "body": PARTIAL}


def apply() -> None:
    """Look at every invocation; only those by the poller of streams are changed."""
    service = module("services.lambda_svc")
    require(service._poll_dynamodb_streams, "_execute_function(func_rec, event)", 'result.get("error")')  # noqa: SLF001
    stock = service._execute_function  # noqa: SLF001

    def execute(func: Any, event: Any, *rest: Any, **named: Any) -> Any:
        return heeded(event, stock(func, event, *rest, **named))

    service._execute_function = execute  # noqa: SLF001
