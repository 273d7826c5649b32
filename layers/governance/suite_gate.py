"""Whether a version has shown what it must before it is promoted: a pure function of records, for promotion."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_FINISHED: Final = "succeeded"
NOTHING_REQUIRED: Final = "No suite is required of this agent's versions; mark one as required."


@dataclass(frozen=True)
class RequiredSuite:
    """A suite that an agent's versions must pass; `digest` names the version of the suite that is in force."""

    name: str
    digest: str
    threshold: float


@dataclass(frozen=True)
class Shortfall:
    """A required suite that the version has not passed, and why."""

    suite: str
    reason: str


def required_of(suites: Iterable[Mapping[str, Any]], agent: str) -> list[RequiredSuite]:
    """The suites, of all records of suites' latest versions, that versions of this agent must pass."""
    mine = (one for one in suites if one.get("required") and agent in one["agents"])
    return [RequiredSuite(str(one["name"]), str(one["digest"]), float(one["threshold"])) for one in mine]


@dataclass(frozen=True)
class Shown:
    """What a version has shown by a required suite: the evaluation that counts, None while there is none that does."""

    suite: RequiredSuite
    reason: str
    evaluation: Mapping[str, Any] | None = None


def shown_by(
    required: Sequence[RequiredSuite], evaluations: Sequence[Mapping[str, Any]], *, version_id: str, content_hash: str
) -> list[Shown]:
    """What each required suite found. `evaluations` are records of finished and unfinished runs of suites.

    Only a finished, complete evaluation of exactly this version, this content and the suite's version in force counts,
    and of several the one that ended last: a lucky repetition is undone by the next one. Ids do not say which that is:
    those of evaluations that began by themselves are of the version's time.
    """
    mine = [one for one in evaluations if one.get("versionId") == version_id and one.get("contentHash") == content_hash]
    return [_shown(suite, mine) for suite in required]


def shortfalls(
    required: Sequence[RequiredSuite], evaluations: Sequence[Mapping[str, Any]], *, version_id: str, content_hash: str
) -> list[Shortfall]:
    """What is missing, empty when nothing is (see `shown_by`). Nobody passes when nothing is required."""
    if not required:
        return [Shortfall("*", NOTHING_REQUIRED)]
    found = shown_by(required, evaluations, version_id=version_id, content_hash=content_hash)
    return [Shortfall(one.suite.name, one.reason) for one in found if one.reason]


def _shown(suite: RequiredSuite, evaluations: Sequence[Mapping[str, Any]]) -> Shown:
    ran = [one for one in evaluations if one.get("suite") == suite.name and one.get("suiteDigest") == suite.digest]
    done = sorted((one for one in ran if one.get("status") == _FINISHED), key=_ended)
    if not done:
        why = "Its evaluation is not finished." if ran else "It has not been evaluated by the suite's version in force."
        return Shown(suite, why)
    return Shown(suite, _why_not(suite, done[-1]), done[-1])


def _ended(evaluation: Mapping[str, Any]) -> tuple[str, str]:
    """When it ended (RFC 3339 in UTC, which sorts by time), and its id where two ended at once."""
    return str(evaluation.get("finishedAt")), str(evaluation["evaluationId"])


def _why_not(suite: RequiredSuite, latest: Mapping[str, Any]) -> str:
    if not latest.get("complete"):
        return "Its evaluation has cases that were not decided."
    rate = float(latest.get("passRate", 0.0))
    if rate < suite.threshold:
        return f"Its pass rate is {rate:.1%}, below {suite.threshold:.1%}."
    return "" if latest.get("evidenceDigest") else "Its evaluation left no evidence; evaluate it again."
