"""Whether a version has shown what it must before it is promoted: a pure function of records, for promotion."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

_FINISHED: Final = "succeeded"
HELD_TO: Final = "heldTo"
"""The field of a template that names the suites which approved versions' manifests named (ADR 0080)."""
NOTHING_REQUIRED: Final = "No suite is required of this agent's versions; mark one as required."


class By(StrEnum):
    """Who requires a suite: its own mark, the version's manifest, or that of a version that was approved before."""

    SUITE = "suite"
    MANIFEST = "manifest"
    APPROVED = "approved"


@dataclass(frozen=True)
class RequiredSuite:
    """A suite that an agent's versions must pass; `digest` names the version of the suite that is in force.

    One without a digest cannot be passed: there is no such suite, or it is not for the agent.
    """

    name: str
    digest: str
    threshold: float
    by: tuple[By, ...] = field(default=(By.SUITE,), compare=False)
    why_not: str = ""


@dataclass(frozen=True)
class Shortfall:
    """A required suite that the version has not passed, and why."""

    suite: str
    reason: str


def required_of(
    suites: Iterable[Mapping[str, Any]], agent: str, *, named: Iterable[str] = (), held: Iterable[str] = ()
) -> list[RequiredSuite]:
    """The suites that a version must pass, by name: of all records of suites' latest versions that bear on it.

    Those marked `required`, those its manifest names (`named`), and those that manifests of versions approved before
    named (`held`). The last let go of an agent only when the suite itself does: no version can take a suite off itself.
    """
    known = {str(one["name"]): one for one in suites}
    mine = {name for name, one in known.items() if agent in one["agents"]}
    by: dict[str, tuple[By, ...]] = {}
    for why, names in (
        (By.SUITE, (name for name in mine if known[name].get("required"))),
        (By.MANIFEST, named),
        (By.APPROVED, (name for name in held if name in mine or name not in known)),
    ):
        for name in names:
            by[name] = (*by.get(name, ()), why)
    return [_required(name, agent, known.get(name), by[name]) for name in sorted(by)]


def _required(name: str, agent: str, suite: Mapping[str, Any] | None, by: tuple[By, ...]) -> RequiredSuite:
    if suite is None:
        why = f"There is no such suite here: ambit suites push evaluations/{name}.json"
        return RequiredSuite(name, "", 1.0, by, why)
    if agent not in suite["agents"]:
        why = f"It is not for {agent}: add {agent} to its agents, then ambit suites push evaluations/{name}.json"
        return RequiredSuite(name, "", 1.0, by, why)
    return RequiredSuite(name, str(suite["digest"]), float(suite["threshold"]), by)


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
    if suite.why_not:
        return Shown(suite, suite.why_not)
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
