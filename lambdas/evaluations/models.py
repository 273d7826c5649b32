"""Suites and evaluations as operators see them, and what the schedule sends."""

from typing import Annotated, Any, Literal

from pydantic import Field

from evaluation.suites import Case, Suite
from platform_kit.models import ApiModel, ApiReply, Money

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Share = Annotated[float, Field(ge=0, le=1)]


class PushSuite(Suite):
    """A suite. The same cases again are the version there is; other cases are the next version."""


class SuiteSummary(ApiReply):
    """A version of a suite; `cases` is how many it has, `digest` the SHA-256 that names it."""

    name: str
    version: int
    digest: str
    description: str
    agents: list[str]
    required: bool
    threshold: Share
    repeats: int
    concurrency: int
    cases: int
    source: str | None = None
    licence: str | None = None
    created_by: str
    created_at: str


class SuitePage(ApiReply):
    """Part of the list of suites, by name."""

    items: list[SuiteSummary]
    next_cursor: str | None = None


class SuiteReply(SuiteSummary):
    """A version of a suite with its cases, the expected answers included: for operators alone."""

    content: list[Case]


class StartEvaluation(ApiModel):
    """A version and the suite to try it with: the suite's latest version."""

    version_id: Annotated[str, Field(pattern=r"^ver_[0-9a-f]{32}$")]
    suite: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class IntervalReply(ApiReply):
    """A 95 % confidence interval of the pass rate, by Wilson's score method."""

    low: float
    high: float


class EvaluationReply(ApiReply):
    """A suite's run on a version, in numbers as far as it has come.

    `passed` counts cases each of whose repeats passed, `flaky` names those that passed at one time and did not at
    another. `verdict` is there once every case is decided: whether the pass rate reaches the threshold.
    """

    evaluation_id: str
    agent: str
    version_id: str
    content_hash: str
    suite: str
    suite_version: int
    suite_digest: str
    status: Status
    trigger: Literal["request", "candidate"]
    requested_by: str
    threshold: Share
    cases: int
    repeats: int
    decided: int = 0
    passed: int = 0
    failed: int = 0
    errors: int = 0
    pass_rate: float = 0.0
    interval: IntervalReply
    flaky: list[str] = Field(default_factory=list)
    complete: bool = False
    verdict: Literal["passed", "failed"] | None = None
    evidence_digest: str | None = Field(default=None, description="SHA-256 of its bundle of evidence, in hex.")
    error: dict[str, Any] | None = None
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None


class EvaluationPage(ApiReply):
    """Part of the list of evaluations, newest first."""

    items: list[EvaluationReply]
    next_cursor: str | None = None


class ScoreReply(ApiReply):
    """What one scorer said."""

    scorer: str
    passed: bool
    value: float
    reason: str = ""


class CaseReply(ApiReply):
    """What came of one asking of a case. `error` says why there was no answer; `runId` is the run in `ambit-evals`."""

    case_id: str
    repeat: int
    status: Literal["passed", "failed", "error"]
    scores: list[ScoreReply] = Field(default_factory=list)
    output: str | None = Field(default=None, description="What was answered, the first 8 000 characters.")
    run_id: str | None = None
    latency_ms: int | None = None
    cost: Money | None = None
    tools: list[str] = Field(default_factory=list)
    error: dict[str, Any] | None = None
    finished_at: str


class CasePage(ApiReply):
    """Part of an evaluation's cases, by case and repeat."""

    items: list[CaseReply]
    next_cursor: str | None = None


class ComparisonReply(ApiReply):
    """Two evaluations case by case. `pValue` is the exact one of McNemar's paired test, two-sided."""

    evaluation_id: str
    baseline_id: str
    baseline_version_id: str
    compared: int
    worse: list[str]
    better: list[str]
    p_value: float
    significant: bool


class EvidenceReply(ApiReply):
    """Where the bundle of evidence of an evaluation can be downloaded, once or more, until `expiresAt`."""

    evaluation_id: str
    digest: str = Field(description="SHA-256 of the bundle, in hex: its address.")
    bytes: int
    url: str
    expires_at: str


class EvidenceKeyReply(ApiReply):
    """A public key that evidence is verified with: `pem` is SubjectPublicKeyInfo."""

    key_id: str
    algorithm: Literal["ES256"] = "ES256"
    pem: str


class EvidenceKeysReply(ApiReply):
    """The keys that sign evidence."""

    items: list[EvidenceKeyReply]
