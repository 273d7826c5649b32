"""Whether a version has shown what it must before it is promoted: a pure function of records, for promotion."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_FINISHED: Final = "succeeded"


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


def shortfalls(
    required: Sequence[RequiredSuite], evaluations: Sequence[Mapping[str, Any]], *, version_id: str, content_hash: str
) -> list[Shortfall]:
    """What is missing, empty when nothing is. `evaluations` are records of finished and unfinished runs of suites.

    Only a finished, complete evaluation of exactly this version, this content and the suite's version in force counts,
    and of several the latest: a lucky repetition is undone by the next one. Nobody passes when nothing is required.
    """
    if not required:
        return [Shortfall("*", "No suite is required of this agent's versions; mark one as required.")]
    mine = [one for one in evaluations if one.get("versionId") == version_id and one.get("contentHash") == content_hash]
    found = [(suite, _why_not(suite, mine)) for suite in required]
    return [Shortfall(suite.name, why) for suite, why in found if why]


def _why_not(suite: RequiredSuite, evaluations: Sequence[Mapping[str, Any]]) -> str:
    ran = [one for one in evaluations if one.get("suite") == suite.name and one.get("suiteDigest") == suite.digest]
    done = sorted((one for one in ran if one.get("status") == _FINISHED), key=lambda one: str(one["evaluationId"]))
    if not done:
        return (
            "Its evaluation is not finished." if ran else "It has not been evaluated by the suite's version in force."
        )
    latest = done[-1]
    if not latest.get("complete"):
        return "Its evaluation has cases that were not decided."
    rate = float(latest.get("passRate", 0.0))
    return "" if rate >= suite.threshold else f"Its pass rate is {rate:.1%}, below {suite.threshold:.1%}."
