import time
from typing import Any

import pytest
from pydantic import TypeAdapter

from evaluation.answers import Answer, Score
from evaluation.matching import pattern_fault, schema_fault
from evaluation.scorers import Scorer
from evaluation.scoring import Judging, score_of

READ: TypeAdapter[Scorer] = TypeAdapter(Scorer)


def no_judge(*_args: object) -> str:
    raise AssertionError("nobody is asked")


def score(output: Any, **scorer: Any) -> Score:
    return score_of(READ.validate_python(scorer), "asked", Answer(output, "run_1", 5, 7), Judging(no_judge, str))


@pytest.mark.parametrize(
    ("output", "scorer", "passed"),
    [
        (" hello\n", {"type": "exact", "expected": "hello"}, True),
        ("Hello", {"type": "exact", "expected": "hello"}, False),
        ("Hello", {"type": "exact", "expected": "hello", "ignoreCase": True}, True),
        ({"text": "hello", "more": 1}, {"type": "exact", "expected": "hello"}, True),
        ("a b c", {"type": "contains", "texts": ["A", "c"]}, True),
        ("a b c", {"type": "contains", "texts": ["A"], "ignoreCase": False}, False),
        ("a b c", {"type": "contains", "texts": ["a", "x"]}, False),
        ("a b c", {"type": "contains", "texts": ["a", "x"], "match": "any"}, True),
        ("order 66", {"type": "regex", "pattern": r"^order \d+$"}, True),
        ("order", {"type": "regex", "pattern": r"\d"}, False),
        ({"a": 1}, {"type": "json_schema", "schema": {"type": "object", "required": ["a"]}}, True),
        ('{"a": 1}', {"type": "json_schema", "schema": {"type": "object", "required": ["a"]}}, True),
        ({"b": 1}, {"type": "json_schema", "schema": {"required": ["a"]}}, False),
        ("no json", {"type": "json_schema", "schema": {}}, False),
        ("about 1,234.5 km", {"type": "numeric", "expected": 1234.5}, True),
        ("-3e2", {"type": "numeric", "expected": -300}, True),
        ("10.05", {"type": "numeric", "expected": 10, "absolute": 0.1}, True),
        ("10.2", {"type": "numeric", "expected": 10, "absolute": 0.1}, False),
        ("101", {"type": "numeric", "expected": 100, "relative": 0.01}, True),
        ({"rows": [{"n": 3}]}, {"type": "numeric", "expected": 3, "pointer": "/rows/0/n"}, True),
        ({"rows": []}, {"type": "numeric", "expected": 3, "pointer": "/rows/0/n"}, False),
        ({"a/b": 3}, {"type": "numeric", "expected": 3, "pointer": "/a~1b"}, True),
        (True, {"type": "numeric", "expected": 1, "pointer": ""}, False),
        ("no number", {"type": "numeric", "expected": 0}, False),
        (7, {"type": "numeric", "expected": 7}, True),
    ],
)
def test_scores(output: Any, scorer: dict[str, Any], *, passed: bool) -> None:
    found = score(output, **scorer)
    assert (found.scorer, found.passed, found.value) == (scorer["type"], passed, float(passed))
    assert bool(found.reason) != passed


def test_a_pattern_that_would_stall_others_is_matched_in_linear_time() -> None:
    begun = time.perf_counter()
    assert not score("a" * 100_000 + "!", type="regex", pattern="(a+)+$").passed
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize("pattern", ["(", "(?=x)", r"(a)\1"])
def test_what_is_no_pattern_is_told(pattern: str) -> None:
    assert "RE2" in (pattern_fault(pattern) or "")


def test_a_pattern_and_a_schema_have_no_fault() -> None:
    assert pattern_fault(r"\d+") is None
    assert schema_fault({"type": "object"}) is None


@pytest.mark.parametrize("document", [{"type": "nonsense"}, {"$ref": "#/missing"}])
def test_what_is_no_schema_is_told(document: dict[str, Any]) -> None:
    assert "JSON Schema" in (schema_fault(document) or "")


def test_a_schema_fetches_nothing() -> None:
    assert schema_fault({"$ref": "http://169.254.169.254/latest"}) is not None
    assert schema_fault({"$ref": "file:///etc/passwd"}) is not None
