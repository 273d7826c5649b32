"""What the interceptors say when a part of them fails; the calls themselves are functional tests."""

from typing import Any

import pytest

from enforcement.errors import PolicyUnavailable
from lambdas.interceptors.service import Interceptors, refused_whole
from platform_kit.errors import AmbitError, BudgetExhausted, DependencyUnavailable, Forbidden, Unauthenticated

MESSAGE = {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}


class Failing:
    def __init__(self, failure: BaseException) -> None:
        self.failure = failure

    def of(self, _headers: object) -> Any:
        raise self.failure


def interceptors(failure: BaseException) -> Interceptors:
    nothing: Any = None
    door: Any = Failing(failure)
    return Interceptors("1", door, nothing, nothing, nothing, nothing, nothing)


def event(**mcp: Any) -> dict[str, Any]:
    request = {"path": "/mcp", "httpMethod": "POST", "headers": {}, "body": MESSAGE}
    return {"interceptorInputVersion": "1.0", "mcp": {"gatewayRequest": request, **mcp}}


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (Unauthenticated("no"), 401),
        (Forbidden("no"), 403),
        (BudgetExhausted("no"), 429),
        (DependencyUnavailable("no"), 503),
        (PolicyUnavailable(), 503),
        (AmbitError("no"), 500),
        (RuntimeError("inside"), 500),
        (MemoryError("inside"), 500),
        (RecursionError("inside"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_is_a_refusal_in_both_directions_and_tells_nothing_of_itself(failure: Exception, status: int) -> None:
    for given in (event(), event(gatewayResponse={"statusCode": 200, "body": {"id": 7, "result": {"a": "secret"}}})):
        answer = interceptors(failure).answer(given)["mcp"]
        told = answer["transformedGatewayResponse"]
        assert set(answer) == {"transformedGatewayResponse"}
        assert (told["statusCode"], told["body"]["id"]) == (status, 7)
        assert not any(word in str(told) for word in ("secret", "inside"))


def test_a_process_that_cannot_begin_refuses() -> None:
    told = refused_whole(RuntimeError("inside"))["mcp"]["transformedGatewayResponse"]
    assert (told["statusCode"], "inside" in str(told)) == (500, False)
