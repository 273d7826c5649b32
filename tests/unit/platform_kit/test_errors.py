import inspect
import re

import pytest

from platform_kit import errors
from platform_kit.errors import AmbitError, FieldError, NotFound

KINDS = [
    kind
    for _name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, AmbitError) and kind is not AmbitError
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_failure_has_a_code_a_status_and_a_sentence(kind: type[AmbitError]) -> None:
    assert re.fullmatch(r"[A-Z][A-Z_]+", kind.code)
    assert 400 <= kind.status <= 599
    assert kind.title
    assert kind.__doc__


def test_no_two_failures_share_a_code() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_shows_the_failure_as_it_is(kind: type[AmbitError]) -> None:
    assert re.search(rf"─ {kind.__name__} +{kind.status} +{kind.code}\b", errors.__doc__ or "")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_failure_under_another_has_its_status(kind: type[AmbitError]) -> None:
    parent = kind.__mro__[1]
    assert parent is AmbitError or (issubclass(parent, AmbitError) and parent.status == kind.status)


def test_a_failure_carries_what_it_is_given() -> None:
    found = NotFound("No such run.", errors=(FieldError("/id", "unknown"),), retry_after=3, runId="run_1")
    assert (str(found), found.detail, found.retry_after, found.members) == (
        *("No such run.", "No such run.", 3),
        {"runId": "run_1"},
    )
    assert found.errors == (FieldError("/id", "unknown"),)
