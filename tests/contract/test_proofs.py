"""A proof's page says what its families say: a new one, or a changed minimum, needs its command to run."""

import re
from pathlib import Path
from typing import Final

import pytest

from scripts.openapi.operations import declared
from scripts.proofs.families import PROOFS, Proof
from tests.security.matrix import body_of

ROOT: Final = Path(__file__).resolve().parents[2]
ROW: Final = re.compile(r"^\| ([a-z0-9-]+) \| (.+?) \| (all|[\d ]+) \| ([\d ]+) \| (.+?) \|$", re.MULTILINE)
FAMILIES: Final = [(proof, name) for proof in PROOFS.values() for name in proof.families]
each_proof = pytest.mark.parametrize("proof", PROOFS.values(), ids=list(PROOFS))
each_family = pytest.mark.parametrize(("proof", "name"), FAMILIES, ids=[name for _, name in FAMILIES])


def rows(proof: Proof) -> dict[str, tuple[str, ...]]:
    """What the page says of each family: what it proves, at least, counted, result."""
    return {name: tuple(said) for name, *said in ROW.findall(proof.page.read_text(encoding="utf-8"))}


@each_proof
def test_the_page_lists_the_families_and_no_others(proof: Proof) -> None:
    assert list(rows(proof)) == list(proof.families)


def test_no_family_is_of_two_proofs() -> None:
    assert len({name for _, name in FAMILIES}) == len(FAMILIES)


@each_family
def test_the_page_says_what_a_family_proves_and_how_many_cases_it_needs(proof: Proof, name: str) -> None:
    family = proof.families[name]
    assert rows(proof)[name][:2] == (family.proves, family.required)


@each_family
def test_a_family_that_the_page_calls_proven_counted_enough(proof: Proof, name: str) -> None:
    _, _, counted, said = rows(proof)[name]
    assert said != "proven" or int(counted.replace(" ", "")) >= (proof.families[name].least or 1)


@each_proof
def test_a_family_on_the_page_is_in_files_that_still_mark_it(proof: Proof) -> None:
    mark = re.compile(rf'mark\.{proof.mark}\("([^"]+)"\)')
    text = proof.page.read_text(encoding="utf-8")
    for name, places in re.findall(r"^\| ([a-z0-9-]+) \| (\[.+\]\(.+\)) \|$", text, re.MULTILINE):
        for file in re.findall(r"\(\.\./(tests/[^)]+)\)", places):
            assert name in mark.findall((ROOT / file).read_text(encoding="utf-8")), f"{file} marks no {name}"


@pytest.mark.parametrize("key", [key for key, operation in declared().items() if operation.request])
def test_the_proof_has_a_valid_body_for_every_operation_that_takes_one(key: str) -> None:
    """Give one in `BODIES` of tests/security/matrix.py where the schema alone does not make one."""
    operation = declared()[key]
    assert operation.request is not None
    assert operation.request.model_validate(body_of(operation.route))
