import json
from collections import Counter
from pathlib import Path

import pytest

from scripts.proofs import record
from scripts.proofs.families import FAMILIES, PROOFS, Family
from scripts.proofs.record import Tallies

S3 = Family("s3", "…", 3)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("a.py", "b.py"):
        (tmp_path / name).touch()
    return tmp_path


def test_runs_of_different_files_add_up(root: Path) -> None:
    path = root / "record.json"
    record.merge(path, {"s3": {"a.py": Counter(passed=2)}}, root)
    known = record.merge(path, {"s3": {"b.py": Counter(passed=3)}}, root)
    assert record.total(known, "s3")["passed"] == 5
    assert record.load(path, root) == known


def test_a_file_that_ran_again_counts_once(root: Path) -> None:
    path = root / "record.json"
    record.merge(path, {"s3": {"a.py": Counter(passed=2, failed=1)}, "bola": {"a.py": Counter(passed=9)}}, root)
    known = record.merge(path, {"s3": {"a.py": Counter(passed=3)}}, root)
    assert record.total(known, "s3") == Counter(passed=3)
    assert record.total(known, "bola") == Counter()


def test_what_is_gone_counts_no_more(root: Path) -> None:
    path = root / "record.json"
    path.write_text(json.dumps({"s3": {"gone.py": {"passed": 9}}, "no-family": {"a.py": {"passed": 1}}}))
    assert record.load(path, root) == {"s3": {}}
    assert record.load(root / "none.json", root) == {}


@pytest.mark.parametrize(
    ("counted", "said"),
    [
        ({}, "not run yet"),
        ({"passed": 2}, "not all run yet"),
        ({"passed": 3}, "proven"),
        ({"passed": 9, "failed": 1}, "1 failed"),
        ({"passed": 9, "skipped": 2}, "2 skipped"),
    ],
)
def test_a_family_is_proven_by_enough_cases_and_no_failure(counted: dict[str, int], said: str) -> None:
    assert record.verdict(S3, {"s3": {"a.py": Counter(counted)}}) == said


def test_a_family_of_all_cases_needs_one_at_least() -> None:
    whole = Family("bola", "…", None)
    assert record.verdict(whole, {}) == "not run yet"
    assert record.verdict(whole, {"bola": {"a.py": Counter(passed=1)}}) == "proven"


def test_the_table_names_each_family_with_its_minimum() -> None:
    tallies: Tallies = {"isolation": {"a.py": Counter(passed=12)}}
    lines = record.table(tallies, ["isolation", "bola"])
    assert [line.split("  ")[0] for line in lines] == ["family", "isolation", "bola"]
    assert "10 000" in lines[1]
    assert lines[2].split()[1:3] == ["0", "all"]
    assert {"jws", "bola", "isolation"} <= FAMILIES.keys()


def test_each_proof_has_a_record_of_its_own() -> None:
    assert len({record.path_of(proof) for proof in PROOFS.values()}) == len(PROOFS)
