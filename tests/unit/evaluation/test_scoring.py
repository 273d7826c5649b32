from evaluation.answers import Answer
from evaluation.scoring import Judging, scores_of
from evaluation.suites import Case


def test_every_scorer_of_a_case_is_asked_in_its_order() -> None:
    scorers = [
        {"type": "rubric", "criteria": "polite"},
        {"type": "latency", "mostMs": 1},
        {"type": "exact", "expected": "hello"},
    ]
    case = Case.model_validate({"caseId": "a", "input": "x", "scorers": scorers})
    judging = Judging(lambda _scorer, _prompt: '{"score": 1}', lambda: "mark")
    found = scores_of(case, Answer("hello", "run_1", 5, 0), judging)
    assert [(one.scorer, one.passed) for one in found] == [("rubric", True), ("latency", False), ("exact", True)]
