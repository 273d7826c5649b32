from typing import Any

import pytest
from pydantic import ValidationError, field_validator

from platform_kit import problem
from platform_kit.errors import AmbitError, FieldError, InvalidBody, MethodNotAllowed, NotFound, TooManyRequests
from platform_kit.models import ApiModel


class Inner(ApiModel):
    page_size: int


class Body(ApiModel):
    name: str
    inner: tuple[Inner, ...] = ()


def test_a_document_has_the_members_of_rfc_9457_and_ours() -> None:
    found = problem.document(NotFound("No such run."), request_id="req-1", instance="/v1/runs/x")
    assert found == {
        "type": "https://ambit.dev/problems/not-found",
        "title": "Not found",
        "status": 404,
        "detail": "No such run.",
        "instance": "/v1/runs/x",
        "code": "NOT_FOUND",
        "requestId": "req-1",
    }


def test_further_members_and_bad_places_are_added() -> None:
    error = InvalidBody("Bad.", errors=(FieldError("/name", "missing"),), runId="run_1")
    found = problem.document(error, request_id="r", instance="/")
    assert found["runId"] == "run_1"
    assert found["errors"] == [{"pointer": "/name", "message": "missing"}]


def test_a_problem_is_not_stored_and_says_when_to_try_again() -> None:
    assert problem.headers(NotFound("x")) == {"content-type": "application/problem+json", "cache-control": "no-store"}
    assert problem.headers(TooManyRequests("x", retry_after=7))["retry-after"] == "7"
    assert problem.headers(TooManyRequests("x", retry_after=0))["retry-after"] == "0"


def test_a_method_that_is_not_taken_is_answered_with_those_that_are() -> None:
    assert problem.headers(MethodNotAllowed("no", "GET, POST"))["allow"] == "GET, POST"
    assert "allow" not in problem.headers(NotFound("no"))


def test_an_unforeseen_failure_says_nothing_of_itself() -> None:
    found = problem.unexpected()
    assert (type(found), found.status, found.code) == (AmbitError, 500, "INTERNAL")


def from_validation(value: Any) -> InvalidBody:
    with pytest.raises(ValidationError) as caught:
        Body.model_validate(value)
    return problem.from_validation(caught.value)


def test_each_bad_field_is_named_by_its_pointer() -> None:
    error = from_validation({"inner": [{"pageSize": "x"}]})
    assert {item.pointer for item in error.errors} == {"/name", "/inner/0/pageSize"}
    assert error.detail.startswith("2 problem(s)")


def test_an_unknown_field_is_said_to_be_one() -> None:
    error = from_validation({"name": "x", "a/b~c": 1})
    assert error.errors == (FieldError("/a~1b~0c", "unknown field"),)


def test_values_are_not_repeated() -> None:
    error = from_validation({"name": {"secret": "hunter2"}})
    assert "hunter2" not in repr(error.errors)


def test_what_a_validator_of_ours_says_is_told_without_a_preface() -> None:
    class Named(ApiModel):
        name: str

        @field_validator("name")
        @classmethod
        def _known(cls, _value: str) -> str:
            raise ValueError("no such name")

    with pytest.raises(ValidationError) as caught:
        Named.model_validate({"name": "x"})
    assert problem.from_validation(caught.value).errors == (FieldError("/name", "no such name"),)
