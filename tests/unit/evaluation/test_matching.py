import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
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


def test_a_schema_fetches_nothing(tmp_path: Path) -> None:
    """Neither what a server would give nor what is in a file, where both are there and are schemas."""
    asked: list[str] = []

    class Schemas(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

    (tmp_path / "schema.json").write_text("{}")
    server = HTTPServer(("127.0.0.1", 0), Schemas)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for place in (f"http://127.0.0.1:{server.server_port}/x", (tmp_path / "schema.json").as_uri()):
            document = {"$ref": place}
            assert "nothing is fetched" in (schema_fault(document) or "")
            with pytest.raises(ValueError, match="nothing is fetched"):
                score({}, type="json_schema", schema=document)
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


def test_a_pattern_in_a_schema_is_of_the_linear_engine() -> None:
    """One that looks ahead or back can be made to take for ever by what an agent answers."""
    assert schema_fault({"type": "string", "pattern": "^(?=(a+)+$)"}) is not None
    assert schema_fault({"type": "string", "pattern": "^a+$"}) is None


@pytest.mark.parametrize(("said", "passes"), [(110, True), (90, True), (111, False), (200, False), (-100, False)])
def test_what_is_relative_is_relative_to_the_expected_number(said: float, *, passes: bool) -> None:
    assert score(said, type="numeric", expected=100, relative=0.1).passed == passes
    assert not score(200, type="numeric", expected=100, relative=0.5).passed
    assert score(0, type="numeric", expected=0, relative=0.5).passed
