"""A hundred records of one candidate, and a hundred watches, start each evaluation once."""

from typing import Any

import pytest

from tests.functional.evaluations.conftest import Evaluating, put_version
from tests.functional.evaluations.test_evaluations import age

PARTITION = "TENANT#platform#VERSION#echo-agent"


def take(*changed: tuple[str, str]) -> dict[str, Any]:
    from lambdas.evaluations import handler

    records = [
        {"eventName": "MODIFY", "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}, "SequenceNumber": str(number)}}
        for number, (pk, sk) in enumerate(changed)
    ]
    return handler.handle({"Records": records}, None)


@pytest.mark.chaos("duplicates")
def test_a_hundred_records_of_a_candidate_start_its_suite_once(evaluating: Evaluating, executions: Any) -> None:
    evaluating.push()
    for _ in range(10):
        assert take(*[(PARTITION, evaluating.version_id)] * 10) == {"batchItemFailures": []}
    assert len(executions()) == 1


@pytest.mark.chaos("poison")
def test_records_of_what_is_no_version_hold_no_candidate_up(evaluating: Evaluating, executions: Any) -> None:
    evaluating.push()
    other = put_version("draft")
    poison = [("TENANT#acme#VERSION#echo-agent", "x"), ("nonsense", ""), (PARTITION, other)]
    assert take(*poison, (PARTITION, evaluating.version_id)) == {"batchItemFailures": []}
    assert len(executions()) == 1


@pytest.mark.chaos("duplicates")
def test_a_hundred_watches_start_an_evaluation_that_was_left_once(evaluating: Evaluating, executions: Any) -> None:
    from lambdas.evaluations import handler

    evaluating.push()
    age(evaluating.start().json["evaluationId"], None)
    for _ in range(100):
        handler.handle({"step": "watch"}, None)
    assert len({one["name"] for one in executions()}) == 1
