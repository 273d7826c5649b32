"""What can go wrong with a call of a model, as one tree, in words that are the same for every provider.

    ModelError
    ├── BadModelRequest       400  unsupported_value   `param` names the field
    │   └── NotOffered        400  unsupported_value   another target of the route may offer it
    ├── PromptRejected        400  provider_rejected   the provider does not take this request
    ├── ContentBlocked        400  content_filter      a guardrail stopped the prompt or the answer
    ├── ModelNotFound         404  model_not_found
    ├── ModelRateLimited      429  rate_limit_exceeded
    ├── AnswerInvalid         502  bad_provider_answer malformed, or larger than is read
    ├── StreamCut             502  stream_cut          it broke off after its first byte
    ├── ModelNotConfigured    503  model_not_configured no credential, or one that is refused
    ├── ModelUnavailable      503  model_unavailable   5xx, no connection, every circuit open
    └── ModelTimeout          504  model_timeout

`retried`: the same provider is asked again. `falls_back`: the next one of the route is. `outage`: it counts against the
circuit. Messages are ours: what a provider says may hold what it was sent, or its view of our credential.
"""

from typing import ClassVar

from platform_kit.errors import AmbitError


class ModelError(AmbitError):
    """The root. `kind` and `wire_code` are OpenAI's `type` and `code`, `param` the field that is wrong."""

    code, status, title = "MODEL_ERROR", 502, "The model call failed"
    kind: ClassVar[str] = "api_error"
    wire_code: ClassVar[str] = "model_error"
    retried: ClassVar[bool] = False
    falls_back: ClassVar[bool] = False
    outage: ClassVar[bool] = False

    def __init__(self, detail: str, *, param: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.param = param


class BadModelRequest(ModelError):
    """The request is not one that is served; `param` names the field."""

    code, status, title = "BAD_MODEL_REQUEST", 400, "Bad request"
    kind, wire_code = "invalid_request_error", "unsupported_value"


class NotOffered(BadModelRequest):
    """This provider cannot carry the request out; another of the route may."""

    falls_back = True


class PromptRejected(ModelError):
    """The provider understood the request and does not take it: too long, or against its rules."""

    code, status, title = "PROMPT_REJECTED", 400, "The provider rejected the request"
    kind, wire_code = "invalid_request_error", "provider_rejected"


class ContentBlocked(ModelError):
    """A guardrail of the platform's stopped the prompt or the answer."""

    code, status, title = "CONTENT_BLOCKED", 400, "Blocked by a guardrail"
    kind, wire_code = "invalid_request_error", "content_filter"


class ModelNotFound(ModelError):
    """The tenant has no model of that name."""

    code, status, title = "MODEL_NOT_FOUND", 404, "No such model"
    kind, wire_code = "invalid_request_error", "model_not_found"


class ModelRateLimited(ModelError):
    """The provider wants fewer requests; `retry_after` in seconds when it said so."""

    code, status, title = "MODEL_RATE_LIMITED", 429, "Too many requests"
    kind, wire_code = "rate_limit_error", "rate_limit_exceeded"
    retried, falls_back = True, True


class AnswerInvalid(ModelError):
    """The provider's answer cannot be understood, or is larger than is read."""

    code, status, title = "MODEL_ANSWER_INVALID", 502, "The provider's answer is not usable"
    wire_code = "bad_provider_answer"
    falls_back, outage = True, True


class StreamCut(ModelError):
    """The answer broke off after its first byte. It is not tried again: part of it has been read."""

    code, status, title = "MODEL_STREAM_CUT", 502, "The answer broke off"
    wire_code = "stream_cut"
    outage = True


class ModelNotConfigured(ModelError):
    """There is no credential for the provider, or the provider refuses the one there is."""

    code, status, title = "MODEL_NOT_CONFIGURED", 503, "The model is not set up"
    wire_code = "model_not_configured"
    falls_back = True


class ModelUnavailable(ModelError):
    """The provider does not answer, or answers that it cannot."""

    code, status, title = "MODEL_UNAVAILABLE", 503, "The model is not available"
    wire_code = "model_unavailable"
    retried, falls_back, outage = True, True, True


class ModelTimeout(ModelError):
    """The provider did not answer in time. Not asked again: the next one may be quicker."""

    code, status, title = "MODEL_TIMEOUT", 504, "The model did not answer in time"
    wire_code = "model_timeout"
    falls_back, outage = True, True
