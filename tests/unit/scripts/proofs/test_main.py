from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.proofs import __main__ as command
from scripts.proofs import record
from scripts.proofs.families import CHAOS, SECURITY, Proof

FILE = "tests/conftest.py"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both proofs, with pages and records in a folder."""
    proofs = {proof.name: replace(proof, page=tmp_path / f"{proof.name}.md") for proof in (SECURITY, CHAOS)}
    monkeypatch.setattr(command, "PROOFS", proofs)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(record, "STATE", tmp_path)
    return tmp_path


def counted(proof: Proof, *, but: str = "") -> None:
    """Enough of every family, but of one."""
    names = {name: Counter(passed=family.least or 1) for name, family in proof.families.items() if name != but}
    record.merge(record.path_of(proof), {name: {FILE: tally} for name, tally in names.items()})


def test_a_proof_is_written_and_good_when_every_family_is_proven(folder: Path) -> None:
    counted(CHAOS)
    assert command.main(["chaos"]) == 0
    assert (folder / "chaos.md").read_text().count("| proven |") == len(CHAOS.families)
    assert not (folder / "security.md").exists()


@pytest.mark.parametrize("name", CHAOS.families)
def test_the_reliability_proof_fails_by_each_family_that_is_not(name: str, folder: Path) -> None:
    counted(CHAOS, but=name)
    assert command.main(["chaos"]) == 1
    assert command.main(["chaos", "--check"]) == 1
    assert "| 0 | not run yet |" in (folder / "chaos.md").read_text()


def test_the_security_proof_fails_only_when_it_is_checked(folder: Path) -> None:
    counted(SECURITY, but="s3")
    assert [command.main(["security"]), command.main(["security", "--check"])] == [0, 1]


def test_what_was_counted_is_forgotten(folder: Path) -> None:
    counted(CHAOS)
    assert command.main(["chaos", "--forget"]) == 0
    assert command.main(["chaos", "--forget"]) == 0
    assert command.main(["chaos"]) == 1
