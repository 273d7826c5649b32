"""What came of a run of a suite: the state of each case, the pass rate, flaky cases, and the comparison of two runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from evaluation.statistics import Interval, mcnemar, wilson

SIGNIFICANT: Final = 0.05


class CaseStatus(StrEnum):
    """Where a case stands. `error` is no verdict of a scorer: there was no answer to score."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True)
class Attempt:
    """One asking of a case."""

    case_id: str
    repeat: int
    status: CaseStatus


@dataclass(frozen=True)
class Summary:
    """A run of a suite in numbers. `cases` is how many the suite has, `decided` of how many there is every repeat.

    A case passes when each of its repeats does. `complete` says whether every case is decided.
    """

    cases: int
    decided: int
    passed: int
    failed: int
    errors: int
    pass_rate: float
    interval: Interval
    flaky: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is left."""
        return self.decided == self.cases

    def as_dict(self) -> dict[str, Any]:
        """The numbers as an evaluation's record has them: plain JSON."""
        return {
            "decided": self.decided,
            "passed": self.passed,
            "failed": self.failed,
            "errors": self.errors,
            "passRate": self.pass_rate,
            "interval": list(self.interval),
            "flaky": list(self.flaky),
        }


@dataclass(frozen=True)
class Comparison:
    """Two runs of the same cases. `p_value` is McNemar's exact one; `worse` and `better` name what changed."""

    compared: int
    worse: tuple[str, ...]
    better: tuple[str, ...]
    p_value: float

    @property
    def significant(self) -> bool:
        """Whether the difference is more than chance explains, at 5 %."""
        return self.p_value < SIGNIFICANT


def attempts_of(records: Iterable[Mapping[str, Any]]) -> list[Attempt]:
    """Attempts as they are recorded: `{caseId, repeat, status}`."""
    return [Attempt(str(one["caseId"]), int(one["repeat"]), CaseStatus(one["status"])) for one in records]


def summarise(attempts: Sequence[Attempt], *, cases: int, repeats: int) -> Summary:
    """The numbers of a run as far as it has come; the rate is of the cases that are decided."""
    decided = {name: found for name, found in _by_case(attempts).items() if len(found) == repeats}
    passed = sum(_passes(found) for found in decided.values())
    errors = sum(CaseStatus.ERROR in found for found in decided.values())
    return Summary(
        cases=cases,
        decided=len(decided),
        passed=passed,
        failed=len(decided) - passed - errors,
        errors=errors,
        pass_rate=passed / len(decided) if decided else 0.0,
        interval=wilson(passed, len(decided)),
        flaky=flaky(attempts),
    )


def numbers_of(evaluation: Mapping[str, Any], cases: Iterable[Mapping[str, Any]]) -> Summary:
    """The numbers of an evaluation (its record) by what came of its cases so far."""
    return summarise(attempts_of(cases), cases=int(evaluation["cases"]), repeats=int(evaluation["repeats"]))


def flaky(attempts: Iterable[Attempt]) -> tuple[str, ...]:
    """The cases that passed at one time and did not at another."""
    return tuple(name for name, found in sorted(_by_case(attempts).items()) if len(set(found)) > 1 and _once(found))


def compare(before: Sequence[Attempt], after: Sequence[Attempt], *, repeats: int) -> Comparison:
    """Case by case, over those of which both runs know whether they pass, each asked `repeats` times.

    A case that was not answered (`error`) says nothing of a version, unless it failed at another time.
    """
    old, new = _outcomes(before, repeats), _outcomes(after, repeats)
    shared = sorted(old.keys() & new.keys())
    worse = tuple(name for name in shared if old[name] and not new[name])
    better = tuple(name for name in shared if new[name] and not old[name])
    return Comparison(len(shared), worse, better, mcnemar(len(worse), len(better)))


def _by_case(attempts: Iterable[Attempt]) -> dict[str, list[CaseStatus]]:
    found: dict[str, list[CaseStatus]] = {}
    for attempt in attempts:
        found.setdefault(attempt.case_id, []).append(attempt.status)
    return found


def _outcomes(attempts: Iterable[Attempt], repeats: int) -> dict[str, bool]:
    """Whether each case passes, of those that can be told."""
    decided = {name: found for name, found in _by_case(attempts).items() if len(found) == repeats}
    known = {name: found for name, found in decided.items() if _passes(found) or CaseStatus.FAILED in found}
    return {name: _passes(found) for name, found in known.items()}


def _passes(found: Sequence[CaseStatus]) -> bool:
    return all(status is CaseStatus.PASSED for status in found)


def _once(found: Sequence[CaseStatus]) -> bool:
    return CaseStatus.PASSED in found
