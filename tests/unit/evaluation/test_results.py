import json

from evaluation.results import Attempt, CaseStatus, attempts_of, compare, flaky, numbers_of, summarise

P, F, E = CaseStatus.PASSED, CaseStatus.FAILED, CaseStatus.ERROR


def of(**cases: list[CaseStatus]) -> list[Attempt]:
    return [Attempt(name, repeat, status) for name, found in cases.items() for repeat, status in enumerate(found)]


def test_a_case_passes_when_each_of_its_repeats_does() -> None:
    found = summarise(of(a=[P, P], b=[P, F], c=[E, P], d=[F, F]), cases=4, repeats=2)
    assert (found.decided, found.passed, found.failed, found.errors) == (4, 1, 2, 1)
    assert (found.pass_rate, found.flaky, found.complete) == (0.25, ("b", "c"), True)


def test_what_is_not_decided_counts_neither_way() -> None:
    found = summarise(of(a=[P, P], b=[P]), cases=3, repeats=2)
    assert (found.decided, found.pass_rate, found.complete) == (1, 1.0, False)
    assert found.interval.low < 1


def test_an_evaluations_numbers_are_plain_json() -> None:
    cases = [{"caseId": "a", "repeat": 0, "status": "passed"}, {"caseId": "b", "repeat": 0, "status": "error"}]
    told = numbers_of({"cases": 3, "repeats": 1}, cases).as_dict()
    assert json.loads(json.dumps(told)) == told
    assert (told["decided"], told["passed"], told["errors"], told["passRate"]) == (2, 1, 1, 0.5)


def test_nothing_decided_is_no_pass() -> None:
    found = summarise([], cases=3, repeats=1)
    assert (found.pass_rate, found.complete, found.interval) == (0.0, False, (0.0, 1.0))


def test_a_case_that_always_fails_is_not_flaky_however_it_fails() -> None:
    assert flaky(of(a=[F, E], b=[P, P], c=[F, P])) == ("c",)


def test_two_runs_are_compared_over_what_both_have() -> None:
    before, after = of(a=[P], b=[P], c=[F], d=[P]), of(a=[P], b=[F], c=[P], e=[P])
    found = compare(before, after, repeats=1)
    assert (found.compared, found.worse, found.better, found.p_value) == (3, ("b",), ("c",), 1.0)
    assert not found.significant


def test_a_clear_difference_is_significant() -> None:
    names = [f"case-{n}" for n in range(6)]
    before, after = ({name: [status] for name in names} for status in (P, F))
    assert compare(of(**before), of(**after), repeats=1).significant


def test_what_is_not_decided_yet_is_no_pair() -> None:
    """Of three repeats the first passed: whether the case does is not known."""
    before, after = of(a=[F, F, F], b=[P, P, P]), of(a=[P], b=[P, P, F])
    found = compare(before, after, repeats=3)
    assert (found.compared, found.worse, found.better) == (1, ("b",), ())


def test_a_case_without_an_answer_says_nothing_of_either_version() -> None:
    before, after = of(a=[P, P], b=[E, E], c=[P, P]), of(a=[E, P], b=[P, P], c=[F, E])
    found = compare(before, after, repeats=2)
    assert (found.compared, found.worse, found.better) == (1, ("c",), ())


def test_records_become_attempts() -> None:
    assert attempts_of([{"caseId": "a", "repeat": 1, "status": "error"}]) == [Attempt("a", 1, E)]
