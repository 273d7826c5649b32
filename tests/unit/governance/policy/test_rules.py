import re

import pytest

from governance.policy.cedar import POLICIES
from governance.policy.rules import GRANTED, OUTSIDE, RULES, Answer, first


def test_a_rules_answer_is_in_its_id() -> None:
    assert RULES["deny-tier"].answer is Answer.DENY
    assert RULES["ask-grant"].answer is Answer.NEEDS_APPROVAL
    assert RULES[GRANTED].answer is Answer.ALLOW


def test_rules_stand_strictest_first_so_that_a_denial_is_never_explained_by_a_question() -> None:
    strictness = [rule.answer.strictness for rule in RULES.values()]
    assert strictness == sorted(strictness, reverse=True)


def test_of_several_rules_the_first_explains() -> None:
    assert first(["ask-grant", "deny-cost", "deny-tier"]) == RULES["deny-tier"]
    assert first([]) is None


def test_an_unknown_rule_is_an_error() -> None:
    with pytest.raises(KeyError):
        first(["deny-tier", "allow-everything"])


def test_every_rule_of_the_policies_has_a_sentence() -> None:
    ids = re.findall(r'@id\("([^"]+)"\)', POLICIES)
    assert len(ids) == len(set(ids)) == POLICIES.count("permit (") + POLICIES.count("forbid (")
    assert set(ids) - {OUTSIDE} <= set(RULES)


def test_only_one_policy_permits() -> None:
    assert POLICIES.count("permit (") == 1
