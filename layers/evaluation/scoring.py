"""From a case and what an agent did with it to scores: one for each of the case's scorers, in their order."""

from collections.abc import Callable
from dataclasses import dataclass

from evaluation import conduct, embeddings, foreign, matching, rubric
from evaluation.answers import Answer, Score
from evaluation.scorers import (
    Autoevals,
    Contains,
    Cost,
    Exact,
    JsonSchema,
    Latency,
    Numeric,
    Plugin,
    Regex,
    Rubric,
    Safety,
    Scorer,
    Similarity,
    Trajectory,
)
from evaluation.suites import Case


@dataclass(frozen=True)
class Judging:
    """How judges are asked; `mark` makes a text that nobody could know beforehand."""

    ask: rubric.Ask
    mark: Callable[[], str]


def scores_of(case: Case, answer: Answer, judging: Judging) -> list[Score]:
    """What every scorer of the case says."""
    return [score_of(scorer, case.input, answer, judging) for scorer in case.scorers]


def score_of(scorer: Scorer, asked: str, answer: Answer, judging: Judging) -> Score:
    """What one scorer says of an answer."""
    match scorer:
        case Exact() | Contains() | Regex() | JsonSchema() | Numeric():
            return _of_text(scorer, answer)
        case Latency() | Cost() | Trajectory() | Safety():
            return _of_run(scorer, answer)
        case Similarity():
            return embeddings.similarity(scorer, answer)
        case Rubric():
            return rubric.rubric(scorer, asked, answer, judging.ask, judging.mark())
        case Autoevals():
            return foreign.autoevals(scorer, answer)
        case Plugin():
            return foreign.plugin(scorer, asked, answer)


def _of_text(scorer: Exact | Contains | Regex | JsonSchema | Numeric, answer: Answer) -> Score:
    match scorer:
        case Exact():
            return matching.exact(scorer, answer)
        case Contains():
            return matching.contains(scorer, answer)
        case Regex():
            return matching.regex(scorer, answer)
        case JsonSchema():
            return matching.json_schema(scorer, answer)
        case Numeric():
            return matching.numeric(scorer, answer)


def _of_run(scorer: Latency | Cost | Trajectory | Safety, answer: Answer) -> Score:
    match scorer:
        case Latency():
            return conduct.latency(scorer, answer)
        case Cost():
            return conduct.cost(scorer, answer)
        case Trajectory():
            return conduct.trajectory(scorer, answer)
        case Safety():
            return conduct.safety(scorer, answer)
