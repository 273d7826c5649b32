import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.proofs.families import CHAOS, SECURITY
from tests.families import FamilyCounter, is_partial


def report(outcome: str, when: str = "call", node: str = "tests/a.py::test_x", **properties: Any) -> Any:
    said = list(properties.items())
    return SimpleNamespace(outcome=outcome, passed=outcome == "passed", when=when, nodeid=node, user_properties=said)


@pytest.fixture
def counter(tmp_path: Path) -> FamilyCounter:
    return FamilyCounter(SECURITY, tmp_path / "record.json")


def test_a_marked_test_counts_once_although_it_has_three_phases(counter: FamilyCounter) -> None:
    for when in ("setup", "call", "teardown"):
        counter.pytest_runtest_logreport(report("passed", when, family="s3"))
    assert counter.seen == {"s3": {"tests/a.py": {"passed": 1}}}


def test_a_test_may_hold_many_cases_and_fails_as_one(counter: FamilyCounter) -> None:
    counter.pytest_runtest_logreport(report("passed", family="s3", cases=400))
    counter.pytest_runtest_logreport(report("failed", family="s3", cases=400))
    assert counter.seen["s3"]["tests/a.py"] == {"passed": 400, "failed": 1}


def test_a_fixture_that_fails_or_a_skip_is_seen(counter: FamilyCounter) -> None:
    counter.pytest_runtest_logreport(report("failed", "setup", family="s3"))
    counter.pytest_runtest_logreport(report("skipped", "setup", family="s3"))
    assert counter.seen["s3"]["tests/a.py"] == {"failed": 1, "skipped": 1}


def test_others_do_not_count(counter: FamilyCounter) -> None:
    counter.pytest_runtest_logreport(report("failed"))
    assert counter.seen == {}


def item(*families: str) -> Any:
    marks = [SimpleNamespace(args=(name,)) for name in families]
    return SimpleNamespace(nodeid="x", user_properties=[], get_closest_marker=lambda _name: marks[0] if marks else None)


def test_a_mark_travels_with_the_test_to_whoever_counts(counter: FamilyCounter) -> None:
    items = [item("bola"), item()]
    counter.pytest_collection_modifyitems(items)
    assert [one.user_properties for one in items] == [[("family", "bola")], []]


def test_a_family_that_does_not_exist_is_refused(counter: FamilyCounter) -> None:
    with pytest.raises(pytest.UsageError, match="bolla"):
        counter.pytest_collection_modifyitems([item("bolla")])


def test_a_test_counts_for_each_proof_that_it_is_marked_for(counter: FamilyCounter, tmp_path: Path) -> None:
    other = FamilyCounter(CHAOS, tmp_path / "other.json")
    for each in (counter, other):
        each.pytest_runtest_logreport(report("passed", family="idempotency", chaos="duplicates"))
    assert (list(counter.seen), list(other.seen)) == (["idempotency"], ["duplicates"])


def config(**options: Any) -> Any:
    known = {"keyword": "", "markexpr": "", "lf": False, "collectonly": False, "args": ["tests/security"]} | options
    return SimpleNamespace(option=SimpleNamespace(**known), args=known["args"])


def test_a_run_of_chosen_tests_says_nothing_about_a_file() -> None:
    assert not is_partial(config())
    assert not is_partial(config(markexpr="family"))
    assert is_partial(config(markexpr="chaos"))
    assert not is_partial(config(markexpr="chaos"), CHAOS)
    chosen = [{"keyword": "x"}, {"markexpr": "not aws"}, {"lf": True}, {"args": ["a.py::test_x"]}]
    assert all(is_partial(config(**one)) for one in chosen)


def test_the_table_is_printed_and_the_counts_are_kept(counter: FamilyCounter, tmp_path: Path) -> None:
    lines: list[str] = []
    printer: Any = SimpleNamespace(section=lines.append, write_line=lines.append)
    counter.pytest_runtest_logreport(report("passed", node="tests/conftest.py::x", family="s3", cases=20))
    counter.pytest_terminal_summary(printer, config())
    assert lines[0] == "security proof"
    assert lines[-1].split() == ["s3", "20", "20", "proven"]
    assert json.loads((tmp_path / "record.json").read_text()) == {"s3": {"tests/conftest.py": {"passed": 20}}}


def test_a_run_without_families_prints_nothing(counter: FamilyCounter, tmp_path: Path) -> None:
    counter.pytest_terminal_summary(None, config())  # type: ignore[arg-type]  # it must not be used
    assert not (tmp_path / "record.json").exists()
