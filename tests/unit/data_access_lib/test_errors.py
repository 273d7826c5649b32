import inspect
import re

import pytest

from data_access_lib import errors
from data_access_lib.errors import (
    ConditionFailed,
    ContentErased,
    ContentUnreadable,
    EventTooLarge,
    InvalidIdentifier,
    InvalidObjectKey,
    InvalidTenantId,
    KeyUnavailable,
    RunClosed,
    StaleVersion,
    TenantAccessViolation,
    TransactionConflict,
)
from platform_kit.errors import AmbitError

TREE = re.findall(r"[├└]── (\w+) +(\d{3})", errors.__doc__ or "")


@pytest.mark.parametrize(("name", "status"), TREE)
def test_the_tree_in_the_docstring_is_the_tree(name: str, status: str) -> None:
    from platform_kit import errors as platform

    kind = getattr(errors, name, None) or getattr(platform, name)
    assert issubclass(kind, AmbitError)
    assert kind.status == int(status)


def test_every_error_is_in_the_tree_and_exported() -> None:
    here = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, AmbitError) and kind.__module__ == errors.__name__
    }
    assert here <= {name for name, _ in TREE}
    assert here | {"InvalidCursor", "ResidencyViolation"} == set(errors.__all__)


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (TenantAccessViolation(), "There is no such resource."),
        (InvalidIdentifier("run"), "There is no such run."),
        (InvalidTenantId(), "There is no such tenant."),
        (InvalidObjectKey(), "There is no such file."),
        (ConditionFailed(), "The state of the resource does not permit this."),
        (TransactionConflict(), "Another change was being made at the same time. Try again."),
        (ContentErased(), "The content was erased."),
        (ContentUnreadable(), "The stored content cannot be read. Tell the operator, with the request id."),
        (KeyUnavailable(), "The tenant's encryption key cannot be used now. Try again."),
        (RunClosed("failed"), "The run has ended: failed."),
        (StaleVersion(), "The resource has changed. Read it again and send its present ETag in If-Match."),
        (EventTooLarge(), "An event's payload may hold at most 300 000 bytes of JSON."),
    ],
)
def test_an_error_says_what_was_wrong_and_names_no_key(error: AmbitError, detail: str) -> None:
    assert error.detail == detail == str(error)
    assert error.members == {}


def test_a_closed_run_says_how_it_ended() -> None:
    assert RunClosed("failed").run_status == "failed"
    assert TransactionConflict().reasons == ()
