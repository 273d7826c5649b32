"""Every failure the platform answers with, as one tree.

    AmbitError
    ├── BadRequest                400  BAD_REQUEST
    │   ├── InvalidBody           400  INVALID_BODY            errors[]: one JSON pointer each
    │   └── InvalidCursor         400  INVALID_CURSOR
    ├── Unauthenticated           401  UNAUTHENTICATED
    ├── Forbidden                 403  FORBIDDEN
    │   ├── TenantSuspended       403  TENANT_SUSPENDED
    │   ├── ResidencyViolation    403  RESIDENCY
    │   ├── CapabilityDisabled    403  CAPABILITY_DISABLED
    │   ├── KillSwitchActive      403  KILL_SWITCH
    │   ├── MemberDisabled        403  MEMBER_DISABLED
    │   └── BreakGlassRequired    403  BREAK_GLASS_REQUIRED
    ├── NotFound                  404  NOT_FOUND               also: another tenant's
    ├── MethodNotAllowed          405  METHOD_NOT_ALLOWED      Allow
    ├── Conflict                  409  CONFLICT
    │   ├── AgentHeld             409  AGENT_HELD
    │   │   ├── AgentDraining     409  AGENT_DRAINING
    │   │   ├── AgentHalted       409  AGENT_HALTED
    │   │   ├── AgentPaused       409  AGENT_PAUSED
    │   │   ├── AgentQuarantined  409  AGENT_QUARANTINED
    │   │   └── AgentReadOnly     409  AGENT_READ_ONLY
    │   ├── IdempotencyMismatch   409  IDEMPOTENCY_MISMATCH
    │   ├── IdempotencyInProgress 409  IDEMPOTENCY_IN_PROGRESS
    │   ├── ModeMismatch          409  MODE_MISMATCH
    │   ├── PromotionRefused      409  PROMOTION_REFUSED       errors[]: one gate each
    │   └── VersionTampered       409  VERSION_TAMPERED
    ├── PreconditionFailed        412  PRECONDITION_FAILED
    ├── PayloadTooLarge           413  PAYLOAD_TOO_LARGE
    ├── UnsupportedMediaType      415  UNSUPPORTED_MEDIA_TYPE
    ├── Unprocessable             422  UNPROCESSABLE
    ├── PreconditionRequired      428  PRECONDITION_REQUIRED
    ├── TooManyRequests           429  TOO_MANY_REQUESTS       Retry-After, seconds
    │   ├── BudgetExhausted       429  BUDGET_EXHAUSTED
    │   ├── RateLimited           429  RATE_LIMITED
    │   └── TooManyRuns           429  TOO_MANY_RUNS
    ├── AgentFailed               502  AGENT_FAILED
    ├── DependencyUnavailable     503  DEPENDENCY_UNAVAILABLE  Retry-After, seconds
    │   ├── ResidencyExcludesRegion 503 RESIDENCY_EXCLUDES_REGION
    │   └── RuntimeNotInRegion    503  RUNTIME_NOT_IN_REGION
    └── AgentTimeout              504  AGENT_TIMEOUT

A domain error knows its code and status and says in `detail` what was wrong and what to do next, never its transport.
`platform_kit.problem` turns it into `application/problem+json` (RFC 9457).
"""

from typing import ClassVar, NamedTuple


class FieldError(NamedTuple):  # a dataclass would cost the authoriser 10 ms of cold start
    """One bad place: `pointer` is a JSON pointer (RFC 6901) into the body, or `?name` for a query parameter."""

    pointer: str
    message: str


class AmbitError(Exception):
    """The root: a failure that a client may be told about. `members` become extra members of the problem document."""

    code: ClassVar[str] = "INTERNAL"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after: int | None = None,
        **members: str | int | bool,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after
        self.members = members


class BadRequest(AmbitError):
    """The request cannot be understood as it is."""

    code, status, title = "BAD_REQUEST", 400, "Bad request"


class InvalidBody(BadRequest):
    """The body does not have the documented shape; `errors` names each bad place."""

    code, title = "INVALID_BODY", "Invalid request body"


class InvalidCursor(BadRequest):
    """The cursor was not issued by this API for this list and this tenant, or is too old."""

    code, title = "INVALID_CURSOR", "Invalid cursor"


class Unauthenticated(AmbitError):
    """No identity, or one that does not hold."""

    code, status, title = "UNAUTHENTICATED", 401, "Not authenticated"


class Forbidden(AmbitError):
    """The caller is known and may not do this."""

    code, status, title = "FORBIDDEN", 403, "Not allowed"


class TenantSuspended(Forbidden):
    """The tenant is suspended: nothing runs until an operator reinstates it."""

    code, title = "TENANT_SUSPENDED", "Tenant suspended"


class ResidencyViolation(Forbidden):
    """The tenant's data is kept in another region, or its record does not say where: nothing of it is touched here."""

    code, title = "RESIDENCY", "Kept in another region"

    def __init__(self) -> None:
        super().__init__("The tenant's data is not kept in this region. Call the deployment of its own region.")


class CapabilityDisabled(Forbidden):
    """The capability's flag is off for this call, or cannot be understood."""

    code, title = "CAPABILITY_DISABLED", "Capability disabled"


class KillSwitchActive(Forbidden):
    """An operator has stopped the tenant, agent, run, tool or platform; or the tenant's administrators their own."""

    code, title = "KILL_SWITCH", "Stopped by a kill switch"


