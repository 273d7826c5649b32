import inspect
import re

import pytest

from model_gateway import errors
from model_gateway.errors import ModelError

EVERY = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, ModelError) and kind is not ModelError
]


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_the_tree_that_is_drawn_is_the_tree_that_there_is(kind: type[ModelError]) -> None:
    drawn = re.search(rf"── {kind.__name__} +(\d+)  (\w+)", errors.__doc__ or "")

    assert drawn is not None
    assert (int(drawn[1]), drawn[2]) == (kind.status, kind.wire_code)


def test_what_is_tried_again_somewhere_else_is_never_the_callers_fault_alone() -> None:
    assert {kind.__name__ for kind in EVERY if kind.retried} == {"ModelRateLimited", "ModelUnavailable"}
    assert not any(kind.falls_back for kind in (errors.PromptRejected, errors.ContentBlocked, errors.StreamCut))
    assert all(kind.status >= 500 for kind in EVERY if kind.outage)
