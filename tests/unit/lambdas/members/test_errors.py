import inspect
import re

import pytest

from lambdas.members import errors
from platform_kit.errors import AmbitError

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_shows_the_failure_as_it_is(kind: type[AmbitError]) -> None:
    assert re.search(rf"─ {kind.__name__} +{kind.status} +{kind.code}\b", errors.__doc__ or "")


def test_a_settled_invite_says_how_it_ended() -> None:
    codes = {state: errors.settled(state).code for state in ("accepted", "withdrawn", "expired")}
    assert codes == {"accepted": "INVITE_ACCEPTED", "withdrawn": "INVITE_WITHDRAWN", "expired": "INVITE_EXPIRED"}
