import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from data_access_lib.errors import ConditionFailed, StoreUnavailable, TransactionConflict
from data_access_lib.failures import code_of, store_failures
from tests.stores import failure


@pytest.mark.parametrize(
    "error",
    [
        failure("ThrottlingException"),
        failure("ProvisionedThroughputExceededException"),
        failure("RequestLimitExceeded"),
        failure("InternalServerError"),
        failure("InternalServerException"),
        failure("InternalError"),
        failure("ServiceUnavailable"),
        failure("SlowDown"),
        failure("RequestTimeout"),
        ConnectTimeoutError(endpoint_url="http://x"),
        ReadTimeoutError(endpoint_url="http://x"),
        EndpointConnectionError(endpoint_url="http://x"),
    ],
)
def test_a_store_that_does_not_answer_is_unavailable_and_names_nothing(error: Exception) -> None:
    with pytest.raises(StoreUnavailable) as caught, store_failures():
        raise error
    assert (caught.value.status, caught.value.retry_after) == (503, 1)
    assert caught.value.detail == "The data store is not answering. Try again."
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("error", [failure("AccessDeniedException"), failure("ValidationException"), KeyError("x")])
def test_an_unknown_failure_stays_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, store_failures():
        raise error
    assert caught.value is error


def test_a_wrong_call_stays_as_it_is() -> None:
    with pytest.raises(ParamValidationError), store_failures():
        raise ParamValidationError(report="x")


def test_a_failed_condition_brings_the_stored_item() -> None:
    error = failure("ConditionalCheckFailedException", Item={"etag": {"N": "3"}})
    with pytest.raises(ConditionFailed) as caught, store_failures():
        raise error
    assert (caught.value.item, caught.value.index, caught.value.label) == ({"etag": 3}, 0, "")
    assert caught.value.reasons == ("ConditionalCheckFailed",)
    assert caught.value.__suppress_context__
    with pytest.raises(ConditionFailed) as caught, store_failures():
        raise failure("ConditionalCheckFailedException")
    assert caught.value.item is None


def cancelled(*codes: str | None) -> ClientError:
    reasons = [{"Code": code, "Item": {"at": {"N": str(at)}}} if code else {} for at, code in enumerate(codes)]
    return failure("TransactionCanceledException", CancellationReasons=reasons)


def test_a_cancelled_transaction_names_the_piece_whose_condition_failed_first() -> None:
    error = cancelled(None, "TransactionConflict", "ConditionalCheckFailed", "ConditionalCheckFailed")
    with pytest.raises(ConditionFailed) as caught, store_failures(["run", "event", "budget", "idempotency"]):
        raise error
    assert (caught.value.index, caught.value.label, caught.value.item) == (2, "budget", {"at": 2})
    assert caught.value.reasons == ("None", "TransactionConflict", "ConditionalCheckFailed", "ConditionalCheckFailed")


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_cancelled_by_contention_may_be_tried_again(code: str) -> None:
    with pytest.raises(TransactionConflict) as caught, store_failures(["a", "b"]):
        raise cancelled("None", code)
    assert caught.value.reasons == ("None", code)
    assert (caught.value.status, caught.value.retry_after) == (409, 1)


@pytest.mark.parametrize("code", ["TransactionConflictException", "TransactionInProgressException"])
def test_an_item_held_by_another_transaction_is_contention_too(code: str) -> None:
    with pytest.raises(TransactionConflict) as caught, store_failures():
        raise failure(code)
    assert caught.value.reasons == (code,)


def test_a_transaction_cancelled_for_another_reason_stays_as_it_is() -> None:
    for error in (cancelled("ValidationError"), failure("TransactionCanceledException")):
        with pytest.raises(ClientError) as caught, store_failures(["a"]):
            raise error
        assert caught.value is error


def test_a_failure_without_a_code_has_an_empty_one() -> None:
    assert code_of(ClientError({}, "x")) == ""
    assert code_of(failure("SlowDown")) == "SlowDown"


def test_what_succeeds_passes() -> None:
    with store_failures():
        done = True
    assert done