class MemberDisabled(Forbidden):
    """The tenant's administrators have disabled this member, whatever the token says."""

    code, title = "MEMBER_DISABLED", "Member disabled"


class BreakGlassRequired(Forbidden):
    """Platform staff see a tenant's content only with a grant of their own for that tenant that is open now."""

    code, title = "BREAK_GLASS_REQUIRED", "Break-glass access needed"


class NotFound(AmbitError):
    """Not there, or another tenant's: the two are told apart for nobody."""

    code, status, title = "NOT_FOUND", 404, "Not found"


class MethodNotAllowed(AmbitError):
    """The resource is there and does not take this method; `allow` names those it takes."""

    code, status, title = "METHOD_NOT_ALLOWED", 405, "Method not allowed"

    def __init__(self, detail: str, allow: str) -> None:
        super().__init__(detail)
        self.allow = allow


class Conflict(AmbitError):
    """The state of the resource does not permit this."""

    code, status, title = "CONFLICT", 409, "Conflict"


class AgentHeld(Conflict):
    """The tenant's agent is held back: no run of it starts until an administrator resets it."""

    code, title = "AGENT_HELD", "The agent is held back"


class AgentHalted(AgentHeld):
    """Too many runs of the agent were halted for safety or risk."""

    code, title = "AGENT_HALTED", "The agent was halted"


class AgentPaused(AgentHeld):
    """Somebody has paused the agent."""

    code, title = "AGENT_PAUSED", "The agent is paused"


class AgentDraining(AgentHeld):
    """The agent's runs are let end, and no new one begins."""

    code, title = "AGENT_DRAINING", "The agent is draining"


class AgentReadOnly(AgentHeld):
    """Runs of the agent may read, and make no call that has a side effect."""

    code, title = "AGENT_READ_ONLY", "The agent is read-only"


class AgentQuarantined(AgentHeld):
    """Somebody has quarantined the agent: its runs were ended too."""

    code, title = "AGENT_QUARANTINED", "The agent is quarantined"


class IdempotencyMismatch(Conflict):
    """The idempotency key was used before with another body."""

    code, title = "IDEMPOTENCY_MISMATCH", "Idempotency key reused with another body"


class IdempotencyInProgress(Conflict):
    """The first request with this idempotency key is still running."""

    code, title = "IDEMPOTENCY_IN_PROGRESS", "First request still running"


class ModeMismatch(Conflict):
    """The agent's declared mode does not offer this way of calling it."""

    code, title = "MODE_MISMATCH", "Wrong mode for this agent"


class PromotionRefused(Conflict):
    """Gates do not hold: `errors` names each of them, as `/gates/<gate>`, and what is missing."""

    code, title = "PROMOTION_REFUSED", "Gates do not hold"


class VersionTampered(Conflict):
    """The stored record of an agent's version is not what was written: nothing of it runs."""

    code, title = "VERSION_TAMPERED", "The version does not hold"


class PreconditionFailed(AmbitError):
    """`If-Match` names another state of the resource than the present one."""

    code, status, title = "PRECONDITION_FAILED", 412, "Precondition failed"


class PayloadTooLarge(AmbitError):
    """The body is larger than the route takes."""

    code, status, title = "PAYLOAD_TOO_LARGE", 413, "Payload too large"


class UnsupportedMediaType(AmbitError):
    """The body is not `application/json`."""

    code, status, title = "UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported media type"


class Unprocessable(AmbitError):
    """Understood and well formed, but impossible."""

    code, status, title = "UNPROCESSABLE", 422, "Cannot be done"


class PreconditionRequired(AmbitError):
    """A change of a mutable resource without `If-Match`."""

    code, status, title = "PRECONDITION_REQUIRED", 428, "Precondition required"


class TooManyRequests(AmbitError):
    """Over a limit of rate, quota or concurrency; `retry_after` is in seconds."""

    code, status, title = "TOO_MANY_REQUESTS", 429, "Too many requests"


class BudgetExhausted(TooManyRequests):
    """The tenant's budget for this month leaves no room for the call."""

    code, title = "BUDGET_EXHAUSTED", "Budget exhausted"


class RateLimited(TooManyRequests):
    """The tenant, its API key or its use of the agent starts runs faster than the limit."""

    code, title = "RATE_LIMITED", "Too many requests a second"


class TooManyRuns(TooManyRequests):
    """As many runs are going at once as the tenant's tier includes."""

    code, title = "TOO_MANY_RUNS", "Too many runs at once"


class AgentFailed(AmbitError):
    """The agent ended without an answer: it crashed, or said that it failed."""

    code, status, title = "AGENT_FAILED", 502, "Agent failed"


class DependencyUnavailable(AmbitError):
    """Something this call needs does not answer; nothing was done."""

    code, status, title = "DEPENDENCY_UNAVAILABLE", 503, "Temporarily unavailable"


class ResidencyExcludesRegion(DependencyUnavailable):
    """Agents run in another region for now, where the tenant has not agreed that its runs are carried out."""

    code, title = "RESIDENCY_EXCLUDES_REGION", "Not in this region"


class RuntimeNotInRegion(DependencyUnavailable):
    """Agents run in another region for now, where this version of the agent has no runtime."""

    code, title = "RUNTIME_NOT_IN_REGION", "No runtime in this region"


class AgentTimeout(AmbitError):
    """The agent did not finish inside the time this way of calling allows."""

    code, status, title = "AGENT_TIMEOUT", 504, "Agent did not finish in time"
