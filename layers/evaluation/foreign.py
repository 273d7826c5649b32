"""Scorers that others have written: those of `autoevals` that ask no model, and plug-ins."""

from importlib.metadata import entry_points
from typing import Any, Final, Protocol

from evaluation.answers import Answer, Score, graded, verdict
from evaluation.scorers import Autoevals, Plugin

GROUP: Final = "ambit.scorers"
"""The entry points' group. A distribution that names a scorer there is added to the worker's dependency group."""
_MOST_COMPARED: Final = 100_000
"""Characters: a distance takes the product of two lengths, and whoever answers chooses one of them."""


class PluginScorer(Protocol):
    """A scorer of one's own: a function of the answer that gives a number from 0 to 1, and a reason."""

    def __call__(self, *, asked: str, answer: Answer, options: dict[str, Any]) -> tuple[bool, float, str]:
        """Whether it passes, the value, and why it does not."""
        ...


class NoSuchScorer(LookupError):
    """A suite names a plug-in that the worker's package does not have."""


def autoevals(scorer: Autoevals, answer: Answer) -> Score:
    """The score of autoevals' own class; what cannot be scored (None), or is too long for it, has not passed."""
    if len(answer.text) > _MOST_COMPARED:
        told = f"The answer is longer than is compared: {_MOST_COMPARED} characters."
        return verdict("autoevals", passed=False, reason=told)
    given = _made(scorer.scorer)(output=_output(scorer, answer), expected=scorer.expected)
    if given.score is None or given.error is not None:
        return verdict("autoevals", passed=False, reason=f"{scorer.scorer} could not score the answer.")
    return graded("autoevals", float(given.score), scorer.threshold)


def plugin(scorer: Plugin, asked: str, answer: Answer) -> Score:
    """What a plug-in says; NoSuchScorer when there is none of that name."""
    found = entry_points(group=GROUP, name=scorer.name)
    if not found:
        raise NoSuchScorer(f"no scorer {scorer.name!r} in this package")
    run: PluginScorer = next(iter(found)).load()
    passed, value, reason = run(asked=asked, answer=answer, options=scorer.options)
    return Score("plugin", bool(passed), min(1.0, max(0.0, float(value))), str(reason)[:500])


def _made(name: str) -> Any:
    """An instance of one of the scorers; imported here, for it takes a third of a second."""
    from autoevals.json import JSONDiff, ValidJSON
    from autoevals.number import NumericDiff
    from autoevals.string import Levenshtein
    from autoevals.value import ExactMatch

    known = (ExactMatch, JSONDiff, Levenshtein, NumericDiff, ValidJSON)
    return {one.__name__: one for one in known}[name]()


def _output(scorer: Autoevals, answer: Answer) -> Any:
    return answer.text if scorer.scorer in {"Levenshtein", "ValidJSON"} else answer.output
