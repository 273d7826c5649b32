import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from evaluation.suites import Suite, faults

ROOT = Path(__file__).resolve().parents[3]
CASE = {"caseId": "a", "input": "x", "scorers": [{"type": "exact", "expected": "x"}]}


def suite(**changes: Any) -> Suite:
    return Suite.model_validate({"name": "s", "description": "d", "agents": ["echo-agent"], "cases": [CASE], **changes})


def test_the_digest_is_of_the_content_and_not_of_how_it_is_written() -> None:
    written = json.loads(json.dumps({"cases": [CASE], "agents": ["echo-agent"], "description": "d", "name": "s"}))
    assert Suite.model_validate(written).digest() == suite().digest() == suite(repeats=1).digest()
    assert Suite.model_validate_json(suite().canonical()).digest() == suite().digest()


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 0.5},
        {"required": True},
        {"cases": [{**CASE, "input": "y"}]},
        {"agents": ["other"]},
        {"repeats": 2},
    ],
)
def test_any_change_is_another_digest(change: dict[str, Any]) -> None:
    assert suite(**change).digest() != suite().digest()


@pytest.mark.parametrize(
    "change",
    [{"cases": []}, {"cases": [CASE, CASE]}, {"agents": ["a b"]}, {"name": "A b"}, {"concurrency": 21}, {"x": 1}],
)
def test_what_is_no_suite(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        suite(**change)


def test_more_attempts_than_an_input_holds_are_a_fault() -> None:
    cases = [{**CASE, "caseId": f"c{n}"} for n in range(1000)]
    assert [one.pointer for one in faults(suite(cases=cases, repeats=4))] == ["/repeats"]


def test_every_repeat_of_every_case_is_an_attempt() -> None:
    assert suite(repeats=2).attempts() == [("a", 0), ("a", 1)]


FILE = {"name": "t.csv", "contentType": "text/csv", "text": "a\n1\n"}


def test_a_case_may_bring_files_and_one_without_is_what_it_was() -> None:
    assert "files" not in json.loads(suite().canonical())["cases"][0]
    assert suite(cases=[{**CASE, "files": [FILE]}]).digest() != suite().digest()


@pytest.mark.parametrize(
    "files",
    [
        [],
        [FILE] * 5,
        [{**FILE, "name": "../t.csv"}],
        [{**FILE, "name": "a/b"}],
        [{**FILE, "text": ""}],
        [{**FILE, "text": "x" * 64_001}],
        [{**FILE, "contentType": "text/csv\r\nx: y"}],
        [{**FILE, "url": "https://x.test"}],
    ],
)
def test_what_is_no_file_of_a_case(files: list[Any]) -> None:
    with pytest.raises(ValidationError):
        suite(cases=[{**CASE, "files": files}])


@pytest.mark.parametrize("file", sorted((ROOT / "evaluations").glob("*.json")), ids=lambda file: file.stem)
def test_the_suites_of_the_repository_can_be_pushed(file: Path) -> None:
    found = Suite.model_validate_json(file.read_text(encoding="utf-8"))
    assert (found.name, list(faults(found))) == (file.stem, [])


def test_one_of_them_has_a_hundred_cases_of_others_data_with_source_and_licence() -> None:
    found = Suite.model_validate_json((ROOT / "evaluations" / "echo-agentdojo.json").read_text(encoding="utf-8"))
    assert len(found.cases) >= 100
    assert found.source is not None
    assert "agentdojo" in found.source
    assert found.licence == "MIT"


def test_a_suite_may_let_every_agent_go() -> None:
    path = ROOT / "evaluations" / "echo-basics.json"
    assert Suite.model_validate({**json.loads(path.read_text()), "agents": []}).agents == []
