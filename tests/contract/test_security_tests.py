"""docs/security-tests.md says what the families say: a new one, or a changed minimum, needs `make security-tests`."""

import re
from pathlib import Path
from typing import Final

import pytest

from scripts.openapi.operations import declared
from scripts.security_tests.families import FAMILIES
from tests.security.matrix import body_of

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "security-tests.md").read_text(encoding="utf-8")
ROW: Final = re.compile(r"^\| ([a-z0-9-]+) \| (.+?) \| (all|[\d ]+) \| ([\d ]+) \| (.+?) \|$", re.MULTILINE)
ROWS: Final = {name: (proves, least, counted, said) for name, proves, least, counted, said in ROW.findall(PAGE)}
MARK: Final = re.compile(r'mark\.family\("([^"]+)"\)')


def test_the_page_lists_the_families_and_no_others() -> None:
    assert list(ROWS) == list(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_page_says_what_a_family_proves_and_how_many_cases_it_needs(name: str) -> None:
    family = FAMILIES[name]
    assert ROWS[name][:2] == (family.proves, family.required)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_that_the_page_calls_proven_counted_enough(name: str) -> None:
    _, _, counted, said = ROWS[name]
    assert said != "proven" or int(counted.replace(" ", "")) >= (FAMILIES[name].least or 1)


def test_a_family_on_the_page_is_in_files_that_still_mark_it() -> None:
    for name, places in re.findall(r"^\| ([a-z0-9-]+) \| (\[.+\]\(.+\)) \|$", PAGE, re.MULTILINE):
        for file in re.findall(r"\(\.\./(tests/[^)]+)\)", places):
            assert name in MARK.findall((ROOT / file).read_text(encoding="utf-8")), f"{file} marks no {name}"


@pytest.mark.parametrize("key", [key for key, operation in declared().items() if operation.request])
def test_the_proof_has_a_valid_body_for_every_operation_that_takes_one(key: str) -> None:
    """Give one in `BODIES` of tests/security/matrix.py where the schema alone does not make one."""
    operation = declared()[key]
    assert operation.request is not None
    assert operation.request.model_validate(body_of(operation.route))
