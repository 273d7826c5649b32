"""Suites: cases for some agents. A version of a suite is immutable and named by the SHA-256 of its canonical JSON."""

import hashlib
import json
from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from evaluation.scorers import AgentName, JsonSchema, Name, Regex, Scorer, Share
from platform_kit.errors import FieldError
from platform_kit.models import ApiModel

MOST_CASES: Final = 1000
MOST_ATTEMPTS: Final = 3000
"""Cases times repeats: a run's items must fit the 256 KiB that a state's input may have."""
LONGEST_CASE_SECONDS: Final = 240
_MOST_CONTEXT: Final = 32_000
_MOST_FILE: Final = 64_000
CaseId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(value).encode()) > _MOST_CONTEXT:
        raise ValueError(f"may have at most {_MOST_CONTEXT} bytes of JSON")
    return value


class CaseFile(ApiModel):
    """A file that a case brings along, as text in UTF-8."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    content_type: Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9.+-]{1,60}$")] = "text/plain"
    text: Annotated[str, Field(min_length=1, max_length=_MOST_FILE)]


class Case(ApiModel):
    """One thing to ask and how the answer is scored. Only `input`, `context` and `files` are ever sent to an agent."""

    case_id: CaseId
    input: Annotated[str, Field(min_length=1, max_length=50_000)]
    context: Annotated[dict[str, Any], AfterValidator(_bounded)] | None = None
    files: Annotated[list[CaseFile], Field(min_length=1, max_length=4)] | None = None
    scorers: Annotated[list[Scorer], Field(min_length=1, max_length=10)]
    timeout_seconds: Annotated[int, Field(ge=1, le=LONGEST_CASE_SECONDS)] | None = None
    tags: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=10)] = Field(
        default_factory=list
    )


def _no_double(cases: list[Case]) -> list[Case]:
    seen: set[str] = set()
    for case in cases:
        if case.case_id in seen:
            raise ValueError(f"has the case {case.case_id} twice")
        seen.add(case.case_id)
    return cases


class Suite(ApiModel):
    """A suite as it is pushed. `threshold` is the pass rate that is enough, `repeats` how often each case is asked.

    A case passes when each of its repeats does. `concurrency` is how many cases are asked at a time.
    """

    name: Name
    description: Annotated[str, Field(min_length=1, max_length=1000)]
    agents: Annotated[list[AgentName], Field(max_length=50)] = Field(
        description="Whose versions are evaluated by it. One that is left out here is let go: nothing requires it then."
    )
    required: bool = Field(default=False, description="Whether a version must pass it before it may be promoted.")
    threshold: Share = 0.9
    repeats: Annotated[int, Field(ge=1, le=10)] = 1
    concurrency: Annotated[int, Field(ge=1, le=20)] = 4
    timeout_seconds: Annotated[int, Field(ge=1, le=LONGEST_CASE_SECONDS)] = 24
    source: Annotated[str, Field(max_length=500)] | None = Field(default=None, description="Whose data the cases are.")
    licence: Annotated[str, Field(max_length=100)] | None = None
    cases: Annotated[list[Case], Field(min_length=1, max_length=MOST_CASES), AfterValidator(_no_double)]

    def canonical(self) -> bytes:
        """The one spelling of the suite that its digest is taken of: sorted keys, no spaces, defaults written out."""
        plain = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def digest(self) -> str:
        """SHA-256 of the canonical spelling, in hex."""
        return digest_of(self.canonical())

    def case(self, case_id: str) -> Case:
        """One case; KeyError when there is none."""
        return self._by_id()[case_id]

    def seconds_for(self, case: Case) -> int:
        """How long an agent may take for a case."""
        return case.timeout_seconds or self.timeout_seconds

    def attempts(self) -> list[tuple[str, int]]:
        """Every case with the number of each repeat, from 0."""
        return [(case.case_id, repeat) for case in self.cases for repeat in range(self.repeats)]

    def _by_id(self) -> dict[str, Case]:
        return {case.case_id: case for case in self.cases}


def digest_of(data: bytes) -> str:
    """How a suite's bytes are addressed."""
    return hashlib.sha256(data).hexdigest()


def faults(suite: Suite) -> Iterator[FieldError]:
    """What no model can see: patterns and schemas that cannot be compiled, and too many attempts."""
    if len(suite.cases) * suite.repeats > MOST_ATTEMPTS:
        yield FieldError("/repeats", f"cases times repeats may be at most {MOST_ATTEMPTS}")
    for place, case in enumerate(suite.cases):
        for index, scorer in enumerate(case.scorers):
            why = _fault(scorer)
            if why:
                yield FieldError(f"/cases/{place}/scorers/{index}", why)


def _fault(scorer: Scorer) -> str | None:
    if isinstance(scorer, Regex):
        from evaluation.matching import pattern_fault

        return pattern_fault(scorer.pattern)
    if isinstance(scorer, JsonSchema):
        from evaluation.matching import schema_fault

        return schema_fault(scorer.document)
    return None
