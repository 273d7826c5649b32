"""How well personal data is told from what only looks like it, on the labelled corpus."""

from collections import Counter
from typing import Final

from governance.guardrails import DataClass, GuardrailPolicy, scan
from governance.guardrails.classes import PII
from tests.guardrails_corpus import NEGATIVE, POSITIVE, Case, corpus

LEAST_F1: Final = 0.95
CASES: Final = corpus()


class Score:
    """Right, wrongly found and missed, by class; a finding is right when its class and both its ends are."""

    def __init__(self, cases: list[Case]) -> None:
        self.right, self.wrong, self.missed = (Counter[DataClass]() for _ in range(3))
        for case in cases:
            found = {(f.kind, f.start, f.end) for f in scan(case.text, GuardrailPolicy()).findings if f.kind in PII}
            wanted = set(case.labels)
            for counter, some in (
                (self.right, found & wanted),
                (self.wrong, found - wanted),
                (self.missed, wanted - found),
            ):
                counter.update(kind for kind, _, _ in some)

    def f1(self, *kinds: DataClass) -> float:
        right, wrong, missed = (sum(one[kind] for kind in kinds) for one in (self.right, self.wrong, self.missed))
        return 2 * right / (2 * right + wrong + missed)

    def line(self, name: str, *kinds: DataClass) -> str:
        numbers = [sum(one[kind] for kind in kinds) for one in (self.right, self.wrong, self.missed)]
        return f"{name:<12} {numbers[0]:>6} {numbers[1]:>6} {numbers[2]:>6}   {self.f1(*kinds):.4f}"


def test_personal_data_is_found_with_an_f1_of_at_least_95_percent() -> None:
    score = Score(CASES)
    lines = [score.line(kind, kind) for kind in PII]
    print("class         right  wrong missed   F1", *lines, score.line("all", *PII), sep="\n")  # noqa: T201 - shown with `-s`
    assert score.f1(*PII) >= LEAST_F1
    assert all(score.f1(kind) >= LEAST_F1 for kind in PII)


def test_the_corpus_is_the_same_every_time_and_has_every_class_and_as_many_look_alikes_as_values() -> None:
    assert corpus() == CASES
    assert {kind for case in CASES for kind, _, _ in case.labels} == set(PII)
    assert len(NEGATIVE) >= len(POSITIVE)
    assert sum(not case.labels for case in CASES) >= 1_000


def test_a_measure_that_finds_nothing_or_everything_fails() -> None:
    score = Score([])
    score.missed[DataClass.EMAIL], score.right[DataClass.IBAN], score.wrong[DataClass.IBAN] = 10, 10, 10
    assert score.f1(DataClass.EMAIL) == 0
    assert score.f1(DataClass.IBAN) < LEAST_F1
