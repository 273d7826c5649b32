from typing import Any

import pytest

from scripts.local_platform.emulator.patches.stream_batches import PARTIAL, asks_again, heeded, of_stream

STREAM = {"Records": [{"eventSource": "aws:dynamodb"}]}
QUEUE = {"Records": [{"eventSource": "aws:sqs"}]}
AGAIN = {"body": {"batchItemFailures": [{"itemIdentifier": "7"}]}}


@pytest.mark.parametrize("event", [QUEUE, {}, {"Records": []}, {"Records": None}, [], None])
def test_only_batches_of_streams_are_looked_at(event: Any) -> None:
    assert of_stream(STREAM)
    assert not of_stream(event)
    assert heeded(event, AGAIN) is AGAIN


@pytest.mark.parametrize("body", ["", "{", "[]", None, {}, {"batchItemFailures": []}, b'{"batchItemFailures": []}'])
def test_an_answer_that_asks_for_nothing_is_left_alone(body: Any) -> None:
    result = {"body": body}
    assert not asks_again(body)
    assert heeded(STREAM, result) is result


def test_an_answer_that_asks_for_records_again_fails_the_batch() -> None:
    assert asks_again('{"batchItemFailures": [{"itemIdentifier": "7"}]}')
    assert heeded(STREAM, AGAIN) == {"error": True, "body": PARTIAL}


def test_a_failure_stays_the_failure_it_was() -> None:
    result = {"error": True, "body": AGAIN["body"]}
    assert heeded(STREAM, result) is result
