"""The errors of the AgentCore APIs, in the shape boto3 reads them.

AgentCoreError
├── ValidationError          400 ValidationException
├── AccessDeniedError        403 AccessDeniedException
├── RuntimeNotFoundError     404 ResourceNotFoundException
├── NameTakenError           409 ConflictException
├── RuntimeClientError       424 RuntimeClientError: the agent failed, not the host
├── TooManySessionsError     429 ThrottlingException
└── HostError                500 InternalServerException
"""

from __future__ import annotations

from starlette.responses import JSONResponse


class AgentCoreError(Exception):
    """An answer other than success; `kind` is the exception's name in the service model."""

    status = 500
    kind = "InternalServerException"


class ValidationError(AgentCoreError):
    """The request does not say what the API needs."""

    status = 400
    kind = "ValidationException"


class AccessDeniedError(AgentCoreError):
    """The request is not signed the way AWS requests are."""

    status = 403
    kind = "AccessDeniedException"


class RuntimeNotFoundError(AgentCoreError):
    """No such runtime, version, endpoint or session."""

    status = 404
    kind = "ResourceNotFoundException"


class NameTakenError(AgentCoreError):
    """A runtime of that name exists."""

    status = 409
    kind = "ConflictException"


class RuntimeClientError(AgentCoreError):
    """The agent answered with an error, crashed, hung or would not start."""

    status = 424
    kind = "RuntimeClientError"


class TooManySessionsError(AgentCoreError):
    """Every session there is room for is at work."""

    status = 429
    kind = "ThrottlingException"


class HostError(AgentCoreError):
    """The host itself failed."""


def as_response(error: AgentCoreError) -> JSONResponse:
    """Answer in the rest-json protocol: the kind in a header, the message in the body."""
    body = {"message": str(error)}
    if error.status == ValidationError.status:
        body["reason"] = "FieldValidationFailed"
    return JSONResponse(body, status_code=error.status, headers={"x-amzn-ErrorType": error.kind})
