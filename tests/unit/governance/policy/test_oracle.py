"""The engine and the oracle agree, on a hundred thousand cases that reach every rule."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from governance.policy.calls import Call
from governance.policy.cedar import compile_envelope
from governance.policy.decision import decide
from governance.policy.envelope import Envelope
from governance.policy.rules import ENGINE, RULES
from governance.policy.tools import ToolFacts
from tests.unit.governance.policy import cases, oracle

ENVELOPES = 1_000
CALLS = 100


def disagreements(seed: int, envelopes: int) -> tuple[Counter[str], list[Any]]:
    """How often each rule decided, and every case on which the two differ."""
    random = Random(seed)  # noqa: S311  # cases, not secrets
    reached: Counter[str] = Counter()
    different = []
    for _ in range(envelopes):
        envelope, tools = cases.envelope(random), cases.tools(random)
        compiled = compile_envelope(Envelope.parse(envelope), map(ToolFacts.parse, tools))
        for call in (cases.call(random) for _ in range(CALLS)):
            ours = decide(compiled, Call(**call))
            reached[ours.rule_id] += 1
            if (ours.decision.value, ours.rule_id) != (expected := oracle.answer(envelope, tools, call)):
                different.append((expected, ours, envelope, call))
    return reached, different


@pytest.mark.proof
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_engine_and_oracle_agree_on_a_quarter_of_a_hundred_thousand_cases(seed: int) -> None:
    reached, different = disagreements(seed, ENVELOPES // 4)
    assert different[:1] == []
    assert reached.total() == ENVELOPES * CALLS // 4
    assert set(reached) == set(RULES) - {ENGINE}, "every rule but the engine's failure decides some case"


@pytest.mark.proof
def test_a_wrong_rule_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "ASKS", ["????", "..??", "..?.", "....", "....", "...."])
    _, different = disagreements(5, 40)
    assert different


@pytest.mark.proof
@pytest.mark.parametrize("always", [True, False])
def test_an_exemption_from_taint_that_is_wrong_would_be_seen(monkeypatch: pytest.MonkeyPatch, *, always: bool) -> None:
    monkeypatch.setattr(oracle, "vouched", lambda _wanted, _call: always)
    _, different = disagreements(5, 40)
    assert different
