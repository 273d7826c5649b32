import pytest

from governance.approvals import ApprovalNeeded
from lambdas.models import errors
from model_gateway.errors import BadModelRequest, ModelRateLimited
from platform_kit.errors import AmbitError, BudgetExhausted, Conflict, DependencyUnavailable, NotFound, Unauthenticated


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (BadModelRequest("x", param="n"), "invalid_request_error", "unsupported_value"),
        (ModelRateLimited("x"), "rate_limit_error", "rate_limit_exceeded"),
        (BudgetExhausted("x"), "rate_limit_error", "BUDGET_EXHAUSTED"),
        (Unauthenticated("x"), "authentication_error", "UNAUTHENTICATED"),
        (NotFound("x"), "invalid_request_error", "NOT_FOUND"),
        (Conflict("x"), "conflict_error", "CONFLICT"),
        (DependencyUnavailable("x"), "api_error", "DEPENDENCY_UNAVAILABLE"),
        (AmbitError("x"), "api_error", "INTERNAL"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_failure_has_openais_shape(error: AmbitError, kind: str, code: str) -> None:
    found = errors.body(error)["error"]

    assert (found["message"], found["type"], found["code"]) == ("x", kind, code)
    assert "param" in found


def test_what_is_held_for_approval_says_so_with_its_id() -> None:
    held = ApprovalNeeded("held", "apr_1", ruleId="tier-0", expiresAt="soon")

    found = errors.body(held)["error"]

    assert (found["code"], found["type"], found["approvalId"]) == ("NEEDS_APPROVAL", "permission_error", "apr_1")
    assert found["approval"] == {"code": "NEEDS_APPROVAL", "approvalId": "apr_1", **held.told}
    assert errors.headers(held)["x-should-retry"] == "false"


def test_extra_members_go_along() -> None:
    assert errors.body(Conflict("x", approvalId="apr_1"))["error"]["approvalId"] == "apr_1"


def test_a_client_tries_again_only_when_it_is_told_when() -> None:
    assert errors.headers(Conflict("x"))["x-should-retry"] == "false"
    told = errors.headers(DependencyUnavailable("x", retry_after=3))
    assert (told["x-should-retry"], told["retry-after"]) == ("true", "3")
